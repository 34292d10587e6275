"""What a schedule means: in a sentence, in its next dates, and what clocks do to it."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from rooms.meetings import rules, times
from rooms.meetings.models import Meeting
from rooms.meetings.repeats import LAST_DAY, Repeat

SHOWN = 5
LOOKED_THROUGH = dt.timedelta(days=731)  # for times that clocks skip or show twice
MOST_NOTES = 4


@dataclass(frozen=True)
class Schedule:
    """When a meeting takes place, checked; `first_day` is a day of the repeat."""

    first_day: dt.date
    starts: dt.time
    time_zone: str
    minutes: int
    repeat: Repeat

    @classmethod
    def of(cls, meeting: Meeting) -> "Schedule":
        repeat = rules.parse(meeting.rrule).filled(meeting.first_day)
        return cls(meeting.first_day, meeting.starts, meeting.time_zone, meeting.minutes, repeat)

    def sentence(self) -> str:
        """ "Every week on Monday, 09:00 to 10:00 (Europe/Madrid)", in the reader's language."""
        ends = dt.datetime.combine(self.first_day, self.starts) + dt.timedelta(minutes=self.minutes)
        if self.repeat.frequency:
            when = rules.sentence(self.repeat, self.first_day)
        else:
            when = date_format(self.first_day, "l, j E Y")
        return _("%(when)s, %(starts)s to %(ends)s (%(zone)s)") % {
            "when": when[:1].upper() + when[1:],
            "starts": f"{self.starts:%H:%M}",
            "ends": f"{ends:%H:%M}",
            "zone": self.time_zone,
        }

    def next_starts(self, now: dt.datetime) -> list[dt.datetime]:
        """The next five, those that go on now among them, in the meeting's zone."""
        zone = times.zone(self.time_zone)
        length = dt.timedelta(minutes=self.minutes)
        moments = (
            times.moment(day, self.starts, self.time_zone)
            for day in self._days(now.astimezone(zone).date() - dt.timedelta(days=1))
        )
        coming = (moment for moment in moments if moment + length > now)
        return [moment.astimezone(zone) for moment in islice(coming, SHOWN)]

    def notes(self, now: dt.datetime) -> list[str]:
        """What the clocks do to the times of the next two years; a skipped start is no schedule."""
        since = max(self.first_day, now.astimezone(times.zone(self.time_zone)).date())
        found = (self._note(day) for day in self._days(since) if day - since <= LOOKED_THROUGH)
        return list(islice(filter(None, found), MOST_NOTES))

    def _days(self, since: dt.date) -> Iterator[dt.date]:
        rrule = rules.to_rrule(self.repeat)
        return rules.days(rrule, self.first_day, since=since, until=LAST_DAY)

    def _note(self, day: dt.date) -> str:
        if times.twice(day, self.starts, self.time_zone):
            return times.twice_text(day, self.starts, self.time_zone)
        if not times.skipped(day, self.starts, self.time_zone):
            return ""
        at = times.moment(day, self.starts, self.time_zone).astimezone(times.zone(self.time_zone))
        text = _(
            "%(time)s does not exist on %(day)s in %(zone)s, when clocks are put forward: the "
            "meeting begins at %(real)s then."
        )
        return text % {
            "time": f"{self.starts:%H:%M}",
            "day": times.day_text(day),
            "zone": self.time_zone,
            "real": f"{at:%H:%M}",
        }
