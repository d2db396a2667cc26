"""Roles of our own people (domain.md §7): each may do what the one before may, and more. Pure."""

from enum import StrEnum


class Role(StrEnum):
    """What somebody may do."""

    AGENT = "agent"  # works the queue
    MANAGER = "manager"  # … and sees reports, reassigns
    ADMIN = "admin"  # … and sets up people, mailboxes, settings

    def may_act_as(self, other: "Role") -> bool:
        """Whether this role includes the other."""
        order = list(Role)
        return order.index(self) >= order.index(other)


class Scope(StrEnum):
    """What a program's token may be used for; its person's role bounds it too."""

    TICKETS_READ = "tickets:read"
    TICKETS_WRITE = "tickets:write"
    REPORTS_READ = "reports:read"
    EXPORT = "export"
