"""The outbox: who is told what, once, and what happens when it cannot be sent."""

import datetime as dt
from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext

from rooms.accounts import members
from rooms.accounts.models import Membership, User
from rooms.conferences import leaving
from rooms.conferences import presence as conferences
from rooms.models import Room
from rooms.notices import channels, delivery, presence
from rooms.notices.channels import ChannelError
from rooms.notices.content import Content
from rooms.notices.mail import Mail
from rooms.notices.models import Notice

Status = Notice.Status
LATER = dt.timedelta(seconds=21)


def join(room: Room, call: str, at: dt.datetime | None = None) -> None:
    with transaction.atomic():
        conferences.join(call=call, caller="+34600123456", at=at or timezone.now(), room_id=room.pk)


def leave(room: Room, call: str, at: dt.datetime | None = None) -> None:
    with transaction.atomic():
        locked = Room.objects.locked().get(pk=room.pk)
        leaving.leave(locked, call=call, at=at or timezone.now())


def test_moves_within_20_seconds_are_one_notice(room: Room, alice: User) -> None:
    now = timezone.now()
    join(room, "a", now)
    join(room, "b", now + dt.timedelta(seconds=5))
    leave(room, "a", now + dt.timedelta(seconds=9))
    assert presence.collect(now + dt.timedelta(seconds=19)) == 0
    assert presence.collect(now + dt.timedelta(seconds=20)) == 1
    notice = Notice.objects.get()
    assert notice.subject == "Standup: 2 joined, 1 left"
    assert notice.address == "alice@example.com"
    assert notice.text.count("+34 ••• •• •• 56 joined") == 2
    assert "600" not in notice.text, "numbers are masked"
    assert "1 person is on the line now." in notice.text
    assert presence.collect(now + dt.timedelta(hours=1)) == 0, "told once"


def test_a_caller_without_a_number_is_told_in_mid_sentence(room: Room, alice: User) -> None:
    now = timezone.now()
    conferences.join(call="a", caller="", at=now, room_id=room.pk)
    presence.collect(now + LATER)
    assert Notice.objects.get().subject == "Standup: a caller without a number joined"
    User.objects.update(language="ru")
    conferences.join(call="b", caller="", at=now + LATER, room_id=room.pk)
    presence.collect(now + 3 * LATER)
    notice = Notice.objects.get(subject__contains="вошёл")
    assert notice.subject == "Standup: звонящий без номера вошёл"
    assert "  звонящий без номера вошёл" in notice.text


def test_each_member_chooses(room: Room, alice: User, bob: User, charlie: User) -> None:
    Membership.objects.filter(user=alice).update(notice_channels={"presence": []})
    Membership.objects.filter(user=bob).update(notice_channels={"presence": ["email", "sms"]})
    User.objects.filter(pk=bob.pk).update(phone="+34600999888", language="ru")
    now = timezone.now()
    join(room, "a", now)
    presence.collect(now + LATER)
    told = {(notice.address, notice.channel) for notice in Notice.objects.all()}
    assert told == {("bob@example.com", "email"), ("+34600999888", "sms")}
    sms = Notice.objects.get(channel="sms")
    assert sms.text.startswith("Standup: ")
    assert len(sms.text) <= 160


def test_sms_without_a_verified_phone_is_not_sent(room: Room, bob: User) -> None:
    Membership.objects.filter(user=bob).update(notice_channels={"presence": ["sms"]})
    join(room, "a")
    presence.collect(timezone.now() + LATER)
    assert not Notice.objects.exists()


def _notice(account: Any, user: User, **fields: Any) -> Notice:
    return Notice.objects.create(
        account=account,
        recipient=user,
        kind=Notice.Kind.PRESENCE,
        channel=Notice.Channel.EMAIL,
        address=user.email,
        key=f"test:{Notice.objects.count()}",
        subject="Standup: somebody joined",
        text="In the room…",
        **fields,
    )


def soon() -> dt.datetime:
    return timezone.now() + dt.timedelta(seconds=30)


def test_a_due_notice_is_sent_with_its_own_message_id(account: Any, alice: User) -> None:
    notice = _notice(account, alice)
    _notice(account, alice, due_at=timezone.now() + dt.timedelta(hours=1))
    assert delivery.deliver_due(until=soon()) == 1
    notice.refresh_from_db()
    assert (notice.status, notice.attempts) == (Status.SENT, 1)
    assert notice.sent_at
    (message,) = mail.outbox
    assert message.extra_headers["Message-ID"] == f"<{notice.pk}@localhost>"
    assert delivery.deliver_due(until=soon()) == 0


def test_a_claimed_notice_is_left_alone_until_the_claim_runs_out(
    account: Any, alice: User, settings: Any
) -> None:
    notice = _notice(account, alice)
    claimed = delivery.claim_next(timezone.now())
    assert claimed
    assert claimed.pk == notice.pk
    assert delivery.claim_next(timezone.now()) is None
    later = timezone.now() + dt.timedelta(seconds=settings.NOTICE_CLAIM_SECONDS + 1)
    again = delivery.claim_next(later)
    assert again
    assert again.attempts == 2


