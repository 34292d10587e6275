"""How a meeting repeats, as people choose it in a form; rules.py makes days of it."""

import dataclasses
import datetime as dt
from typing import Literal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

Frequency = Literal["", "daily", "weekly", "monthly_day", "monthly_weekday"]

MOST_INTERVAL = 99
MOST_COUNT = 730
LAST = -1  # the last day of a month, or the last Tuesday
WEEKS_OF_MONTH = (1, 2, 3, 4, LAST)
WORKDAYS = frozenset(range(5))
# Calendars go on for ever, the time zone database does not.
FIRST_DAY, LAST_DAY = dt.date(1970, 1, 1), dt.date(2199, 12, 31)


@dataclasses.dataclass(frozen=True)
class Repeat:
    """`frequency` "" is once. Weekdays are 0 (Monday) to 6; weeks start on Monday.

    Only what belongs to the frequency counts: `weekdays` to weekly, `month_day` (1 to 31, or LAST)
    to monthly_day, `week_of_month` (1 to 4, or LAST) and `weekday` to monthly_weekday. Where they
    are left out, the first day of the meeting says them. It ends on `until`, or after `count`
    times, or never.
    """

    frequency: Frequency = ""
    interval: int = 1
    weekdays: frozenset[int] = frozenset()
    month_day: int | None = None
    week_of_month: int | None = None
    weekday: int | None = None
    until: dt.date | None = None
    count: int | None = None

    def filled(self, first_day: dt.date) -> "Repeat":
        """With all that its frequency needs, and nothing that it does not."""
        empty = Repeat(self.frequency)
        if not self.frequency:
            return empty
        same = dataclasses.replace(
            empty, interval=self.interval, until=self.until, count=self.count
        )
        if self.frequency == "weekly":
            weekdays = self.weekdays or frozenset({first_day.weekday()})
            return dataclasses.replace(same, weekdays=weekdays)
        if self.frequency == "monthly_day":
            return dataclasses.replace(same, month_day=self.month_day or first_day.day)
        if self.frequency == "monthly_weekday":
            weekday = first_day.weekday() if self.weekday is None else self.weekday
            week = self.week_of_month or week_of_month(first_day)
            return dataclasses.replace(same, week_of_month=week, weekday=weekday)
        return same

    def check(self) -> None:
        """Raises ValidationError for what no rule may say; its code is the field's name."""
        if not 1 <= self.interval <= MOST_INTERVAL:
            raise _number_wrong("interval", MOST_INTERVAL)
        if self.count is not None and self.until is not None:
            text = _("Choose a last day or how many times, not both.")
            raise ValidationError(text, code="count")
        if self.count is not None and not 1 <= self.count <= MOST_COUNT:
            raise _number_wrong("count", MOST_COUNT)
        if self.until is not None and not FIRST_DAY <= self.until <= LAST_DAY:
            raise day_wrong("until")
        if not self.weekdays <= frozenset(range(7)):
            raise ValidationError(_("Choose days of the week."), code="weekdays")
        if self.weekday not in (None, *range(7)):
            raise ValidationError(_("Choose a day of the week."), code="weekday")
        if self.week_of_month not in (None, *WEEKS_OF_MONTH):
            text = _("Choose the first to the fourth week, or the last one.")
            raise ValidationError(text, code="week_of_month")
        if self.month_day not in (None, *range(1, 32), LAST):
            text = _("Choose a day from 1 to 31, or the last day of the month.")
            raise ValidationError(text, code="month_day")


def week_of_month(day: dt.date) -> int:
    """Which Tuesday of its month a Tuesday is: 1 to 4, or LAST for a fifth."""
    week = (day.day + 6) // 7
    return week if week in WEEKS_OF_MONTH else LAST


def day_wrong(code: str) -> ValidationError:
    """For a day of which nobody can say what clocks will show on it."""
    years = {"first": FIRST_DAY.year, "last": LAST_DAY.year}
    return ValidationError(_("Choose a day between %(first)d and %(last)d.") % years, code=code)


def _number_wrong(code: str, most: int) -> ValidationError:
    return ValidationError(_("Choose a number from 1 to %(most)d.") % {"most": most}, code=code)
