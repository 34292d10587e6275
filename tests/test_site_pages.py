"""Pages of the whole site: landing, language, errors."""

import html

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from rooms.accounts.models import User


def _page(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status, url
    return html.unescape(response.content.decode())


def test_the_landing_page_leads_strangers_in_and_members_on(
    client: Client, alice_client: Client
) -> None:
    stranger = _page(client, reverse("landing"))
    assert reverse("account_signup") in stranger
    assert "$50 a month" in stranger
    member = _page(alice_client, reverse("landing"))
    assert "Your rooms" in member
    assert reverse("account_signup") not in member


def test_the_choice_of_language_is_kept(alice: User, alice_client: Client, client: Client) -> None:
    for who in (alice_client, client):
        chosen = who.post(reverse("set_language"), {"language": "ru", "next": "/"})
        assert chosen.status_code == 302
        assert '<html lang="ru">' in _page(who, "/")
    alice.refresh_from_db()
    assert alice.language == "ru"
    alice_client.post(reverse("set_language"), {"language": "xx", "next": "/"})
    alice.refresh_from_db()
    assert alice.language == "ru"


def test_a_wrong_address_says_what_to_do(client: Client, db: None) -> None:
    assert "There is nothing here" in _page(client, "/nothing/", status=404)


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "500"])
def test_an_error_page_needs_neither_request_nor_database(name: str) -> None:
    page = render_to_string(f"{name}.html")
    assert "Go to the start page" in page
