"""The desk: thin, server-rendered pages over the store. It shows; it decides nothing and changes no ticket."""

from intake.desk.app import make_app

__all__ = ["make_app"]
