"""Erasing a person by pages and API: asked once, told what goes, with a receipt afterwards."""

import html
import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from rooms.accounts import erasing, people
from rooms.accounts.models import Account, Erasure, Membership, Person, User
from rooms.models import Room
from tests.api_client import Api, codes, slug
from tests.api_client import Person as LoggedIn
from tests.on_the_line import enter, go

LIST, ASK, ERASE = (reverse(f"erasures:{name}") for name in ("list", "ask", "erase"))
ANA, EMAIL, MASKED = "+34600123456", "ana.ruiz@example.com", "+34 ••• •• •• 56"


@pytest.fixture
def ana(account: Account, room: Room) -> Person:
    """On the list, and once in the room."""
    person = people.make(account, name="Ana Ruiz", email=EMAIL, phone=ANA)
    go(enter(room, ANA, minutes=5, name="Ana Ruiz"))
    return person


@pytest.fixture
def receipt(account: Account, alice: User, ana: Person) -> Erasure:
    return erasing.erase(account, phone=ANA, by=alice)


def _text(response: Any) -> str:
    assert response.status_code == 200, response
    return " ".join(html.unescape(response.content.decode()).split())


# --- Pages ----------------------------------------------------------------------------------


def test_an_empty_page_teaches(alice_client: Client) -> None:
    page = _text(alice_client.get(LIST))
    assert "Nobody was erased yet" in page
    assert ASK in page
    assert LIST in _text(alice_client.get(reverse("accounts:account")))


def test_from_the_person_to_the_receipt(
    ana: Person, alice: User, alice_client: Client, account: Account
) -> None:
    link = f"{ASK}?person={ana.pk}"
    assert link in _text(alice_client.get(reverse("people:edit", args=[ana.pk])))
    form = _text(alice_client.get(link))
    assert f'value="{ANA}"' in form
    assert f'value="{EMAIL}"' in form
    assert "Erase a person" in _text(alice_client.get(f"{ASK}?person=%00"))
    preview = _text(alice_client.post(ASK, {"phone": "+34 600 12 34 56", "email": ""}))
    for shown in ("Ana Ruiz", "+34 600 12 34 56", EMAIL, "Stays in rooms", "What is kept"):
        assert shown in preview, shown
    assert Person.objects.filter(pk=ana.pk).exists(), "it asked"
    assert not Erasure.objects.exists()
    done = alice_client.post(ERASE, {"phone": ANA, "email": ""})
    made = Erasure.objects.get()
    assert done["Location"] == reverse("erasures:receipt", args=[made.pk])
    assert not account.persons.exists()
    page = _text(alice_client.get(done["Location"]))
    for shown in (MASKED, "a•••@e•••.com", "Alice", made.pk, "What is kept"):
        assert shown in page, shown
    assert "Ana" not in page
    assert MASKED in _text(alice_client.get(LIST))


def test_a_receipt_is_a_file_too(receipt: Erasure, alice_client: Client, alice: User) -> None:
    answer = alice_client.get(reverse("erasures:json", args=[receipt.pk]))
    assert answer["Content-Disposition"] == f'attachment; filename="{receipt.pk}.json"'
    assert json.loads(answer.content) == {
        "id": receipt.pk,
        "who": f"{MASKED}, a•••@e•••.com",
        "counts": {"people": 1, "stays": 1},
        "by": alice.pk,
        "created_at": json.loads(answer.content)["created_at"],
    }


def test_what_cannot_be_done_now_is_told_beside_the_form(
    ana: Person, alice: User, room: Room, alice_client: Client
) -> None:
    for typed, told in (
        ({"phone": "", "email": ""}, "Give a number or an e-mail address."),
        ({"phone": "600"}, "country code"),
        ({"email": "ana"}, "valid email"),
        ({"email": alice.email}, "This is a member of the account."),
    ):
        for page in (ASK, ERASE):
            assert told in _text(alice_client.post(page, typed)), typed
    enter(room, ANA)
    for page in (ASK, ERASE):
        assert "They are on the line" in _text(alice_client.post(page, {"email": EMAIL}))
    assert not Erasure.objects.exists()


def test_nobody_known_leaves_a_receipt_that_somebody_looked(
    alice_client: Client, account: Account
) -> None:
    typed = {"phone": "+34 600 999 999"}
    assert "Nothing is known of them." in _text(alice_client.post(ASK, typed))
    assert "Nothing was known of them." in _text(alice_client.post(ERASE, typed, follow=True))
    assert Erasure.objects.get().counts == {}


def test_who_was_erased_before_is_told(receipt: Erasure, alice_client: Client) -> None:
    page = _text(alice_client.post(ASK, {"email": EMAIL.upper()}))
    assert "They were erased on" in page
    assert reverse("erasures:receipt", args=[receipt.pk]) in page


