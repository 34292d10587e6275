"""Looking for past conferences: by person, number, day and room, and how much is looked at."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rooms import changes
from rooms.accounts import people
from rooms.accounts.models import Account, User
from rooms.conferences import history_people, history_search
from rooms.conferences.history_people import read_number
from rooms.conferences.history_search import Asked, find
from rooms.conferences.models import Conference
from rooms.meetings import invitees, planning
from rooms.models import Room
from tests.past_rows import ANA, BEN, CARL, NOON, minutes, past, stay

DAY = dt.timedelta(days=1)


def found(account: Account, **asked: Any) -> set[str]:
    return set(find(Asked(account, **asked)).conferences.values_list("pk", flat=True))


@pytest.fixture
def retro(account: Account) -> Room:
    return changes.make(account, name="Retro")


@pytest.fixture
def days(room: Room, retro: Room) -> dict[str, str]:
    """Ana was there on the first day, Ben on the second, both and a stranger on the third."""
    return {
        "one": past(room, NOON, ANA).pk,
        "two": past(retro, NOON + DAY, (BEN, "Benjamin Cho")).pk,
        "three": past(room, NOON + 2 * DAY, ANA, BEN, (CARL, "Élodie Ж.")).pk,
        "withheld": past(room, NOON + 3 * DAY, "").pk,
    }


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, "one two three withheld"),
        ({"number": ANA}, "one three"),
        ({"number": "123456"}, "one three"),
        ({"number": "0123"}, "two three"),
        ({"number": "07700900123"}, "two three"),  # as dialled inside the country
        ({"number": "34600123456"}, "one three"),
        ({"number": "9999"}, ""),
        ({"number": "+34600123457"}, ""),
        ({"name": "benj"}, "two"),
        ({"name": "BENJAMIN C"}, "two"),
        ({"name": "ж."}, "three"),
        ({"name": "ruiz"}, "one three"),  # on the people list
        ({"name": "ana@exam"}, "one three"),
        ({"name": "charlie"}, ""),
        ({"name": "100% (.*"}, ""),
        ({"name": "ruiz", "number": "0123"}, "three"),
        ({"since": NOON + DAY}, "two three withheld"),
        ({"until": NOON + DAY}, "one"),
        ({"since": NOON + DAY, "until": NOON + 2 * DAY}, "two"),
        ({"name": "ruiz", "since": NOON + DAY}, "three"),
    ],
)
def test_all_that_is_given_has_to_fit(
    asked: dict[str, Any], names: str, account: Account, days: dict[str, str]
) -> None:
    people.make(account, name="Ana Ruiz", email="ana@example.com", phone=ANA)
    assert found(account, **asked) == {days[name] for name in names.split()}


def test_rooms_narrow_it(account: Account, room: Room, retro: Room, days: dict[str, str]) -> None:
    assert found(account, rooms=(retro.pk,)) == {days["two"]}
    assert found(account, rooms=(room.pk,), name="cho") == set()
    assert found(account, rooms=()) == set()


def test_members_are_found_by_their_verified_phone(
    account: Account, bob: User, days: dict[str, str]
) -> None:
    User.objects.filter(pk=bob.pk).update(phone=BEN)
    assert found(account, name="bob") == {days["two"], days["three"]}
    assert found(account, name="BOB@example") == {days["two"], days["three"]}


def test_invitees_are_found_by_name_e_mail_number_and_pin(
    account: Account, alice: User, room: Room, days: dict[str, str]
) -> None:
    when = {"first_day": timezone.localdate() + 2 * DAY, "starts": dt.time(9), "time_zone": "UTC"}
    meeting = planning.plan(room, alice, title="Weekly", **when)
    guests = [
        invitees.Guest(name="Carlos Vega", email="carlos@example.com", phone=CARL),
        invitees.Guest(name="Dora", email="dora@example.com"),
    ]
    invitees.add(meeting, guests, by=None, tell=False)
    other_phone = past(room, NOON + 5 * DAY)
    stay(other_phone, "+34600555444", invitee=meeting.invitees.get(name="Dora"))
    assert found(account, name="vega") == {days["three"]}
    assert found(account, name="carlos@") == {days["three"]}
    assert found(account, name="Dora") == {other_phone.pk}
    assert found(account, number="99777") == {days["three"]}
    people.make(account, name="Dorothea Q.", email="dora@example.com")
    assert found(account, name="dorothea") == {other_phone.pk}


def test_nothing_of_others_and_nothing_forgotten_is_found(
    account: Account, charlie: User, room: Room, days: dict[str, str]
) -> None:
    theirs = changes.make(charlie.accounts.get(), name="Theirs")
    past(theirs, NOON, ANA, (BEN, "Benjamin Cho"))
    Conference.objects.filter(pk=days["one"]).update(forgotten_at=NOON)
    for asked in ({}, {"number": ANA}, {"number": "123456"}, {"name": "benj"}):
        assert found(account, **asked) <= {days["two"], days["three"], days["withheld"]}
        assert days["one"] not in found(account, **asked)


def test_strangers_are_looked_for_in_the_latest_and_that_is_said(
    account: Account, room: Room, days: dict[str, str], monkeypatch: Any
) -> None:
    monkeypatch.setattr(history_search, "LOOKED_THROUGH", 2)
    latest = find(Asked(account, name="benj"))
    assert not latest.conferences
    assert latest.looked_after == NOON + DAY
    earlier = find(Asked(account, name="benj", until=NOON + DAY + minutes(1)))
    assert {one.pk for one in earlier.conferences} == {days["two"]}
    assert earlier.looked_after is None
    people.make(account, name="Ana Ruiz", phone=ANA)
    assert days["one"] in found(account, name="ruiz"), "who is known is found however long ago"
    assert find(Asked(account, number=ANA)).looked_after is None


def test_too_many_are_cut_and_that_is_said(account: Account, room: Room, monkeypatch: Any) -> None:
    monkeypatch.setattr(history_search, "MOST_STAYS", 3)
    monkeypatch.setattr(history_people, "MOST_PEOPLE", 1)
    times = [past(room, NOON + n * DAY, ANA).pk for n in range(5)]
    cut = find(Asked(account, number=ANA))
    assert {one.pk for one in cut.conferences} == set(times[2:])
    assert ["very many" in text for text in cut.cuts] == [True]
    for n in range(2):
        people.make(account, name=f"Person {n}", phone=f"+3460000000{n}")
    assert any("many people" in text for text in find(Asked(account, name="person")).cuts)


def test_a_search_takes_the_same_statements_however_much_there_is(
    account: Account, room: Room
) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert found(account, name="ana", number="3456", since=NOON)
        return len(captured)

    people.make(account, name="Ana Ruiz", phone=ANA)
    for n in range(3):
        past(room, NOON + n * minutes(20), (ANA, "Ana"))
    few = statements()
    for n in range(60):
        past(room, NOON + DAY + n * minutes(20), (ANA, "Ana"), BEN, CARL)
    assert statements() == few


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+34 600 12 34 56", "+34600123456"),
        ("0034 600-123-456", "+34600123456"),
        ("(600) 123.456", "600123456"),
        (" 34 56 ", "3456"),
        ("…3456", "3456"),
        ("+34 ••• •• 34 56", None),
        ("٣٤٥٦", "3456"),
        ("456", None),
        ("+3", None),
        ("12345678901234567", None),
        ("ext. 3456", None),
        ("", None),
    ],
)
def test_numbers_are_read_in_any_writing(text: str, number: str | None) -> None:
    if number is None:
        with pytest.raises(ValidationError):
            read_number(text)
    else:
        assert read_number(text) == number
