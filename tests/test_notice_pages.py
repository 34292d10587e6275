"""The list of notices, trying a failed one again, and choosing what one gets."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rooms.accounts.models import Account, User
from rooms.models import Room
from rooms.notices.models import Notice

LIST = "notices:list"


@pytest.fixture
def failed(account: Account, room: Room, bob: User) -> Notice:
    return Notice.objects.create(
        account=account,
        room=room,
        recipient=bob,
        kind=Notice.Kind.PRESENCE,
        channel=Notice.Channel.SMS,
        address="+447700900123",
        key="presence:1",
        subject="Ana joined Standup",
        text="Ana joined Standup",
        status=Notice.Status.FAILED,
        error="The number does not exist.",
        attempts=6,
        due_at=timezone.now() - dt.timedelta(days=1),
    )


def test_the_list_says_what_became_of_each(alice_client: Client, failed: Notice) -> None:
    page = alice_client.get(reverse(LIST)).content.decode()
    for text in ("Ana joined Standup", "Bob", "SMS", "failed", "The number does not exist."):
        assert text in page


def test_a_phone_is_whole_for_its_owner_alone(
    alice_client: Client, bob_client: Client, failed: Notice
) -> None:
    others = alice_client.get(reverse(LIST)).content.decode()
    assert "+44" in others
    assert "7700" not in others
    assert "+44 7700 900123" in bob_client.get(reverse(LIST)).content.decode()


def test_outsiders_and_strangers_see_nothing(
    charlie_client: Client, client: Client, failed: Notice
) -> None:
    page = charlie_client.get(reverse(LIST)).content.decode()
    assert "Ana joined Standup" not in page
    assert "Nothing was sent yet" in page
    assert client.get(reverse(LIST)).headers["Location"].startswith("/accounts/login/")


def test_the_list_is_paginated_newest_first(alice_client: Client, failed: Notice) -> None:
    old = timezone.now() - dt.timedelta(hours=1)
    Notice.objects.bulk_create(
        Notice(
            account=failed.account,
            recipient=failed.recipient,
            kind="presence",
            channel="email",
            address="bob@example.com",
            key=f"old:{number}",
            subject=f"Old {number}",
            text="x",
            created_at=old - dt.timedelta(minutes=number),
        )
        for number in range(50)
    )
    first = alice_client.get(reverse(LIST)).content.decode()
    second = alice_client.get(reverse(LIST), {"page": 2}).content.decode()
    assert "Ana joined" in first
    assert ">Old 49<" not in first
    assert ">Old 49<" in second


@pytest.mark.parametrize("who", ["alice_client", "bob_client"])
def test_a_failed_notice_is_due_at_once_when_tried_again(
    who: str, request: pytest.FixtureRequest, failed: Notice
) -> None:
    request.getfixturevalue(who).post(reverse("notices:try_again", args=[failed.pk]))
    failed.refresh_from_db()
    assert (failed.status, failed.attempts, failed.error) == (Notice.Status.PENDING, 0, "")
    assert abs(failed.due_at - timezone.now()) < dt.timedelta(seconds=30)


def test_outsiders_and_strangers_try_nothing_again(
    charlie_client: Client, client: Client, failed: Notice
) -> None:
    url = reverse("notices:try_again", args=[failed.pk])
    assert charlie_client.post(url).status_code == 404
    assert client.post(url).status_code == 302
    failed.refresh_from_db()
    assert failed.status == Notice.Status.FAILED


def test_a_notice_that_was_sent_is_not_sent_again(alice_client: Client, failed: Notice) -> None:
    Notice.objects.update(status=Notice.Status.SENT)
    alice_client.post(reverse("notices:try_again", args=[failed.pk]))
    failed.refresh_from_db()
    assert failed.status == Notice.Status.SENT
