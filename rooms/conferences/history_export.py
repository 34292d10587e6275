"""Conferences as a file: a row for each stay, the newest conference first, as CSV or JSON.

A file is made while it is sent, some conferences at a time, so that a year of calls needs no more
memory than a day. Where the database breaks off in mid-file, the file says so: its JSON is never
closed, and the last line of its CSV is `INCOMPLETE`.
"""

import csv
import datetime as dt
import json
import re
import zoneinfo
from collections.abc import Iterable, Iterator
from typing import Any, cast

from django.db.models import Q, QuerySet
from django.http import StreamingHttpResponse

from rooms import phones
from rooms.accounts import people, people_csv
from rooms.conferences.history_list import NEWEST
from rooms.conferences.models import Conference, Participant
from rooms.ids import call_id

FORMATS = ("csv", "json")
AT_ONCE = 50  # conferences that are read together
STAYS_AT_ONCE = 500  # and of their stays, that are in memory together
LINES_AT_ONCE = 100  # and that are sent together
INCOMPLETE = "INCOMPLETE: the export broke off here. Try again."
# Not translated, so that a program reads every file.
COLUMNS = (
    *("conference", "room", "room_name", "started_at", "ended_at", "participant", "call"),
    *("name", "number", "role", "joined_at", "left_at", "seconds", "left_why"),
)
LOCAL = ("started_at", "ended_at", "joined_at", "left_at")  # told in the reader's zone, too
# What a spreadsheet would take for a formula; full-width signs too.
_FORMULA = re.compile(r"\s*'*[=+\-@＝＋－＠]")

Row = dict[str, Any]


def response(
    found: "QuerySet[Conference]",
    format: str,
    *,
    name: str,
    zone: str,
    whole: bool,
    now: dt.datetime,
) -> StreamingHttpResponse:
    """The file `name`, in one of FORMATS; `whole`: with whole numbers instead of masked ones."""
    told = rows(found, whole=whole, now=now)
    if format == "csv":
        lines, kind = as_csv(told, zoneinfo.ZoneInfo(zone)), "text/csv; charset=utf-8"
    else:
        lines, kind = as_json(told), "application/json"
    disposition = f'attachment; filename="{name}.{format}"'
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    return StreamingHttpResponse(_pieces(lines), content_type=kind, headers=headers)


def _pieces(lines: Iterator[str]) -> Iterator[str]:
    """Some lines together, which is faster to send than each alone."""
    piece: list[str] = []
    try:
        for line in lines:
            piece.append(line)
            if len(piece) == LINES_AT_ONCE:
                yield "".join(piece)
                piece = []
    except Exception:
        yield "".join(piece)
        raise
    yield "".join(piece)


def rows(found: "QuerySet[Conference]", *, whole: bool, now: dt.datetime) -> Iterator[Row]:
    """Each stay of the conferences in the order of NEWEST, and in which people came."""
    for conferences in _some_at_once(found):
        stays = Participant.objects.filter(conference__in=[one.pk for one in conferences])
        came = stays.order_by("-conference__started_at", "-conference", "joined_at", "pk")
        by_id = {one.pk: one for one in conferences}
        for batch in _batches(came.iterator(chunk_size=STAYS_AT_ONCE)):
            account_id = conferences[0].account_id
            names = people.names(account_id, (stay.caller for stay in batch if not stay.name))
            for stay in batch:
                stay.name = stay.name or names.get(stay.caller, "")
                yield _row(by_id[stay.conference_id], stay, whole=whole, now=now)


def _some_at_once(found: "QuerySet[Conference]") -> Iterator[list[Conference]]:
    """By the place of the last one in their order, so that nothing is read twice to be skipped."""
    ordered = found.select_related("room").order_by(*NEWEST)
    some = list(ordered[:AT_ONCE])
    while some:
        yield some
        last = some[-1]
        after = Q(started_at=last.started_at, pk__lt=last.pk) | Q(started_at__lt=last.started_at)
        some = list(ordered.filter(after, started_at__lte=last.started_at)[:AT_ONCE])


def _batches(stays: Iterable[Participant]) -> Iterator[list[Participant]]:
    batch: list[Participant] = []
    for stay in stays:
        batch.append(stay)
        if len(batch) == STAYS_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _row(conference: Conference, stay: Participant, *, whole: bool, now: dt.datetime) -> Row:
    lasted = (stay.left_at or max(now, stay.joined_at)) - stay.joined_at
    return {
        "conference": conference.pk,
        "room": conference.room_id,
        "room_name": conference.room.name,
        "started_at": conference.started_at,
        "ended_at": conference.ended_at,
        "participant": stay.pk,
        "call": call_id(stay.call) if stay.call else "",
        "name": stay.name,
        "number": stay.caller if whole else phones.masked(stay.caller),
        "role": stay.role,
        "joined_at": stay.joined_at,
        "left_at": stay.left_at,
        "seconds": round(lasted.total_seconds()),
        "left_why": stay.left_why,
    }


def as_json(told: Iterable[Row]) -> Iterator[str]:
    """One object, a row in a line; its end is written when all rows were."""
    yield '{"data": ['
    between = "\n"
    for row in told:
        shown = {key: _exact(value) if key in LOCAL else value for key, value in row.items()}
        yield between + json.dumps(shown, ensure_ascii=False)
        between = ",\n"
    yield "\n]}\n"


def as_csv(told: Iterable[Row], zone: zoneinfo.ZoneInfo) -> Iterator[str]:
    """Times are told in UTC and in `zone`, as spreadsheets read them. UTF-8 begins with a mark."""
    line = csv.writer(cast(Any, _Echo()))
    header = (*COLUMNS, *(f"{column}_local" for column in LOCAL), "time_zone")
    yield "\ufeff" + line.writerow(header)
    try:
        for row in told:
            yield line.writerow(_cells(row, zone))
    except Exception:
        yield line.writerow([INCOMPLETE])
        raise


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def _cells(row: Row, zone: zoneinfo.ZoneInfo) -> list[str]:
    times = {column: _utc(row[column]) or "" for column in LOCAL}
    texts = {column: _harmless(row[column]) for column in ("room_name", "name", "call")}
    number = row["number"]
    if number.startswith("+") and "•" not in number:
        number = people_csv.written(number)  # in groups it is no formula
    cells = {**row, **times, **texts, "number": number}
    local = [_local(row[column], zone) for column in LOCAL]
    return [*(str(cells[column]) for column in COLUMNS), *local, zone.key]


def _harmless(cell: str) -> str:
    """What somebody else wrote."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _exact(moment: dt.datetime | None) -> str | None:
    """As the API tells moments everywhere."""
    return moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z") if moment else None


def _utc(moment: dt.datetime | None) -> str | None:
    return f"{moment.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}" if moment else None


def _local(moment: dt.datetime | None, zone: zoneinfo.ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}" if moment else ""
