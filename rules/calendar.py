"""The Russian production calendar: which days the desk works, with the transferred days of each year.

The only user of the library `holidays`; it is imported when a calendar is made, because it costs 130 ms. Never looks
at the clock: days are asked for, not found out.
"""

from collections.abc import Iterable
from datetime import date
from zoneinfo import ZoneInfo

_TRANSFERRED = "перенесено"  # how the library names a day off that a government decree moved
_SATURDAY = 5


class WorkingCalendar:
    """Working days in one zone: Saturdays and Sundays, public holidays and decreed transfers are off.

    `days_off` and `working_days` are the desk's own corrections and win over the production calendar; a day named in
    both is a working day. Beyond the years a decree is known for, public holidays and weekends still count.
    """

    def __init__(self, zone: ZoneInfo, days_off: Iterable[date] = (), working_days: Iterable[date] = ()) -> None:
        from holidays import country_holidays  # noqa: PLC0415 - 130 ms that only those who count days should pay

        self.zone = zone
        self._own_off = frozenset(days_off)
        self._own_working = frozenset(working_days)
        self._country_holidays = country_holidays
        self._years: dict[int, tuple[dict[date, str], frozenset[date]]] = {}

    def is_working(self, day: date) -> bool:
        """Whether the desk works on that day."""
        return not self.why_off(day)

    def why_off(self, day: date) -> str:
        """Why a day is off, in Russian for the desk's pages; "" for a working day."""
        if day in self._own_working:
            return ""
        if day in self._own_off:
            return "выходной день службы поддержки"
        named, worked = self._year(day.year)
        if day in worked:
            return ""
        if day in named:
            return named[day]
        return "выходной" if day.weekday() >= _SATURDAY else ""

    def decreed(self, year: int) -> bool:
        """Whether the transfers of that year are known; False when the calendar is only extrapolated.

        The government moves days off every year, so a year without a single transfer is one not yet decreed.
        """
        named, worked = self._year(year)
        return bool(worked) or any(_TRANSFERRED in name.lower() for name in named.values())

    def _year(self, year: int) -> tuple[dict[date, str], frozenset[date]]:
        known = self._years.get(year)
        if known is None:
            found = self._country_holidays("RU", years=year, language="ru")
            known = ({day: name for day, name in found.items() if day.year == year}, frozenset(found.weekend_workdays))
            self._years[year] = known
        return known