def test_a_long_list_has_pages(account: Account, alice_client: Client) -> None:
    Erasure.objects.bulk_create(Erasure(account=account, hint=MASKED) for _row in range(51))
    assert "Page 1 of 2" in _text(alice_client.get(LIST))
    assert _text(alice_client.get(f"{LIST}?page=2")).count("Receipt of +34") == 1


def test_it_is_for_those_who_manage_the_account(
    receipt: Erasure,
    alice: User,
    bob: User,
    bob_client: Client,
    charlie_client: Client,
    ana: Person,
) -> None:
    pages = [LIST, ASK, *(reverse(f"erasures:{name}", args=[receipt.pk]) for name in PAGES)]
    for page in pages:
        assert bob_client.get(page).status_code == 403, page
        assert Client().get(page)["Location"].startswith(reverse("account_login")), page
    assert bob_client.post(ERASE, {"phone": ANA}).status_code == 403
    assert Client().post(ERASE, {"phone": ANA}).status_code == 302
    assert "Erase everything" not in _text(bob_client.get("/people/new/"))
    for page in pages[2:]:
        assert charlie_client.get(page).status_code == 404, page
    assert MASKED not in _text(charlie_client.get(LIST))
    assert 'value="+34' not in _text(charlie_client.get(f"{ASK}?person={ana.pk}"))
    Membership.objects.filter(user=bob).update(role="admin")
    assert MASKED in _text(bob_client.get(LIST))
    assert charlie_client.post(ERASE, {"phone": ANA}).status_code == 302
    assert Erasure.objects.count() == 2


PAGES = ("receipt", "json")

# --- API ------------------------------------------------------------------------------------


def test_a_program_erases(ana: Person, account: Account, alice: User) -> None:
    api = Api(account, "read", "admin", made_by=alice)
    found = api.post("erasures/preview/", {"email": EMAIL})
    assert found.json() == {
        "phones": [ANA],
        "emails": [EMAIL],
        "names": ["Ana Ruiz"],
        "counts": {"people": 1, "stays": 1},
        "erased_before": [],
    }
    assert account.persons.exists()
    made = api.post("erasures/", {"phone": "+34 600 123 456"}, Idempotency_Key="once")
    assert made.status_code == 201
    assert made.json()["counts"] == found.json()["counts"]
    assert made.json()["who"] == f"{MASKED}, a•••@e•••.com"
    again = api.post("erasures/", {"phone": "+34 600 123 456"}, Idempotency_Key="once")
    assert again.json() == made.json()
    assert Erasure.objects.count() == 1
    path = f"erasures/{made.json()['id']}/"
    assert api.get(path).json() == made.json()
    assert api.get("erasures/").json()["data"] == [made.json()]
    before = api.post("erasures/preview/", {"email": EMAIL}).json()["erased_before"]
    assert before == [made.json()["id"]]


def test_programs_are_told_what_is_wrong(ana: Person, account: Account, alice: User) -> None:
    api = Api(account, "admin")
    for path in ("erasures/", "erasures/preview/"):
        for body, errors in (
            ({}, {"": "required"}),
            ({"phone": "", "email": ""}, {"": "required"}),
            ({"phone": "600"}, {"/phone": "invalid"}),
            ({"email": "ana"}, {"/email": "invalid"}),
            ({"email": EMAIL, "name": "Ana"}, {"/name": "unknown"}),
        ):
            assert codes(api.post(path, body)) == errors, body
        refused = api.post(path, {"email": alice.email})
        assert slug(refused) == "conflict"
        assert "member" in refused.json()["detail"]


def test_scopes_and_accounts_are_kept_apart(
    receipt: Erasure, account: Account, bob: User, charlie: User, alice: User
) -> None:
    path = f"erasures/{receipt.pk}/"
    for api in (Api(account, "read", "rooms", "meetings", "control", "billing"), LoggedIn(bob)):
        for answer in (
            *(api.get(path), api.get("erasures/")),
            *(api.post(f"erasures/{more}", {"phone": ANA}) for more in ("", "preview/")),
        ):
            assert slug(answer) == "missing-scope"
    outsider = Api(charlie.accounts.get())
    assert slug(outsider.get(path)) == "not-found"
    assert outsider.get("erasures/").json()["data"] == []
    assert outsider.post("erasures/", {"phone": ANA}).json()["counts"] == {}
    assert LoggedIn(alice).post("erasures/", {"phone": ANA}).json()["by"] == alice.pk
    assert slug(Api().get(path)) == "unauthenticated"
