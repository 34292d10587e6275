"""Numbers that an account, or the operator, lets in no more: pages, API, admin site, the door."""

import html
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rooms.accounts import blocked
from rooms.accounts.models import Account, BlockedNumber, User
from rooms.conferences import presence
from rooms.models import Room
from telephony import guess_news, guessing
from telephony.models import WrongCode
from tests.api_client import Api, codes, slug
from tests.api_client import Person as LoggedIn
from tests.at_once import at_once

PAGE, GUESSES = reverse("blocked:numbers"), reverse("guesses:lately")
ANA, MASKED = "+34600123456", "+34 ••• •• •• 56"


@pytest.fixture
def row(account: Account) -> BlockedNumber:
    return blocked.block(account, ANA, note="Rude")


def _text(response: Any) -> str:
    assert response.status_code == 200, response
    return html.unescape(response.content.decode())


def _unblock(row: BlockedNumber) -> str:
    return reverse("blocked:unblock", args=[row.pk])


# --- The list -------------------------------------------------------------------------------


def test_a_number_is_blocked_once_in_an_account_and_once_in_the_service(
    row: BlockedNumber, account: Account, charlie: User
) -> None:
    blocked.block(charlie.accounts.get(), ANA)
    everywhere = blocked.block(None, ANA)
    for whose in (account, None):
        with pytest.raises(ValidationError, match="blocked already"):
            blocked.block(whose, ANA)
        with pytest.raises(IntegrityError), transaction.atomic():
            BlockedNumber.objects.create(account=whose, number=ANA)
    assert str(everywhere) == MASKED
    blocked.unblock(row)
    blocked.unblock(row)
    assert BlockedNumber.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_who_block_the_same_at_once_block_it_once(account: Account) -> None:
    def block() -> object:
        try:
            return blocked.block(account, ANA)
        except blocked.BlockedBefore as refused:
            return refused

    results = at_once(*[block] * 4)
    assert sorted(type(one).__name__ for one in results) == ["BlockedBefore"] * 3 + [
        "BlockedNumber"
    ]


def test_whoever_is_blocked_does_not_get_in(
    row: BlockedNumber, room: Room, charlie: User, account: Account
) -> None:
    def join(call: str, caller: str) -> bool:
        return bool(
            presence.join(call=call, caller=caller, at=timezone.now(), code=room.access_code or "")
        )

    assert not join("a", ANA)
    assert join("b", "+34600000001")
    assert join("c", ""), "who hides the number cannot be known by it"
    blocked.block(charlie.accounts.get(), "+34600000002")
    assert join("d", "+34600000002"), "another account's block"
    blocked.unblock(row)
    assert join("e", ANA)


# --- Pages ----------------------------------------------------------------------------------


def test_members_see_and_change_the_list_and_nobody_else_does(
    row: BlockedNumber, alice_client: Client, bob_client: Client, charlie_client: Client
) -> None:
    stranger = Client()
    for client in (alice_client, bob_client):
        page = _text(client.get(PAGE))
        assert MASKED in page
        assert "Rude" in page
        assert "600" not in page.partition("<main")[2].replace("+34 600 123 456", "")
        assert _text(client.get(GUESSES)).strip() == ""
        assert client.get(_unblock(row)).status_code == 405
    assert "No number is blocked" in _text(charlie_client.get(PAGE))
    assert charlie_client.post(_unblock(row)).status_code == 404
    for url in (PAGE, GUESSES, _unblock(row)):
        login = stranger.post(url) if url == _unblock(row) else stranger.get(url)
        assert login["Location"].startswith(reverse("account_login")), url
    assert "may enter again" in _text(bob_client.post(_unblock(row), follow=True))
    assert not BlockedNumber.objects.exists()


def test_a_number_is_blocked_in_any_writing(bob_client: Client, bob: User) -> None:
    typed = {"number": "+34 600 12 34 56", "note": "Rude"}
    assert f"{MASKED} is blocked." in _text(bob_client.post(PAGE, typed, follow=True))
    row = BlockedNumber.objects.get()
    assert (row.number, row.note, row.by) == (ANA, "Rude", bob)
    assert row.account == bob.accounts.get()


@pytest.mark.parametrize(
    ("typed", "field", "told"),
    [
        ({"number": ""}, "number", "required"),
        ({"number": "600 123 456"}, "number", "country code"),
        ({"number": "+34 600 123 456"}, "number", "blocked already"),
        ({"number": "+34600000001", "note": "x" * 201}, "note", "200 characters"),
        ({"number": "+34600000001", "note": "a\x00"}, "note", "Null"),
    ],
)
def test_what_cannot_be_kept_is_told_beside_its_field(
    row: BlockedNumber, bob_client: Client, typed: dict[str, str], field: str, told: str
) -> None:
    page = _text(bob_client.post(PAGE, typed))
    assert told in page.partition(f'id="id_{field}_error"')[2].partition("</ul>")[0]
    assert BlockedNumber.objects.count() == 1


def test_what_the_service_blocks_is_no_account_s_business(bob_client: Client) -> None:
    blocked.block(None, ANA)
    assert "No number is blocked" in _text(bob_client.get(PAGE))
    bob_client.post(PAGE, {"number": ANA})
    assert BlockedNumber.objects.count() == 2


