"""The page of API keys: which work, what each may do, and what is over."""

import datetime as dt
import html
import re

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rooms.accounts.forms import SCOPES_EXPLAINED
from rooms.accounts.models import Account, ApiKey, Scope, User


def read(client: Client) -> str:
    response = client.get(reverse("accounts:keys"))
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def test_without_keys_it_says_what_they_are_for_and_where_to_read_on(alice_client: Client) -> None:
    page = read(alice_client)
    assert "Make your first key" in page
    assert f'href="{reverse("api:docs")}"' in page
    assert f'href="{reverse("hooks:list")}"' in page
    assert "<table" not in page


def test_every_scope_is_named_and_explained(alice_client: Client) -> None:
    page = read(alice_client)
    assert set(SCOPES_EXPLAINED) == set(Scope)
    for scope, more in SCOPES_EXPLAINED.items():
        assert f'name="scopes" value="{scope}"' in page
        assert f"<code>{scope}</code>" in page
        assert str(more) in page


def test_what_works_comes_first_and_the_rest_is_folded_away(
    account: Account, alice: User, alice_client: Client
) -> None:
    now = timezone.now()
    ends = {"Ended": -1, "Ends soon": 3, "Ends later": 80}
    for name, days in ends.items():
        expires_at = now + dt.timedelta(days=days)
        ApiKey.make(account, name=name, scopes=["read"], made_by=alice, expires_at=expires_at)
    working, _secret = ApiKey.make(account, name="Endless", scopes=["rooms", "read"])
    revoked, _secret = ApiKey.make(account, name="Revoked", scopes=["read"])
    ApiKey.objects.filter(pk=revoked.pk).update(revoked_at=now)
    ApiKey.objects.filter(pk=working.pk).update(last_used_at=now - dt.timedelta(hours=2))
    page = read(alice_client)
    first, folded = page.split("<details", 2)[-2:]
    assert "2 keys that were revoked or have expired" in folded
    names = r'<th scope="row">\s*(.*?)<br>'
    assert re.findall(names, first) == ["Endless", "Ends later", "Ends soon"]
    assert re.findall(names, folded) == ["Revoked", "Ended"]
    rows = first.split('<th scope="row">')
    assert "2\xa0hours ago" in rows[1]
    assert "it is revoked" in rows[1]
    assert "soon" not in rows[2]
    assert ">soon</span>" in rows[3]
    assert first.count('aria-label="Revoke') == 3
    assert 'aria-label="Revoke' not in folded


def test_it_says_when_no_key_works(account: Account, alice_client: Client) -> None:
    ApiKey.make(account, name="Ended", scopes=["read"], expires_at=timezone.now())
    page = read(alice_client)
    assert "No key works now." in page
    assert "Make another key" in page
