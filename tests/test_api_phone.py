"""Proving on the API that a phone is one's own, and removing it."""

import pytest
from django.db import connection

from rooms import sms
from rooms.accounts.models import Membership, User
from tests.api_client import Person, codes

NUMBER = "+34600123456"
TOO_LONG = "+49" + "3" * 15  # possible for libphonenumber, too long for E.164


@pytest.fixture
def texts(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    sent: list[tuple[str, str]] = []
    monkeypatch.setattr(sms, "send", lambda *, to, text: sent.append((to, text)))
    return sent


def code_in(text: tuple[str, str]) -> str:
    return text[1][:6]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def test_a_phone_is_proved_by_the_code_that_was_texted(
    alice: User, texts: list[tuple[str, str]]
) -> None:
    person = Person(alice)
    asked = person.post("me/phone/", {"number": "+34 600 123 456"})
    assert (asked.status_code, asked.json()) == (202, {"number": NUMBER})
    assert texts[0][0] == NUMBER
    assert person.get("me/").json()["phone"] is None
    code = code_in(texts[0])
    confirmed = person.post("me/phone/confirm/", {"code": f"{code[:3]} {code[3:]}"})
    assert (confirmed.status_code, confirmed.json()["phone"]) == (200, NUMBER)
    alice.refresh_from_db()
    assert alice.phone == NUMBER
    assert codes(person.post("me/phone/confirm/", {"code": code})) == {"/code": "expired"}


def test_a_code_asked_for_on_the_page_is_confirmed_on_the_api_and_the_other_way_round(
    alice: User, bob: User, texts: list[tuple[str, str]]
) -> None:
    person, other = Person(alice), Person(bob)
    person.client.post("/account/you/phone/", {"phone": NUMBER})
    assert person.post("me/phone/confirm/", {"code": code_in(texts[0])}).status_code == 200
    other.post("me/phone/", {"number": "+34600999888"})
    other.client.post("/account/you/phone/code/", {"code": code_in(texts[1])})
    bob.refresh_from_db()
    assert bob.phone == "+34600999888"


@pytest.mark.parametrize("number", ["600 123 456", "", "x", "+", "\u0661" * 9, TOO_LONG])
def test_a_number_that_cannot_be_is_pointed_at(
    alice: User, texts: list[tuple[str, str]], number: str
) -> None:
    assert "/number" in codes(Person(alice).post("me/phone/", {"number": number}))
    assert texts == []


def test_codes_are_counted_for_pages_and_api_together(
    alice: User, texts: list[tuple[str, str]]
) -> None:
    person = Person(alice)
    person.client.post("/account/you/phone/", {"phone": NUMBER})
    assert person.post("me/phone/", {"number": NUMBER}).status_code == 202
    assert codes(person.post("me/phone/", {"number": NUMBER})) == {"/number": "too_many_codes"}
    assert len(texts) == 2


def test_a_refused_sms_is_told(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*, to: str, text: str) -> None:
        raise sms.SmsError("The carrier does not reach this number.", permanent=True)

    monkeypatch.setattr(sms, "send", refuse)
    refused = Person(alice).post("me/phone/", {"number": NUMBER})
    assert codes(refused) == {"/number": "sms_failed"}
    assert "does not reach" in refused.json()["errors"][0]["detail"]


@pytest.mark.parametrize("headers", [{}, {"Idempotency_Key": "try {n}"}])
def test_five_tries_with_and_without_an_idempotency_key(
    alice: User, texts: list[tuple[str, str]], headers: dict[str, str]
) -> None:
    """A refused request undoes what it did, but for the count of tries."""
    person = Person(alice)
    person.post("me/phone/", {"number": NUMBER})
    code = code_in(texts[0])

    def key_in(n: int, digits: str) -> dict[str, str]:
        named = {name: value.format(n=n) for name, value in headers.items()}
        return codes(person.post("me/phone/confirm/", {"code": digits}, **named))

    for n in range(5):
        assert key_in(n, wrong(code)) == {"/code": "wrong_code"}
    assert key_in(5, code) == {"/code": "too_many_tries"}
    alice.refresh_from_db()
    assert alice.phone == ""


def test_a_repeated_request_texts_one_code(alice: User, texts: list[tuple[str, str]]) -> None:
    person = Person(alice)
    first, second = [
        person.post("me/phone/", {"number": NUMBER}, Idempotency_Key="k") for _ in range(2)
    ]
    assert first.content == second.content
    assert second["Idempotent-Replayed"] == "true"
    assert len(texts) == 1


@pytest.mark.django_db(transaction=True)
def test_the_sms_leaves_outside_of_any_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    inside: list[bool] = []
    monkeypatch.setattr(sms, "send", lambda **_sms: inside.append(connection.in_atomic_block))
    person = Person(User.objects.create_user("dora@example.com"))
    sent = person.post("me/phone/", {"number": NUMBER}, Idempotency_Key="k")
    assert sent.status_code == 202
    assert inside == [False]


def test_a_removed_phone_gets_no_sms_of_any_account(alice: User, bob: User, charlie: User) -> None:
    Membership.objects.create(account=charlie.accounts.get(), user=bob)
    Membership.objects.update(notice_channels={"presence": ["email", "sms"], "report": ["sms"]})
    User.objects.update(phone=NUMBER)
    for _ in range(2):
        assert Person(bob).delete("me/phone/").status_code == 204
    bob.refresh_from_db()
    assert bob.phone == ""
    chosen = list(bob.memberships.values_list("notice_channels", flat=True))
    assert chosen == [{"presence": ["email"], "report": []}] * 2
    alice.refresh_from_db()
    assert alice.phone == NUMBER
    assert alice.memberships.get().notice_channels["report"] == ["sms"]
