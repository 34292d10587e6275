"""Sends what is due in the outbox, each notice by the one worker that claimed it.

A worker that is killed between handing a message over and writing that it did leaves a claim that
runs out; the notice is then sent again. So a notice is never lost, and can be doubled only where
the channel took a message and the worker died before it could write that down. A repeated e-mail
has the same Message-ID, and the mailbox of the embedded run keeps it once; an SMS cannot be told
from its repeat.
"""

import datetime as dt
import logging
from typing import Any

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone, translation
from django.utils.translation import gettext

from rooms.accounts.models import Membership, Role
from rooms.notices import channels
from rooms.notices.channels import ChannelError
from rooms.notices.models import Notice

log = logging.getLogger(__name__)
Status = Notice.Status

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
    while timezone.now() < until:
        notice = claim_next(timezone.now())
        if notice is None:
            break
        deliver(notice)
        sent += 1
    return sent


def claim_next(now: dt.datetime) -> Notice | None:
    """The next due notice, claimed: one changed row means that it is ours."""
    for pk in Notice.objects.filter(due(now)).order_by("due_at").values_list("pk", flat=True)[:20]:
        claimed = Notice.objects.filter(due(now), pk=pk).update(
            status=Status.SENDING,
            claimed_until=now + dt.timedelta(seconds=settings.NOTICE_CLAIM_SECONDS),
            attempts=F("attempts") + 1,
        )
        if claimed:
            return Notice.objects.select_related("account").get(pk=pk)
    return None


def deliver(notice: Notice) -> None:
    """Send a claimed notice and write down what became of it, in the account's language."""
    with translation.override(notice.account.language if notice.account else None):
        if _is_concerned(notice):
            _send(notice)
        else:
            why = gettext("%(name)s is no longer a member.") % {"name": notice.recipient}
            _failed(notice, why, permanent=True)


def _is_concerned(notice: Notice) -> bool:
    """Members, whoever runs the service where it is for them, and anybody a page wrote to."""
    if notice.kind == Notice.Kind.LETTER or notice.recipient is None:
        return notice.kind == Notice.Kind.LETTER
    if notice.kind == Notice.Kind.OPERATOR:
        return notice.recipient.is_staff and notice.recipient.is_active
    members = Membership.objects.filter(account=notice.account_id, user=notice.recipient_id)
    if notice.kind in Notice.MONEY:
        members = members.filter(role__in=(Role.OWNER, Role.ADMIN))
    return members.filter(user__is_active=True).exists()


def _send(notice: Notice) -> None:
    try:
        channels.send(notice)
    except ChannelError as error:
        _failed(notice, str(error), permanent=error.permanent)
    except Exception as error:  # a fault of ours must not stop the others
        log.exception("notice %s could not be sent", notice.pk)
        _failed(notice, f"{type(error).__name__}: {error}", permanent=False)
    else:
        _write(notice, status=Status.SENT, sent_at=timezone.now(), error="")


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
