"""Access codes: short, safe, unique, and not given out again soon."""

import datetime as dt
import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from rooms import access_codes, changes, phones
from rooms.accounts.models import Account
from rooms.models import AccessCode, Room


def test_a_code_has_no_leading_zero_and_no_equal_neighbours() -> None:
    codes = [access_codes.random_code(7) for _ in range(2000)]
    assert all(len(code) == 7 and code[0] != "0" for code in codes)
    assert not any(a == b for code in codes for a, b in itertools.pairwise(code))
    assert {digit for code in codes for digit in code} == set("0123456789")


@pytest.mark.parametrize(("length", "fits"), [(6, 5), (7, 47), (8, 430), (12, 2_824_295)])
def test_as_many_live_codes_fit_a_length_as_keep_a_guess_hopeless(length: int, fits: int) -> None:
    assert access_codes.capacity(length) == fits
    assert fits / 9**length <= 1 / 100_000 < (fits + 1) / 9**length


def test_the_length_grows_with_the_number_of_rooms(account: Account) -> None:
    lengths = [len(changes.make(account, name=f"Room {n}").access_code or "") for n in range(8)]
    assert lengths == [6, 6, 6, 6, 6, 7, 7, 7]


def test_codes_are_shown_in_groups() -> None:
    assert phones.in_groups("482930") == "482 930"
    assert phones.in_groups("4829301") == "482 9301"
    assert phones.in_groups("48293018") == "482 930 18"


def test_a_retired_code_is_not_given_out_for_90_days(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = room.access_code
    assert old
    room = changes.rotate_code(room)
    assert room.access_code != old
    draws = iter([old] * 3 + ["313131", old])
    monkeypatch.setattr(access_codes, "random_code", lambda _length: next(draws))
    assert changes.make(room.account, name="Another").access_code == "313131"
    AccessCode.objects.filter(code=old).update(
        retired_at=timezone.now() - dt.timedelta(days=90, seconds=1)
    )
    assert changes.make(room.account, name="Third").access_code == old


def test_an_archived_room_has_no_code(room: Room) -> None:
    code = room.access_code
    room = changes.archive(room)
    assert room.access_code is None
    assert room.archived_at
    assert AccessCode.objects.get(code=code).retired_at


@pytest.mark.django_db(transaction=True)
def test_rooms_made_at_once_never_share_a_code(monkeypatch: pytest.MonkeyPatch) -> None:
    account = Account.objects.create(name="Acme")
    few = [f"{n}1212" for n in range(1, 10)] + ["313131", "323232", "343434"]
    numbers = iter(range(10**6))
    monkeypatch.setattr(
        access_codes, "random_code", lambda _length: few[next(numbers) // 3 % len(few)]
    )

    def make(n: int) -> None:
        changes.make(account, name=f"Room {n}")
        connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(make, range(12)))
    codes = list(Room.objects.values_list("access_code", flat=True))
    assert len(codes) == len(set(codes)) == 12
