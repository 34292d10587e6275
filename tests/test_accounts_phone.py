"""Proving by SMS that a phone is one's own."""

import re

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rooms import sms
from rooms.accounts.models import Membership, User

NUMBER = "+34600123456"
PHONE, CODE, REMOVE = "accounts:phone", "accounts:phone_code", "accounts:remove_phone"


@pytest.fixture
def texts(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    sent: list[tuple[str, str]] = []
    monkeypatch.setattr(sms, "send", lambda *, to, text: sent.append((to, text)))
    return sent


def ask(client: Client, number: str = "+34 600 123 456") -> str:
    return client.post(reverse(PHONE), {"phone": number}, follow=True).content.decode()


def key_in(client: Client, code: str) -> str:
    return client.post(reverse(CODE), {"code": code}, follow=True).content.decode()


def code_in(text: tuple[str, str]) -> str:
    found = re.match(r"(\d{6}) is your AnyRoom code", text[1])
    assert found
    return found[1]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def test_the_code_confirms_the_number(
    alice_client: Client, alice: User, texts: list[tuple[str, str]]
) -> None:
    assert "+34 600 12 34 56" in ask(alice_client)
    assert texts[0][0] == NUMBER
    code = code_in(texts[0])
    page = key_in(alice_client, f"{code[:3]} {code[3:]}")
    assert "Your phone is confirmed." in page
    alice.refresh_from_db()
    assert alice.phone == NUMBER
    assert "has expired" in key_in(alice_client, code)


def test_a_number_without_its_country_sends_nothing(
    alice_client: Client, texts: list[tuple[str, str]]
) -> None:
    assert "Write the number with its country code" in ask(alice_client, "600 123 456")
    assert texts == []


def test_five_tries(alice_client: Client, alice: User, texts: list[tuple[str, str]]) -> None:
    ask(alice_client)
    code = code_in(texts[0])
    for _try in range(5):
        assert "This is not the code we sent." in key_in(alice_client, wrong(code))
    assert "Too many wrong codes." in key_in(alice_client, code)
    alice.refresh_from_db()
    assert alice.phone == ""


def test_the_fifth_try_may_be_right(
    alice_client: Client, alice: User, texts: list[tuple[str, str]]
) -> None:
    ask(alice_client)
    code = code_in(texts[0])
    for _try in range(4):
        key_in(alice_client, wrong(code))
    key_in(alice_client, code)
    alice.refresh_from_db()
    assert alice.phone == NUMBER


def test_a_code_works_for_ten_minutes(
    alice_client: Client, alice: User, texts: list[tuple[str, str]]
) -> None:
    ask(alice_client)
    with time_machine.travel(timezone.now() + timezone.timedelta(minutes=11)):
        assert "The code has expired." in key_in(alice_client, code_in(texts[0]))
    alice.refresh_from_db()
    assert alice.phone == ""


def test_two_codes_an_hour_to_a_number_and_three_to_a_person(
    alice_client: Client, bob_client: Client, texts: list[tuple[str, str]]
) -> None:
    ask(alice_client)
    ask(alice_client)
    for client in (alice_client, bob_client):
        assert "Too many codes were sent. Try again in an hour." in ask(client)
    ask(bob_client, "+34 600 000 001")
    ask(bob_client, "+34 600 000 002")
    assert "Too many codes" in ask(bob_client, "+34 600 000 003")
    assert len(texts) == 4


def test_somebody_elses_code_is_of_no_use(
    alice_client: Client, bob_client: Client, bob: User, texts: list[tuple[str, str]]
) -> None:
    ask(alice_client)
    assert "has expired" in key_in(bob_client, code_in(texts[0]))
    bob.refresh_from_db()
    assert bob.phone == ""


def test_the_code_is_not_kept_in_the_clear(
    alice_client: Client, alice: User, texts: list[tuple[str, str]]
) -> None:
    ask(alice_client)
    kept = cache.get(f"phone-check:{alice.pk}")
    assert kept["number"] == NUMBER
    assert code_in(texts[0]) not in kept["hash"]


def test_a_refused_sms_is_told_beside_the_field(
    alice_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(to: str, text: str) -> None:
        raise sms.SmsError("The carrier does not reach this number.", permanent=True)

    monkeypatch.setattr(sms, "send", refuse)
    page = ask(alice_client)
    assert 'id="id_phone_error"' in page
    assert "The carrier does not reach this number." in page
    assert alice_client.get(reverse(CODE)).headers["Location"] == reverse(PHONE)


def test_strangers_are_sent_to_log_in(client: Client, db: None, texts: list[object]) -> None:
    for name in (PHONE, CODE):
        answer = client.post(reverse(name), {"phone": NUMBER, "code": "123456"})
        assert answer.headers["Location"].startswith("/accounts/login/")
    assert texts == []


def test_a_phone_is_removed_without_asking_and_its_notices_with_it(
    alice: User, bob: User, bob_client: Client
) -> None:
    User.objects.update(phone=NUMBER)
    Membership.objects.update(notice_channels={"presence": ["sms"]})
    page = bob_client.get(reverse(PHONE)).content.decode()
    assert f'action="{reverse(REMOVE)}"' in page
    answer = bob_client.post(reverse(REMOVE), follow=True)
    assert "Your phone is removed." in answer.content.decode()
    bob.refresh_from_db()
    alice.refresh_from_db()
    assert (bob.phone, alice.phone) == ("", NUMBER)
    assert Membership.objects.get(user=bob).notice_channels == {"presence": []}
    assert Membership.objects.get(user=alice).notice_channels == {"presence": ["sms"]}
    assert reverse(REMOVE) not in bob_client.get(reverse(PHONE)).content.decode()


def test_a_phone_is_removed_by_its_owner_and_by_post_alone(
    alice: User, bob_client: Client, charlie_client: Client, client: Client, alice_client: Client
) -> None:
    User.objects.filter(pk=alice.pk).update(phone=NUMBER)
    for visitor in (bob_client, charlie_client, client):
        assert visitor.post(reverse(REMOVE)).status_code == 302
    assert alice_client.get(reverse(REMOVE)).status_code == 405
    alice.refresh_from_db()
    assert alice.phone == NUMBER
