"""Reading and writing the rows of calls."""

import datetime as dt
import json
from typing import Any

from django.db import connection
from django.db.models import Subquery

from rooms.conferences.models import Participant
from rooms.models import Room
from telephony.call_flow import Reply
from telephony.models import Call, MovedCall
from telephony.vonage.events import Incoming
from telephony.vonage.ncco import Ncco

# One statement finds out whether this step was answered before or the call is over, and records
# the answer if not; as a read and a write it would be two, and a race between them. The two
# databases differ in how they merge JSON and look into it.
_MERGED = {
    "postgresql": (
        "telephony_call.steps || excluded.steps",
        "jsonb_exists(telephony_call.steps, %s)",
    ),
    "sqlite": (
        "json_patch(telephony_call.steps, excluded.steps)",
        "json_type(telephony_call.steps, '$.\"' || %s || '\"') IS NOT NULL",
    ),
}
_RECORD = """
INSERT INTO telephony_call (uuid, status, direction, caller, dialled, conversation_uuid,
    region_url, room_id, account_id, steps, problem, created_at, seen_at, network)
VALUES (%s, 'answered', 'inbound', %s, %s, %s, %s, %s,
    (SELECT account_id FROM rooms_room WHERE id = %s), %s, '', %s, %s, '')
ON CONFLICT (uuid) DO UPDATE SET
    steps = {merged}, room_id = coalesce(excluded.room_id, telephony_call.room_id),
    account_id = coalesce(excluded.account_id, telephony_call.account_id),
    seen_at = excluded.seen_at,
    caller = coalesce(nullif(telephony_call.caller, ''), excluded.caller),
    dialled = coalesce(nullif(telephony_call.dialled, ''), excluded.dialled),
    conversation_uuid =
        coalesce(nullif(telephony_call.conversation_uuid, ''), excluded.conversation_uuid),
    region_url = coalesce(nullif(excluded.region_url, ''), telephony_call.region_url)
WHERE telephony_call.ended_at IS NULL AND NOT {answered}
"""


def record_step(
    call: Incoming,
    step: int,
    reply: Reply,
    *,
    caller: str,
    dialled: str,
    digits: str,
    room_id: str | None,
    at: dt.datetime,
) -> bool:
    """Keep what is answered to a step of a call; False if it was answered or the call is over.

    `caller` and `dialled` are E.164 or empty. The digits are kept only where they led nowhere: a
    code that opens a room is as good as a key. The room that the answer is about is kept too: its
    account alone is told of this step.
    """
    kept: dict[str, Any] = {"said": reply.said, "ncco": reply.ncco}
    kept["digits"] = "" if room_id else digits
    kept["at"] = at.isoformat()
    if room_id:
        kept["room"] = room_id
    if call.user:
        kept["browser"] = True
    merged, answered = _MERGED[connection.vendor]
    moment = connection.ops.adapt_datetimefield_value(at)
    row = [call.uuid, caller, dialled, call.conversation_uuid, call.region_url, room_id, room_id]
    row += [json.dumps({str(step): kept}), moment, moment, str(step)]
    with connection.cursor() as cursor:
        cursor.execute(_RECORD.format(merged=merged, answered=answered), row)
        return bool(cursor.rowcount)


def answered_before(uuid: str, step: int) -> Ncco:
    """What was answered to this step; nothing (a hang-up) where the call was over by then."""
    return kept_answer(uuid, step) or []


def kept_answer(uuid: str, step: int) -> Ncco | None:
    """What was answered to this step, None where nothing was."""
    steps: dict[str, Any] | None
    steps = Call.objects.filter(pk=uuid).values_list("steps", flat=True).first()
    kept = (steps or {}).get(str(step))
    return kept["ncco"] if kept else None


def note_room(uuid: str, room_id: str | None) -> None:
    """For which room we called somebody, come in or not: its account bears the cost."""
    account = Room.objects.filter(pk=room_id).values("account")
    Call.objects.filter(pk=uuid, room=None).update(
        room=room_id, account=Subquery(account), direction="outbound"
    )


def note_moved(uuid: str, room_id: str) -> None:
    """In which other accounts' rooms the call was, before a code leads it to this one."""
    stays = Participant.objects.filter(call=uuid).exclude(room__account__rooms=room_id)
    accounts = stays.order_by().values_list("room__account", flat=True).distinct()
    rows = [MovedCall(account_id=account, call_id=uuid) for account in accounts]
    MovedCall.objects.bulk_create(rows, ignore_conflicts=True)


def note_region(call: Incoming) -> None:
    """Where a call of ours lives: its answer webhook alone tells it."""
    if call.region_url:
        Call.objects.filter(pk=call.uuid, region_url="").update(region_url=call.region_url)
