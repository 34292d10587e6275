"""What of the telephony is forgotten with an account's history, and what belongs to no account's.

A call is forgotten once the conferences that it was in are; one that came into none, when it is as
old. Calls that led to nobody's room are kept for some weeks, and raw messages for some days.
"""

import datetime as dt
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.dispatch import receiver

from rooms.accounts.models import Account
from rooms.conferences.models import Participant
from rooms.conferences.retention import MOST_ROWS, forgetting
from rooms.notices.models import Notice
from telephony import nobodys
from telephony.messages_in import answer_key
from telephony.models import IncomingSms, KeyPress, NearGuess, WebhookReceipt, WrongCode

BODIES_KEPT = dt.timedelta(days=7)
LOST_CALLS_KEPT = dt.timedelta(days=30)


@receiver(forgetting, dispatch_uid="forgetting: telephony")
def _forget(account: Account, conference_ids: list[str], before: dt.datetime, **_sent: Any) -> int:
    KeyPress.objects.filter(participant__conference__in=conference_ids).delete()
    stays = Participant.objects.filter(conference__in=conference_ids)
    calls = nobodys.shared(account, list(stays.values_list("call", flat=True)))
    nobodys.leave_to_others(account, list(stays.values_list("pk", flat=True)), calls)
    return _calls(account, before) + _texts_in(account, before) + _wrong_codes(account, before)


def _calls(account: Account, before: dt.datetime) -> int:
    remembered = Participant.objects.filter(
        call=OuterRef("pk"), conference__forgotten_at__isnull=True
    )
    old = nobodys.telling().filter(account=account, created_at__lt=before, ended_at__isnull=False)
    pks = list(old.filter(~Exists(remembered)).order_by().values_list("pk", flat=True)[:MOST_ROWS])
    nobodys.blank(pks)
    nobodys.blank_receipts(pks)
    return len(pks)


def _texts_in(account: Account, before: dt.datetime) -> int:
    """SMS that named a room, and what was answered to them."""
    old = IncomingSms.objects.filter(room__account=account, received_at__lt=before)
    uuids = list(old.order_by().values_list("pk", flat=True)[:MOST_ROWS])
    Notice.objects.filter(account=None, key__in=map(answer_key, uuids)).delete()
    return IncomingSms.objects.filter(pk__in=uuids).delete()[0]


def _wrong_codes(account: Account, before: dt.datetime) -> int:
    """Those near its codes, and wrong PINs at its rooms; perhaps they were near another's too."""
    near = NearGuess.objects.filter(room__account=account, at__lt=before)
    found = list(near.order_by().values_list("pk", "wrong")[:MOST_ROWS])
    NearGuess.objects.filter(pk__in=[pk for pk, _wrong in found]).delete()
    left = NearGuess.objects.filter(wrong=OuterRef("pk"))
    wrong = WrongCode.objects.filter(pk__in=[wrong for _pk, wrong in found])
    wrong.filter(Q(room=None) | Q(room__account=account), ~Exists(left)).delete()
    return len(found)


def tidy(now: dt.datetime) -> None:
    """What is no account's history."""
    processed = WebhookReceipt.objects.filter(processed_at__isnull=False).exclude(body={})
    processed.filter(received_at__lt=now - BODIES_KEPT).update(body={}, error="")
    came_in = Participant.objects.filter(call=OuterRef("pk"))
    lost = nobodys.telling().filter(account=None, created_at__lt=now - LOST_CALLS_KEPT)
    pks = list(lost.filter(~Exists(came_in)).order_by().values_list("pk", flat=True)[:5_000])
    nobodys.blank(pks)
