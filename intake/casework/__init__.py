"""Casework: what people do with tickets, and why something is refused."""

from intake.casework.cases import Cases, Opened
from intake.casework.decisions import Casework
from intake.casework.refused import Refused, Why

__all__ = ["Cases", "Casework", "Opened", "Refused", "Why"]
