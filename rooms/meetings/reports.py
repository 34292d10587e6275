"""The report on one time of a meeting: its picture, its table for a spreadsheet, its notes."""

import csv
import datetime as dt
import re
import zoneinfo
from collections.abc import Iterator
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from rooms import phones
from rooms.conferences import timeline
from rooms.conferences.timeline import Timeline
from rooms.meetings.attendance import Attendance, Row
from rooms.meetings.models import Invitee, Occurrence

LONGEST_NOTES = 10_000
COLUMNS = (
    *("name", "email", "number", "came", "invited", "reply", "first_joined", "last_left"),
    *("first_joined_local", "last_left_local", "time_zone", "minutes", "times_came_back"),
)
# What a spreadsheet would take for a formula; full-width signs too.
_FORMULA = re.compile(r"\s*'*[=+\-@＝＋－＠]")


def note(occurrence: Occurrence, text: str) -> Occurrence:
    """Keep what the organizer wants to remember. Raises ValidationError if it is too long."""
    if len(text) > LONGEST_NOTES:
        longest = {"longest": LONGEST_NOTES}
        raise ValidationError({"notes": _("Write at most %(longest)d characters.") % longest})
    occurrence.notes = text
    occurrence.save(update_fields=["notes"])
    return occurrence


def picture(found: Attendance) -> Timeline | None:
    """Who was there when, with the time that was planned; hours are those of the current zone."""
    if not found.rows:
        return None
    occurrence = found.occurrence
    first = min(occurrence.starts_at, *(row.joined for row in found.rows))
    midnight = timezone.localtime(first).replace(hour=0, minute=0, second=0, microsecond=0)
    stays = [
        timeline.Stay(row.key, row.number, span.conference, span.joined, span.left, row.name)
        for row in found.rows
        for span in row.spans
    ]
    plan = (occurrence.starts_at, occurrence.ends_at)
    return timeline.draw(stays, day=midnight.astimezone(dt.UTC), now=found.now, plan=plan)


def as_csv(found: Attendance, zone: zoneinfo.ZoneInfo) -> Iterator[str]:
    """Line by line: who came in the order in which they did, then who did not.

    Times are told in UTC and in `zone`. UTF-8 begins with a mark, or spreadsheets take it for
    something else.
    """
    line = csv.writer(cast(Any, _Echo()))
    yield "\ufeff" + line.writerow(COLUMNS)
    for row in found.rows:
        yield line.writerow(_came(row, zone))
    for invitee in found.absent:
        yield line.writerow(_absent(invitee, zone))


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def _came(row: Row, zone: zoneinfo.ZoneInfo) -> list[str]:
    invitee = row.invitee
    return [
        _harmless(row.name),
        _harmless(invitee.email) if invitee else "",
        phones.masked(row.number or (invitee.phone if invitee else "")),
        "yes",
        "yes" if invitee and invitee.removed_at is None else "no",
        invitee.reply if invitee else "",
        *(_utc(moment) for moment in (row.joined, row.left)),
        *(_local(moment, zone) for moment in (row.joined, row.left)),
        zone.key,
        f"{row.seconds / 60:.1f}",
        str(row.dropped),
    ]


def _absent(invitee: Invitee, zone: zoneinfo.ZoneInfo) -> list[str]:
    number = phones.masked(invitee.phone)
    told = [_harmless(invitee.name), _harmless(invitee.email), number, "no", "yes", invitee.reply]
    return [*told, "", "", "", "", zone.key, "0.0", "0"]


def _utc(moment: dt.datetime | None) -> str:
    return f"{moment.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}" if moment else ""


def _local(moment: dt.datetime | None, zone: zoneinfo.ZoneInfo) -> str:
    """As spreadsheets read it."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}" if moment else ""


def _harmless(cell: str) -> str:
    """What somebody else wrote; a masked number has nothing in it that could be run."""
    return f"'{cell}" if _FORMULA.match(cell) else cell
