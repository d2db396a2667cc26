"""Tries to sign in are slowed down: per account and per address, with waits that grow. Nobody is ever locked out.

A try is counted as failed before the password is looked at and forgiven when it was right, so that a hundred tries at
the same moment are a hundred tries. A browser in which its person has signed in before has a count of its own: what
strangers try on her account never makes her wait there.
"""

import math
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from intake.desk.access.keys import kept
from store.access import Tries
from store.unit_of_work import Store

MEMORY: Final = timedelta(hours=6)  # after so long without a failure the count begins anew


@dataclass(frozen=True, slots=True)
class Pace:
    """How many tries are free, and the longest wait after them; it doubles from one second on."""

    free: int
    longest: timedelta

    def wait(self, count: int) -> timedelta:
        """How long to wait after that many failures."""
        over = count - self.free
        if over < 0:
            return timedelta()
        return min(self.longest, timedelta(seconds=2 ** min(over, 30)))


ACCOUNT: Final = Pace(5, timedelta(minutes=1))
DEVICE: Final = Pace(5, timedelta(minutes=15))
ADDRESS: Final = Pace(30, timedelta(minutes=15))


@dataclass(frozen=True, slots=True)
class Caller:
    """Who tries: which account (an address, known or not), in which known browser ("" for none), from where."""

    account: str
    device: str
    address: str

    def paces(self) -> dict[str, Pace]:
        """The counts that this try goes to, as hashes: what was typed may be anything, a password too."""
        if self.device:
            return {kept(f"device {self.account} {self.device}"): DEVICE}
        return {kept(f"account {self.account}"): ACCOUNT, kept(f"address {self.address}"): ADDRESS}


class Throttle:
    """Counts tries; serves any thread of the one process that serves pages."""

    def __init__(self, store: Store) -> None:
        self._store, self._lock = store, threading.Lock()

    def take(self, caller: Caller, now: datetime) -> int:
        """Count a try as failed. Seconds to wait before it may be made, 0 if it may be made now."""
        paces = caller.paces()
        with self._lock, self._store.writing() as work:
            known = {key: one for key, one in work.access.tries(paces).items() if now - one.last_at < MEMORY}
            waits = [one.until - now for one in known.values() if one.until > now]
            if waits:
                return max(1, math.ceil(max(waits).total_seconds()))
            for key, pace in paces.items():
                count = known[key].count + 1 if key in known else 1
                work.access.count_try(key, Tries(count, now, now + pace.wait(count)))
            work.access.clear(now, now - MEMORY)
        return 0

    def forgive(self, caller: Caller, now: datetime) -> None:
        """The try was right: the account begins anew, the address gets this one try back."""
        paces = caller.paces()
        with self._lock, self._store.writing() as work:
            known = work.access.tries(paces)
            work.access.forget_tries([key for key, pace in paces.items() if pace is not ADDRESS])
            for key, one in known.items():
                if paces[key] is ADDRESS:
                    work.access.count_try(key, Tries(max(0, one.count - 1), one.last_at, now))