def test_a_long_list_has_pages(account: Account, bob_client: Client) -> None:
    for number in range(51):
        blocked.block(account, f"+346000000{number:02}")
    page = _text(bob_client.get(PAGE))
    assert page.count("Unblock +34") == 50
    assert "Page 1 of 2" in page
    assert _text(bob_client.get(f"{PAGE}?page=2")).count("Unblock +34") == 1


# --- Who guessed lately ---------------------------------------------------------------------


def _guessed(room: Room, caller: str) -> WrongCode:
    guessing.failed("call", caller, "1234", timezone.now(), room.pk)
    guess_news.sweep(timezone.now())
    return WrongCode.objects.latest("id")


def test_who_guessed_lately_is_blocked_by_the_guess(
    room: Room, alice_client: Client, bob_client: Client, charlie_client: Client
) -> None:
    _guessed(room, ANA)
    wrong, hidden = _guessed(room, ANA), _guessed(room, "")
    shown = _text(bob_client.get(GUESSES))
    assert MASKED in shown
    assert "Hidden numbers" in shown
    assert "600" not in shown
    assert '<td data-label="Times">2</td>' in shown
    block = reverse("guesses:block", args=[wrong.pk])
    assert block in shown
    assert charlie_client.get(GUESSES).content.strip() == b""
    assert charlie_client.post(block).status_code == 404
    assert Client().post(block).status_code == 302
    assert bob_client.get(block).status_code == 405
    assert bob_client.post(reverse("guesses:block", args=[hidden.pk])).status_code == 404
    assert not BlockedNumber.objects.exists()
    assert f"{MASKED} is blocked." in _text(bob_client.post(block, follow=True))
    assert BlockedNumber.objects.get().number == ANA
    assert MASKED not in _text(alice_client.get(GUESSES))
    assert "blocked already" in _text(alice_client.post(block, follow=True))


# --- API ------------------------------------------------------------------------------------


def test_the_api_lists_blocks_and_unblocks(account: Account) -> None:
    api = Api(account, "read", "rooms", "control")
    made = api.post("blocked_numbers/", {"number": "+34 600 12 34 56", "note": "Rude"})
    assert made.status_code == 201
    one = made.json()
    assert one["id"].startswith("bn_")
    assert (one["number"], one["note"]) == (ANA, "Rude")
    path = f"blocked_numbers/{one['id']}/"
    assert api.get(path).json() == one
    assert api.get("blocked_numbers/").json()["data"] == [one]
    for body, errors in (
        ({}, {"/number": "required"}),
        ({"number": ANA}, {"/number": "taken"}),
        ({"number": "600"}, {"/number": "invalid"}),
        ({"number": ""}, {"/number": "blank"}),
        ({"number": "+34600000001", "note": "a\nb"}, {"/note": "invalid"}),
        ({"number": "+34600000001", "account": "x"}, {"/account": "unknown"}),
    ):
        assert codes(api.post("blocked_numbers/", body)) == errors, body
    assert api.delete(path).status_code == 204
    assert slug(api.delete(path)) == "not-found"
    blocked.block(None, ANA)
    assert api.get("blocked_numbers/").json()["data"] == []
    assert api.post("blocked_numbers/", {"number": ANA}).status_code == 201


def test_scopes_decide_who_blocks_and_who_sees_whole_numbers(
    row: BlockedNumber, account: Account, bob: User, charlie: User
) -> None:
    path = f"blocked_numbers/{row.pk}/"
    for api in (Api(account, "read"), Api(account, "read", "meetings", "control")):
        assert slug(api.post("blocked_numbers/", {"number": "+34600000001"})) == "missing-scope"
        assert slug(api.delete(path)) == "missing-scope"
    for api in (Api(account, "read"), LoggedIn(bob)):
        assert api.get(path).json()["number"] == MASKED
    assert Api(account, "read", "control").get(path).json()["number"] == ANA
    for api in (Api(charlie.accounts.get()), LoggedIn(charlie)):
        assert slug(api.get(path)) == slug(api.delete(path)) == "not-found"
        assert api.get("blocked_numbers/").json()["data"] == []
    assert Api().get(path).status_code == 401
    assert LoggedIn(bob).delete(path).status_code == 204


# --- The operator ---------------------------------------------------------------------------


def test_the_operator_blocks_for_the_whole_service(
    row: BlockedNumber, alice: User, alice_client: Client, bob_client: Client
) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    root = "/admin/accounts/blockednumber/"
    assert MASKED not in _text(alice_client.get(root)), "an account's own"
    alice_client.post(f"{root}add/", {"number": "+34 600 123 456", "note": "Attack"})
    made = BlockedNumber.objects.get(account=None)
    assert (made.number, made.note, made.by) == (ANA, "Attack", alice)
    guessing.forget()
    assert guessing.blocked(ANA)
    assert MASKED in _text(alice_client.get(root))
    page = _text(alice_client.post(f"{root}add/", {"number": ANA, "note": ""}))
    assert "It is blocked already." in page
    assert ANA not in _text(alice_client.get(f"{root}{made.pk}/change/"))
    assert alice_client.get(f"{root}{row.pk}/change/").status_code == 302
    assert bob_client.get(root).status_code == 302
    alice_client.post(f"{root}{made.pk}/delete/", {"post": "yes"})
    assert list(BlockedNumber.objects.all()) == [row]
