"""A local time and its moment: the only place that knows of clocks that are put forward or back.

What is kept of a meeting is local: a day, a time and the name of a zone (IANA). A moment is made
of them as RFC 5545 says in 3.3.5: a time that is skipped when clocks are put forward is read with
the offset from before; of one that comes twice, the first is meant. Days of a zone may be of any
length: Australia/Lord_Howe moves by half an hour, Pacific/Apia had no 30 December 2011.
"""

import datetime as dt
import zoneinfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

SECOND = dt.timedelta(seconds=1)


def zone(name: str) -> zoneinfo.ZoneInfo:
    """The zone of an IANA name that was checked when it was kept."""
    return zoneinfo.ZoneInfo(name)


def moment(day: dt.date, time: dt.time, zone: str) -> dt.datetime:
    """When it is `time` on `day` in the zone, in UTC."""
    return _local(day, time, zone).astimezone(dt.UTC)


def skipped(day: dt.date, time: dt.time, zone: str) -> bool:
    """Whether clocks are put forward over this time, so that nobody ever reads it."""
    before, after = _offsets(day, time, zone)
    return before < after


def twice(day: dt.date, time: dt.time, zone: str) -> bool:
    """Whether clocks are put back over this time, so that they show it twice."""
    before, after = _offsets(day, time, zone)
    return before > after


def gap(day: dt.date, time: dt.time, zone: str) -> tuple[dt.datetime, dt.datetime] | None:
    """From where to where the clocks are put forward over a skipped time, local and naive.

    Neither the first nor anything up to the second exists. None if the time does.
    """
    before, after = _offsets(day, time, zone)
    if before >= after:
        return None
    local = dt.datetime.combine(day, time.replace(microsecond=0))
    low, high = local - after, local - before  # in UTC; the clocks change between the two
    while high - low > SECOND:
        middle = low + (high - low) // (2 * SECOND) * SECOND
        if _offset(middle, zone) == before:
            low = middle
        else:
            high = middle
    return high + before, high + after


def skipped_text(day: dt.date, time: dt.time, zone: str) -> str:
    """Why this time cannot be chosen and what to do, in the reader's language; "" if it can."""
    found = gap(day, time, zone)
    if found is None:
        return ""
    start, end = found
    if start <= dt.datetime.combine(day, dt.time.min) and end.date() > day:
        text = _(
            "%(day)s does not exist in %(zone)s: %(last)s is followed by %(next)s. "
            "Choose another day."
        )
        days = {"last": day_text((start - SECOND).date()), "next": day_text(end.date())}
        return text % {"day": day_text(day), "zone": zone, **days}
    text = _(
        "%(time)s does not exist on %(day)s in %(zone)s: clocks go from %(from)s to %(to)s. "
        "Choose an earlier or a later time."
    )
    clocks = {"from": _clock(start, day), "to": _clock(end, day)}
    return text % {"time": f"{time:%H:%M}", "day": day_text(day), "zone": zone, **clocks}


def twice_text(day: dt.date, time: dt.time, zone: str) -> str:
    """Which of the two is meant, in the reader's language; "" if the time comes but once."""
    if not twice(day, time, zone):
        return ""
    text = _("%(time)s comes twice on %(day)s in %(zone)s: the first one (%(offset)s) is meant.")
    offset = _local(day, time, zone).strftime("UTC%z")
    words = {"day": day_text(day), "zone": zone, "offset": f"{offset[:-2]}:{offset[-2:]}"}
    return text % {"time": f"{time:%H:%M}", **words}


def day_text(day: dt.date) -> str:
    """A day with its month as a word, in the reader's language: 24 November 2026."""
    return date_format(day, "j E Y")


def _clock(at: dt.datetime, day: dt.date) -> str:
    """What a clock shows, with its day if that is another than the one spoken of."""
    return f"{at:%H:%M}" if at.date() == day else f"{day_text(at.date())}, {at:%H:%M}"


def _local(day: dt.date, time: dt.time, zone: str) -> dt.datetime:
    return dt.datetime.combine(day, time.replace(fold=0), zoneinfo.ZoneInfo(zone))


def _offsets(day: dt.date, time: dt.time, zone: str) -> tuple[dt.timedelta, dt.timedelta]:
    """How far the zone is from UTC before and after a change at this time; else the same twice."""
    first = _local(day, time, zone)
    return _known(first.utcoffset()), _known(first.replace(fold=1).utcoffset())


def _offset(at: dt.datetime, zone: str) -> dt.timedelta:
    """How far the zone is from UTC at a naive moment of UTC."""
    return _known(at.replace(tzinfo=dt.UTC).astimezone(zoneinfo.ZoneInfo(zone)).utcoffset())


def _known(offset: dt.timedelta | None) -> dt.timedelta:
    """A moment with a zone always has an offset; the type does not say so."""
    if offset is None:
        raise ValueError("a time without a zone")
    return offset
