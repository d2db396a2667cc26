"""How often somebody may do something, counted in memory. Knows no request."""

import threading
from collections import OrderedDict, deque
from datetime import datetime, timedelta

MOST_KEYS = 20_000  # of whom the counts are kept; who was quiet longest is forgotten first


class Limit:
    """At most `most` times within `seconds` for each key."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most, self._span = most, timedelta(seconds=seconds)
        self._times: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str, now: datetime) -> bool:
        """Count one more; False if that would be too many, then it is not counted."""
        with self._lock:
            times = self._times.setdefault(key, deque())
            self._times.move_to_end(key)
            while times and times[0] <= now - self._span:
                times.popleft()
            while len(self._times) > MOST_KEYS:
                self._times.popitem(last=False)
            if len(times) >= self._most:
                return False
            times.append(now)
            return True
