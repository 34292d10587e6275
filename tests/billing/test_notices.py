"""What is told about money: to whom, in which language, and once."""

import datetime as dt
import zoneinfo
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format

from billing import notices
from billing.signals import standing_changed
from billing.subscriptions import Standing
from rooms.accounts.models import Account, Membership, Role, User
from rooms.notices import delivery, outbox
from rooms.notices.models import Notice
from tests.api_client import Api, Person
from tests.billing.money import DAY, ended, subscribe, trial_left, unpaid_since, where

NOW = timezone.now()
ACTIVE = Standing("active", NOW + 20 * DAY, renews_at=NOW + 18 * DAY)
PAST_DUE = Standing(
    "past_due", NOW + 7 * DAY, past_due_since=NOW, grace_until=NOW + 7 * DAY, renews_at=NOW
)
ENDED = Standing("ended", NOW)
DOUBLED = Standing("active", NOW + 20 * DAY, doubled=True)
TEMPLATE = "billing/notices/payment_ok.txt"


def change(account: Account, before: Standing, after: Standing) -> None:
    standing_changed.send(Account, account=account, before=before, after=after)


def kinds() -> list[str]:
    return sorted(Notice.objects.values_list("kind", flat=True))


@pytest.fixture
def operator(db: None) -> User:
    return User.objects.create_superuser("operator@example.com", "correct horse battery")


@pytest.mark.parametrize(
    ("before", "after", "kind", "subject"),
    [
        (ACTIVE, PAST_DUE, "payment_failed", "Your payment for AnyRoom failed"),
        (PAST_DUE, ACTIVE, "payment_ok", "Your payment for AnyRoom arrived"),
        (ACTIVE, ENDED, "subscription_ended", "Your AnyRoom rooms are closed"),
        (PAST_DUE, ENDED, "subscription_ended", "Your AnyRoom rooms are closed"),
        (ACTIVE, DOUBLED, "subscription_doubled", "You are subscribed to AnyRoom twice"),
    ],
)
def test_a_change_is_told_to_owners_and_admins(
    account: Account,
    alice: User,
    bob: User,
    charlie: User,
    before: Standing,
    after: Standing,
    kind: str,
    subject: str,
) -> None:
    change(account, before, after)
    notice = Notice.objects.get()
    assert (notice.recipient, notice.kind, notice.subject) == (alice, kind, subject)
    assert "Acme" in notice.text
    assert f"{reverse('billing:plan')}" in notice.text
    Membership.objects.filter(user=bob).update(role=Role.ADMIN)
    change(account, before, after)
    assert Notice.objects.count() == 2, "Bob, who was not told; and Alice not again"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (ACTIVE, ACTIVE),
        (DOUBLED, DOUBLED),
        (ENDED, ENDED),
        (ENDED, ACTIVE),
        (PAST_DUE, replace(PAST_DUE, past_due_since=NOW - DAY)),
    ],
)
def test_where_nothing_got_better_or_worse_nothing_is_told(
    account: Account, alice: User, before: Standing, after: Standing
) -> None:
    change(account, before, after)
    assert kinds() == []


def test_a_doubled_subscription_is_told_to_the_operator_too(
    account: Account, alice: User, operator: User, alice_client: Client
) -> None:
    change(account, ACTIVE, DOUBLED)
    change(account, ACTIVE, DOUBLED)
    assert kinds() == ["operator", "subscription_doubled"]
    theirs = Notice.objects.get(kind="operator")
    assert theirs.recipient == operator
    assert account.pk in theirs.text
    page = alice_client.get(reverse("notices:list")).content.decode()
    assert "operator@example.com" not in page
    assert delivery.deliver_due(until=timezone.now() + DAY) == 2
    assert {one.to[0] for one in mail.outbox} == {"alice@example.com", "operator@example.com"}


def test_who_is_no_longer_staff_gets_no_notice_of_the_operators(
    account: Account, operator: User
) -> None:
    change(account, ACTIVE, DOUBLED)
    User.objects.update(is_staff=False)
    delivery.deliver_due(until=timezone.now() + DAY)
    assert mail.outbox == []
    assert Notice.objects.get().status == Notice.Status.FAILED


