"""Who is told that codes are being guessed: organizers, and the operator."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rooms import changes, counters
from rooms.accounts.models import Account, User
from rooms.models import Room
from rooms.notices import delivery
from rooms.notices.models import Notice
from telephony import guess_news, guessing
from telephony.models import NearGuess, WrongCode
from tests.at_once import at_once

NOW = dt.datetime(2026, 11, 22, 10, 40, tzinfo=dt.UTC)
ANA, EVA = "+34600123456", "+34600000001"
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)


def fail(count: int, at: dt.datetime = NOW) -> None:
    """As many wrong codes, each from a number of its own."""
    for number in range(count):
        counters.hit_all([guessing.OVER_ALL], at)
        guessing.failed(f"c{number}", f"+1555{number:07}", "123123", at)
    guessing.forget()


@pytest.mark.django_db
def test_the_operator_is_told_once_a_day(alice: User, bob: User, account: Account) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    fail(100)
    assert guess_news.sweep(NOW) == 100
    assert not Notice.objects.exists(), "5 an hour count as usual"
    fail(80)
    guessing.failed("hidden", "", "123123", NOW)
    for _sweep in range(3):
        guess_news.tell_operator(NOW)
    fail(300, NOW + HOUR)
    guess_news.tell_operator(NOW + HOUR)
    notice = Notice.objects.get()
    assert (notice.recipient, notice.account, notice.kind) == (alice, None, "operator")
    assert notice.subject == "Codes are being guessed: 180 wrong ones in an hour"
    assert "Numbers that they came from: 100. From hidden numbers: 1." in notice.text
    assert "/admin/accounts/blockednumber/add/" in notice.text
    delivery.deliver_due(until=timezone.now() + MINUTE)
    notice.refresh_from_db()
    assert notice.status == Notice.Status.SENT
    assert not Notice.objects.seen_by(alice.memberships.get()).exists()
    fail(300, NOW + 24 * HOUR)
    guess_news.tell_operator(NOW + 24 * HOUR)
    assert Notice.objects.count() == 2


# --- Near an account's codes ----------------------------------------------------------------


@pytest.fixture
def standup(room: Room) -> Room:
    Room.objects.filter(pk=room.pk).update(access_code="482930")
    room.refresh_from_db()
    return room


@pytest.mark.parametrize(
    ("digits", "near"),
    [
        ("482931", True),
        ("982930", True),
        ("842930", True),  # two neighbours changed places
        ("482903", True),
        ("482930", False),  # its own code is no wrong one
        ("284930", False),  # two that are no neighbours
        ("482911", False),
        ("48293", False),
        ("4829301", False),
        ("48293x", False),
        ("", False),
        ("٤82930", False),
    ],
)
def test_what_is_nearly_a_code(digits: str, near: bool) -> None:
    assert ("482930" in guess_news.variations(digits)) is near


def guess(*digits: str, caller: str = ANA, at: dt.datetime = NOW, room: Room | None = None) -> None:
    for one in digits:
        guessing.failed("call", caller, one, at, room.pk if room else "")


NEAR = ("482931", "482932", "482933", "482934", "482935")


@pytest.mark.django_db
def test_organizers_are_told_once_a_day_that_their_codes_are_guessed(
    standup: Room, alice: User, bob: User, charlie: User
) -> None:
    guess(*NEAR[:3], "111222", "12", at=NOW - HOUR)
    guess(NEAR[3], caller="")
    guess_news.sweep(NOW)
    assert not Notice.objects.exists(), "four are typists"
    guess(NEAR[4], caller=EVA)
    for _sweep in range(3):
        guess_news.sweep(NOW)
    guess(*NEAR, caller=EVA)
    guess_news.sweep(NOW + HOUR)
    told = list(Notice.objects.order_by("recipient__email"))
    assert [(one.recipient, one.kind, one.channel) for one in told] == [
        (alice, "guessing", "email"),
        (bob, "guessing", "email"),
    ]
    assert told[0].subject == "Acme: somebody is guessing your codes"
    text = told[0].text
    assert "Since 22 November, 09:40 (UTC) 5 wrong codes were keyed" in text
    assert "+34 ••• •• •• 56, 3 times" in text
    assert "+34 ••• •• •• 01, 1 time\n" in text
    assert "hidden numbers, 1 time\n" in text
    assert "/people/blocked/" in text
    assert f"Standup: http://localhost:8000/rooms/{standup.pk}/" in text
    assert "123456" not in text
    guess(NEAR[0], at=NOW + 23 * HOUR)
    guess_news.sweep(NOW + 23 * HOUR)
    assert Notice.objects.count() == 4, "another day"


@pytest.mark.django_db
def test_wrong_pins_at_a_room_are_near(standup: Room, alice: User) -> None:
    guess("1", "2", "3", "4", "5", room=standup)
    guess_news.sweep(NOW)
    assert "wrong PINs at your rooms" in Notice.objects.get().text


@pytest.mark.django_db
def test_what_is_older_than_a_day_or_an_archived_rooms_does_not_count(
    standup: Room, alice: User
) -> None:
    guess(*NEAR, at=NOW - 24 * HOUR)
    guess_news.sweep(NOW - 24 * HOUR)
    Notice.objects.all().delete()
    guess(NEAR[0])
    guess_news.sweep(NOW)
    changes.archive(standup)
    guess(*NEAR)
    guess_news.sweep(NOW)
    assert not Notice.objects.exists()


@pytest.mark.django_db
def test_one_code_can_be_near_two_rooms_and_counts_once(
    standup: Room, account: Account, alice: User
) -> None:
    other = changes.make(account, name="Other")
    Room.objects.filter(pk=other.pk).update(access_code="482932")
    guess("482931", "482935", "482936")
    guess_news.sweep(NOW)
    assert NearGuess.objects.count() == 6
    assert not Notice.objects.exists()
    guess("482937", "482938")
    guess_news.sweep(NOW)
    text = Notice.objects.get().text
    assert "5 wrong codes" in text
    assert "+34 ••• •• •• 56, 5 times" in text
    assert "Other: " in text
    assert "Standup: " in text


@pytest.mark.django_db
def test_many_are_looked_at_in_few_statements(standup: Room) -> None:
    WrongCode.objects.bulk_create(
        WrongCode(call="c", caller=ANA, digits=f"9{n:07}", at=NOW) for n in range(450)
    )
    with CaptureQueriesContext(connection) as queries:
        assert guess_news.sweep(NOW) == 450
    assert len(queries) <= 60, len(queries)
    assert not WrongCode.objects.filter(looked_at=False).exists()
    assert guess_news.sweep(NOW) == 0


@pytest.mark.django_db(transaction=True)
def test_a_sweep_that_is_killed_tells_later_and_two_at_once_tell_once(
    standup: Room, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    guess(*NEAR)
    with monkeypatch.context() as patched:

        def killed(*_args: Any, **_facts: Any) -> int:
            raise SystemExit

        patched.setattr("telephony.guess_news.outbox.record", killed)
        with pytest.raises(SystemExit):
            guess_news.sweep(NOW)
    assert not NearGuess.objects.exists()
    at_once(*[lambda: guess_news.sweep(NOW)] * 4)
    assert NearGuess.objects.count() == 5
    assert Notice.objects.count() == 1


@pytest.mark.django_db
def test_wrong_codes_are_kept_for_a_week(standup: Room) -> None:
    guess(NEAR[0], at=NOW - dt.timedelta(days=7, seconds=1))
    guess(NEAR[1], at=NOW - dt.timedelta(days=7))
    guess_news.sweep(NOW)
    guess_news.tidy(NOW)
    assert WrongCode.objects.get().digits == NEAR[1]
    assert NearGuess.objects.count() == 1
