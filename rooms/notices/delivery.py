"""Sends what is due in the outbox, each notice by the one worker that claimed it.

A worker claims a few at once and sends them one by one. One that is killed between handing a
message over and writing that it did leaves a claim that runs out; the notice is then sent again.
So a notice is never lost, and can be doubled only where the channel took a message and the worker
died before it could write that down. A repeated e-mail has the same Message-ID, and the mailbox of
the embedded run keeps it once; an SMS cannot be told from its repeat.
"""

import datetime as dt
import logging
import math
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone, translation
from django.utils.translation import gettext

from rooms.accounts.models import Membership, Role
from rooms.notices import channels, preferences
from rooms.notices.channels import ChannelError
from rooms.notices.content import Content, Skip, writers
from rooms.notices.mail import Mail
from rooms.notices.models import Notice

log = logging.getLogger(__name__)
Status = Notice.Status

AT_ONCE = 10  # notices that a worker claims together
AT_WORK = dt.timedelta(seconds=15)  # a worker that has claimed nothing for so long has ended
# Pauses before the second and later tries; after the last one the notice is shown as failed.
PAUSES = [dt.timedelta(seconds=seconds) for seconds in (30, 120, 600, 3600, 4 * 3600)]


def due(now: dt.datetime) -> "Q":
    """Notices that wait for a worker, and those whose worker has not been heard of."""
    return Q(status=Status.PENDING, due_at__lte=now) | Q(
        status=Status.SENDING, claimed_until__lte=now
    )


def deliver_due(*, until: dt.datetime) -> int:
    """Send due notices one after another until none is left or time is up; returns how many."""
    sent = 0
    with Mail() as mail:
        for notice in _claims(until):
            deliver(notice, mail)
            sent += 1
    return sent


def claim_next(now: dt.datetime) -> Notice | None:
    """The next due notice, claimed."""
    return next(iter(_claim(now, 1)), None)


def _claims(until: dt.datetime) -> Iterator[Notice]:
    """Claimed notices, each with most of its claim still to come."""
    while (now := timezone.now()) < until and (found := _claim(now, AT_ONCE)):
        enough = min(until, now + _claim_time() / 4)
        while found and timezone.now() < enough:
            yield found.pop(0)
        _give_back(found)


@transaction.atomic
def _claim(now: dt.datetime, most: int) -> list[Notice]:
    """Due notices that are ours from now on; what somebody waits for goes before a mailing."""
    found = list(
        Notice.objects.filter(due(now))
        .select_for_update(of=("self",), skip_locked=True)
        .select_related("account", "recipient")
        .order_by(F("mailing").asc(nulls_first=True), "due_at")[:most]
    )
    until = now + _claim_time()
    Notice.objects.filter(pk__in=[notice.pk for notice in found]).update(
        status=Status.SENDING, claimed_until=until, attempts=F("attempts") + 1
    )
    for notice in found:
        notice.status, notice.claimed_until = Status.SENDING, until
        notice.attempts += 1
    return found


def at_work(now: dt.datetime) -> int:
    """About how many workers are sending: what they have just claimed tells."""
    lately = now + _claim_time() - AT_WORK
    held = Notice.objects.filter(status=Status.SENDING, claimed_until__gt=lately).count()
    return math.ceil(held / AT_ONCE)


def _claim_time() -> dt.timedelta:
    return dt.timedelta(seconds=settings.NOTICE_CLAIM_SECONDS)


def _give_back(notices: list[Notice]) -> None:
    """Let others send what was not tried."""
    for notice in notices:
        _write(notice, status=Status.PENDING, attempts=notice.attempts - 1)


def deliver(notice: Notice, mail: Mail | None = None) -> None:
    """Send a claimed notice and write down what became of it, in the account's language."""
    if mail is None:
        with Mail() as mail:
            return deliver(notice, mail)
    with translation.override(notice.account.language if notice.account else None):
        if _is_concerned(notice):
            _send(notice, mail)
        else:
            why = gettext("%(name)s is no longer a member.") % {"name": notice.recipient}
            _failed(notice, why, permanent=True)


def _is_concerned(notice: Notice) -> bool:
    """Members, whoever runs the service where it is for them, invitees, who a page wrote to."""
    if notice.kind == Notice.Kind.LETTER or notice.kind in Notice.FOR_INVITEES:
        return True
    if notice.recipient is None:
        return False
    if notice.kind == Notice.Kind.OPERATOR:
        return notice.recipient.is_staff and notice.recipient.is_active
    members = Membership.objects.filter(account=notice.account_id, user=notice.recipient_id)
    if notice.kind in Notice.MONEY:
        members = members.filter(role__in=(Role.OWNER, Role.ADMIN))
    return members.filter(user__is_active=True).exists()


def _send(notice: Notice, mail: Mail) -> None:
    try:
        content = _composed(notice)
        carrier_id = channels.send(notice, content, mail)
    except Skip as reason:
        _write(notice, status=Status.SKIPPED, error=str(reason)[:300])
    except ChannelError as error:
        _failed(notice, str(error), permanent=error.permanent)
    except Exception as error:  # a fault of ours must not stop the others
        log.exception("notice %s could not be sent", notice.pk)
        _failed(notice, f"{type(error).__name__}: {error}", permanent=False)
    else:
        sent = {"sent_at": timezone.now(), "carrier_id": carrier_id[:64], "error": ""}
        _write(notice, status=Status.SENT, **sent, **_said(notice, content))


def _composed(notice: Notice) -> Content:
    """What it says: written now where its kind has a writer. Raises Skip."""
    if _is_written_now(notice):
        return writers[notice.kind](notice)
    off = preferences.unsubscribe_url(notice)
    return Content(subject=notice.subject, text=notice.text, unsubscribe=off)


def _is_written_now(notice: Notice) -> bool:
    return notice.kind in writers or notice.kind in Notice.FOR_INVITEES


def _said(notice: Notice, content: Content) -> dict[str, str]:
    """What is new to the row; a person may have been erased from the rest meanwhile."""
    if not _is_written_now(notice):
        return {}
    return {"subject": content.subject[:200], "text": content.text}


def _failed(notice: Notice, why: str, *, permanent: bool) -> None:
    if permanent or notice.attempts > len(PAUSES):
        log.warning("notice %s failed: %s", notice.pk, why)
        _write(notice, status=Status.FAILED, error=why[:300])
    else:
        due_at = timezone.now() + PAUSES[notice.attempts - 1]
        _write(notice, status=Status.PENDING, due_at=due_at, error=why[:300])


def _write(notice: Notice, **outcome: Any) -> None:
    """What became of it, unless the claim ran out and another worker has it by now."""
    if notice.kind == Notice.Kind.LETTER and outcome["status"] != Status.PENDING:
        outcome["text"] = ""
    mine = Notice.objects.filter(
        pk=notice.pk, status=Status.SENDING, claimed_until=notice.claimed_until
    )
    if not mine.update(**outcome):
        log.warning("notice %s took longer than its claim", notice.pk)


def try_again(notice: Notice) -> None:
    """Put a failed notice back into the outbox; does nothing to one that has not failed."""
    Notice.objects.filter(pk=notice.pk, status=Status.FAILED).update(
        status=Status.PENDING, due_at=timezone.now(), attempts=0, error=""
    )
