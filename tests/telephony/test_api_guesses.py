"""The API's wrong codes: what was guessed near an account's codes, and blocking from where."""

import datetime as dt

import pytest
from django.utils import timezone

from rooms.accounts.models import Account, BlockedNumber, User
from rooms.models import Room
from telephony import guess_news
from telephony.models import NearGuess, WrongCode
from tests.api_client import Api, codes, slug

NUMBER = "+34600123456"


def guessed(room: Room, caller: str = NUMBER, *, a_pin: bool = False) -> NearGuess:
    now = timezone.now()
    wrong = WrongCode.objects.create(
        call="c", caller=caller, digits="1", at=now, room=room if a_pin else None
    )
    return NearGuess.objects.create(wrong=wrong, room=room, at=now)


def test_what_was_guessed_is_told_and_blocked_without_its_number(room: Room) -> None:
    guessed(room)
    api = Api(room.account, "read", "rooms")
    [told] = api.get("guesses/").json()["data"]
    assert told["number"] == "+34 ••• •• •• 56"
    assert (told["room"], told["what"], told["blocked"]) == (room.pk, "code", False)
    done = api.post(f"guesses/{told['id']}/block/")
    assert done.status_code == 201
    row = BlockedNumber.objects.get()
    assert (row.number, row.note, row.pk) == (NUMBER, "Guessed codes", done.json()["id"])
    assert NUMBER not in done.content.decode()
    assert api.get("guesses/").json()["data"][0]["blocked"] is True
    assert slug(api.post(f"guesses/{told['id']}/block/")) == "conflict"


def test_the_page_blocks_by_the_same_function(room: Room, alice: User) -> None:
    row = guess_news.block(room.account, guessed(room), by=alice)
    assert (row.number, row.by) == (NUMBER, alice)


def test_those_of_a_day_are_listed_the_newest_first_page_by_page(room: Room) -> None:
    made = [guessed(room, f"+3460000000{n}", a_pin=n == 2) for n in range(3)]
    old = guessed(room)
    NearGuess.objects.filter(pk=old.pk).update(at=timezone.now() - dt.timedelta(days=2))
    api, seen, cursor = Api(room.account), [], ""
    while cursor is not None:
        page = api.get(f"guesses/?limit=1&cursor={cursor}").json()
        seen += page["data"]
        cursor = page["next_cursor"]
    assert [one["id"] for one in seen] == [f"gs_{one.pk:026}" for one in reversed(made)]
    assert [one["what"] for one in seen] == ["pin", "code", "code"]
    assert seen[0]["number"] == "+34600000002", "the key may see whole numbers"


def test_a_withheld_number_cannot_be_blocked(room: Room) -> None:
    guess = guessed(room, "")
    response = Api(room.account).post(f"guesses/gs_{guess.pk:026}/block/")
    assert (response.status_code, slug(response)) == (409, "conflict")
    assert not BlockedNumber.objects.exists()


@pytest.mark.parametrize(
    "wrong", ["gs_00000000000000000000000000", f"gs_{'9' * 26}", f"gs_{'a' * 26}", f"rm_{'0' * 26}"]
)
def test_ids_that_were_not_given_out_are_not_found(account: Account, wrong: str) -> None:
    assert slug(Api(account).post(f"guesses/{wrong}/block/")) == "not-found"


@pytest.mark.parametrize("cursor", ["WyIyMDI2LTAxLTAxVDAwOjAwOjAwKzAwOjAwIiwgIngiXQ"])
def test_a_cursor_of_another_list_is_refused(account: Account, cursor: str) -> None:
    assert codes(Api(account).get(f"guesses/?cursor={cursor}")) == {"cursor": "invalid"}