def test_a_failure_is_tried_again_with_growing_pauses_and_then_shown(
    account: Any, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: Any) -> str:
        raise ChannelError("The mail server was not reached", permanent=False)

    monkeypatch.setattr(channels, "send", refuse)
    notice = _notice(account, alice)
    pauses = []
    for _attempt in range(len(delivery.PAUSES)):
        assert delivery.deliver_due(until=soon()) == 1
        notice.refresh_from_db()
        assert notice.status == Status.PENDING
        pauses.append(round((notice.due_at - timezone.now()).total_seconds()))
        Notice.objects.update(due_at=timezone.now())
    assert pauses == [30, 120, 600, 3600, 14400]
    delivery.deliver_due(until=soon())
    notice.refresh_from_db()
    assert (notice.status, notice.error) == (Status.FAILED, "The mail server was not reached")
    assert delivery.deliver_due(until=soon()) == 0
    monkeypatch.undo()
    delivery.try_again(notice)
    delivery.deliver_due(until=soon())
    notice.refresh_from_db()
    assert notice.status == Status.SENT


def test_a_permanent_failure_is_shown_at_once(
    account: Any, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: Any) -> str:
        raise ChannelError("No such address", permanent=True)

    monkeypatch.setattr(channels, "send", refuse)
    notice = _notice(account, alice)
    delivery.deliver_due(until=soon())
    notice.refresh_from_db()
    assert (notice.status, notice.attempts) == (Status.FAILED, 1)


def test_a_fault_of_ours_does_not_stop_the_others(
    account: Any, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = _notice(account, alice), _notice(account, alice)
    real = channels.send

    def stumble(notice: Notice, content: Content, mail: Mail) -> str:
        if notice.pk == first.pk:
            raise ZeroDivisionError
        return real(notice, content, mail)

    monkeypatch.setattr(channels, "send", stumble)
    assert delivery.deliver_due(until=soon()) == 2
    second.refresh_from_db()
    first.refresh_from_db()
    assert (first.status, second.status) == (Status.PENDING, Status.SENT)
    assert "ZeroDivisionError" in first.error


@pytest.mark.parametrize("claimed_before", [False, True])
def test_who_is_no_longer_a_member_gets_nothing(
    account: Any, alice: User, bob: User, claimed_before: bool
) -> None:
    """Removed while the notice waited, or while a worker that died had it."""
    theirs, others = _notice(account, bob), _notice(account, alice)
    if claimed_before:
        Notice.objects.update(status=Status.SENDING, claimed_until=timezone.now())
    members.leave(Membership.objects.get(user=bob))
    assert delivery.deliver_due(until=soon()) == 2
    theirs.refresh_from_db()
    others.refresh_from_db()
    assert (theirs.status, theirs.error) == (Status.FAILED, "Bob is no longer a member.")
    assert theirs.sent_at is None
    assert others.status == Status.SENT
    assert [message.to for message in mail.outbox] == [["alice@example.com"]]
    delivery.try_again(theirs)
    delivery.deliver_due(until=soon())
    theirs.refresh_from_db()
    assert theirs.status == Status.FAILED


def test_a_member_of_another_account_is_not_a_member_of_this_one(
    account: Any, charlie: User
) -> None:
    notice = _notice(account, charlie)
    account.language = "ru"
    account.save()
    with translation.override("ru"):
        expected = gettext("%(name)s is no longer a member.") % {"name": "Charlie"}
    delivery.deliver_due(until=soon())
    notice.refresh_from_db()
    assert (notice.status, notice.error) == (Status.FAILED, expected)
    assert not mail.outbox


def test_a_worker_that_took_longer_than_its_claim_changes_nothing(
    account: Any, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = _notice(account, alice)
    slow = delivery.claim_next(timezone.now())
    assert slow
    Notice.objects.update(claimed_until=timezone.now())
    delivery.deliver_due(until=soon())

    def refuse(*_arguments: Any) -> str:
        raise OSError("too late")

    monkeypatch.setattr(channels, "send", refuse)
    delivery.deliver(slow)
    notice.refresh_from_db()
    assert notice.status == Status.SENT
    assert delivery.deliver_due(until=soon()) == 0
    assert len(mail.outbox) == 1


def test_mail_of_the_pages_goes_through_the_outbox_and_is_forgotten(
    db: None, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.EMAIL_BACKEND = "rooms.notices.outgoing.EmailBackend"
    with django_capture_on_commit_callbacks():
        mail.send_mail("Confirm\nyour e-mail", "https://…/secret", None, ["a@example.com", "b@c.d"])
    assert getattr(mail, "outbox", []) == []
    assert delivery.deliver_due(until=soon()) == 2
    assert {message.to[0] for message in mail.outbox} == {"a@example.com", "b@c.d"}
    assert mail.outbox[0].body == "https://…/secret"
    assert mail.outbox[0].subject == "Confirm your e-mail"
    assert set(Notice.objects.values_list("status", "text")) == {(Status.SENT, "")}