def test_each_reads_it_in_their_own_language_and_time_zone(account: Account, alice: User) -> None:
    User.objects.update(language="ru", time_zone="Asia/Tokyo")
    change(account, ACTIVE, PAST_DUE)
    with translation.override("ru"), timezone.override(zoneinfo.ZoneInfo("Asia/Tokyo")):
        day = date_format(timezone.localtime(PAST_DUE.grace_until), "j E")
    text = Notice.objects.get().text
    assert day in text
    assert "(Asia/Tokyo)" in text


@pytest.mark.parametrize(
    ("left", "told"),
    [
        (3 * DAY + dt.timedelta(minutes=1), 0),
        (3 * DAY, 1),
        (DAY, 1),
        (dt.timedelta(minutes=1), 1),
    ],
)
def test_a_trial_that_ends_is_told(
    account: Account, alice: User, left: dt.timedelta, told: int
) -> None:
    trial_left(account, left)
    notices.sweep()
    notices.sweep()
    assert kinds() == ["trial_ending"] * told


def test_it_is_told_at_three_days_and_at_one(account: Account, alice: User) -> None:
    trial_left(account, 3 * DAY)
    now = timezone.now()
    for hours in range(0, 71):
        notices.tell_trial_ending(account, now + dt.timedelta(hours=hours))
    assert kinds() == ["trial_ending", "trial_ending"]


def test_who_subscribes_is_not_told_that_a_trial_ends(account: Account, alice: User) -> None:
    subscribe(account, current_period_end=timezone.now())
    notices.sweep()
    assert kinds() == []


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (lambda one: trial_left(one, -DAY), "The trial of Acme is over"),
        (lambda one: unpaid_since(one, 8 * DAY), "because the last payment failed"),
        (lambda one: ended(one, DAY), "The subscription of Acme has ended"),
    ],
    ids=["trial", "unpaid", "ended"],
)
def test_that_rooms_closed_is_told_once(
    account: Account, alice: User, prepare: Callable[[Account], Any], words: str
) -> None:
    prepare(account)
    notices.sweep()
    notices.sweep()
    assert words in Notice.objects.get().text
    standing = where(account)
    change(account, ACTIVE, Standing("ended", standing.hosting_until))
    assert Notice.objects.count() == 1, "a sync that sees the same end tells it no second time"


def test_what_closed_long_ago_is_no_news(account: Account, alice: User) -> None:
    trial_left(account, -3 * DAY)
    notices.sweep()
    assert kinds() == []


def test_money_is_told_to_nobody_else(
    account: Account, alice: User, bob: User, alice_client: Client, bob_client: Client
) -> None:
    change(account, ACTIVE, PAST_DUE)
    notice = Notice.objects.get()
    Notice.objects.update(status=Notice.Status.FAILED)
    again = reverse("notices:try_again", args=[notice.pk])
    assert notice.subject in alice_client.get(reverse("notices:list")).content.decode()
    assert notice.subject not in bob_client.get(reverse("notices:list")).content.decode()
    assert bob_client.post(again).status_code == 404
    assert alice_client.post(again).status_code == 302
    for api, seen in [
        (Api(account, "read"), 0),
        (Api(account, "read", "billing"), 1),
        (Person(bob), 0),
        (Person(alice), 1),
    ]:
        assert len(api.get("notices/").json()["data"]) == seen


def test_it_is_recorded_once_whoever_records_it_when(account: Account, alice: User) -> None:
    for expected in (1, 0):
        recorded = outbox.record(
            account, kind="payment_ok", key="x", template=TEMPLATE, context={"standing": ACTIVE}
        )
        assert recorded == expected
    assert Notice.objects.count() == 1


def test_members_who_left_the_service_are_not_told(account: Account, alice: User) -> None:
    User.objects.update(is_active=False)
    assert not outbox.record(
        account, kind="payment_ok", key="x", template=TEMPLATE, context={"standing": ACTIVE}
    )
