"""The account's settings, one's own, API keys, and changing between accounts."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rooms.accounts.models import Account, ApiKey, Membership, Role, User, hash_secret
from rooms.templatetags.rooms import browser

SETTINGS = {"name": "Acme Ltd", "time_zone": "Europe/Madrid", "language": "ru"}
KEY = {"name": "Booking site", "scopes": ["read", "rooms"], "lasts": "30"}


def test_an_owner_changes_the_account(alice_client: Client, account: Account) -> None:
    alice_client.post(reverse("accounts:account"), SETTINGS)
    account.refresh_from_db()
    assert (account.name, account.time_zone, account.language) == tuple(SETTINGS.values())


def test_a_wrong_zone_is_said_beside_the_field_and_nothing_is_saved(
    alice_client: Client, account: Account
) -> None:
    answer = alice_client.post(
        reverse("accounts:account"), {**SETTINGS, "time_zone": "Europe/Nowhere"}
    )
    page = answer.content.decode()
    assert 'id="id_time_zone_error"' in page
    assert "Choose a time zone from the list" in page
    account.refresh_from_db()
    assert account.name == "Acme"


def test_organizers_outsiders_and_strangers_do_not_change_the_account(
    account: Account, bob_client: Client, charlie_client: Client, client: Client
) -> None:
    url = reverse("accounts:account")
    assert bob_client.get(url).headers["Location"] == reverse("accounts:you")
    for visitor in (bob_client, charlie_client, client):
        visitor.post(url, SETTINGS)
    account.refresh_from_db()
    assert account.name == "Acme"


def test_a_kept_zone_outside_the_list_stays_chosen(alice: User, alice_client: Client) -> None:
    User.objects.filter(pk=alice.pk).update(time_zone="US/Pacific")
    page = alice_client.get(reverse("accounts:you")).content.decode()
    assert '<option value="US/Pacific" selected>' in page
    assert '<optgroup label="Europe">' in page


def test_everybody_changes_themselves_and_nobody_else(
    alice: User, bob: User, alice_client: Client, client: Client
) -> None:
    data = {"name": "Алиса", "language": "ru", "time_zone": "Asia/Tbilisi"}
    assert client.post(reverse("accounts:you"), data).status_code == 302
    alice_client.post(reverse("accounts:you"), data)
    alice.refresh_from_db()
    bob.refresh_from_db()
    assert (alice.name, alice.language, alice.time_zone) == tuple(data.values())
    assert bob.name == "Bob"
    assert alice_client.get(reverse("accounts:you")).headers["Content-Language"] == "ru"


def test_a_key_is_shown_once_and_kept_as_a_hash(alice_client: Client, account: Account) -> None:
    url = reverse("accounts:keys")
    made = alice_client.post(url, KEY)
    assert (made.status_code, made.headers["Location"]) == (302, url)
    alice_client.head(url)  # shows nothing, so it uses nothing up
    answer = alice_client.get(url)
    found = re.search(r'<code id="secret">(ark_[\w-]+)</code>', answer.content.decode())
    assert found
    assert found[1] not in str(dict(alice_client.session))
    key = ApiKey.objects.get()
    assert (key.account, key.scopes, key.secret_hash) == (
        account,
        ["read", "rooms"],
        hash_secret(found[1]),
    )
    assert key.expires_at
    assert (key.expires_at - key.created_at).days in (29, 30)
    assert "no-store" in answer.headers["Cache-Control"]
    later = alice_client.get(url).content.decode()
    assert found[1] not in later
    assert f"<code>{found[1][-4:]}</code>" in later


def test_a_key_without_scopes_is_not_made(alice_client: Client) -> None:
    answer = alice_client.post(reverse("accounts:keys"), {"name": "x", "lasts": ""})
    assert "Choose at least one thing that the key may do." in answer.content.decode()
    assert not ApiKey.objects.exists()


def test_a_key_that_lasts_until_it_is_revoked(alice_client: Client) -> None:
    alice_client.post(reverse("accounts:keys"), {**KEY, "lasts": ""})
    key = ApiKey.objects.get()
    assert key.expires_at is None
    url = reverse("accounts:revoke_key", args=[key.pk])
    assert "Booking site" in alice_client.get(url).content.decode()
    key.refresh_from_db()
    assert key.revoked_at is None
    alice_client.post(url)
    key.refresh_from_db()
    assert key.revoked_at


def test_keys_are_for_managers_of_the_account(
    account: Account, bob_client: Client, charlie_client: Client, client: Client
) -> None:
    key, _secret = ApiKey.make(account, name="Theirs", scopes=["read"])
    revoke = reverse("accounts:revoke_key", args=[key.pk])
    assert bob_client.get(reverse("accounts:keys")).status_code == 403
    assert bob_client.post(revoke).status_code == 403
    assert "Theirs" not in charlie_client.get(reverse("accounts:keys")).content.decode()
    assert charlie_client.post(revoke).status_code == 404
    assert client.post(revoke).status_code == 302
    key.refresh_from_db()
    assert key.revoked_at is None


@pytest.fixture
def second(alice: User) -> Account:
    second = Account.objects.create(name="Second")
    Membership.objects.create(account=second, user=alice, role=Role.ORGANIZER)
    return second


def test_a_member_of_two_accounts_changes_between_them(
    alice_client: Client, second: Account
) -> None:
    page = alice_client.get(reverse("accounts:you")).content.decode()
    assert f'value="{second.pk}"' in page
    alice_client.post(reverse("accounts:switch"), {"account": second.pk})
    assert alice_client.get(reverse("accounts:keys")).status_code == 403


def test_nobody_changes_to_an_account_of_others(
    charlie_client: Client, client: Client, account: Account
) -> None:
    url = reverse("accounts:switch")
    assert charlie_client.post(url, {"account": account.pk}).status_code == 404
    assert client.post(url, {"account": account.pk}).status_code == 302
    assert charlie_client.session.get("account") is None


def test_the_only_address_offers_nothing_that_cannot_be_done(
    alice: User, alice_client: Client
) -> None:
    def actions() -> list[str]:
        page = alice_client.get(reverse("account_email")).content.decode()
        assert 'name="action_add"' in page
        return re.findall(r'name="action_(primary|send|remove)"', page)

    assert actions() == []
    alice.emailaddress_set.update(verified=False)  # type: ignore[attr-defined]
    assert "send" in actions()
    alice.emailaddress_set.update(verified=True)  # type: ignore[attr-defined]
    alice.emailaddress_set.create(email="other@example.com")  # type: ignore[attr-defined]
    assert actions() == ["primary", "send", "remove"]


def test_a_passkey_logs_in_alone_unless_that_is_unchecked(alice_client: Client) -> None:
    url = reverse("mfa_add_webauthn")
    asked = alice_client.get(url)
    again = alice_client.post(asked["Location"], {"password": "correct horse battery"})
    assert again["Location"] == url
    page = alice_client.get(url).content.decode()
    box = re.search(r'<input\s[^>]*name="passwordless"[^>]*>', page)
    assert box
    assert " checked" in box[0]
    unchecked = alice_client.post(url, {"name": "Phone", "credential": ""}).content.decode()
    box = re.search(r'<input\s[^>]*name="passwordless"[^>]*>', unchecked)
    assert box
    assert " checked" not in box[0]


MOZILLA = "Mozilla/5.0"
SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1"
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("user_agent", "told"),
    [
        (f"{MOZILLA} (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox, Linux"),
        (f"{MOZILLA} (Windows NT 10.0; Win64; x64) {CHROME} Edg/126.0.0.0", "Edge, Windows"),
        (f"{MOZILLA} (Linux; Android 10; K) {CHROME}", "Chrome, Android"),
        (f"{MOZILLA} (iPhone; CPU iPhone OS 17_4 like Mac OS X) {SAFARI}", "Safari, iPhone"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("x" * 300, "x" * 39 + "…"),
        ("", ""),
    ],
)
def test_a_browser_is_told_briefly(user_agent: str, told: str) -> None:
    assert browser(user_agent) == told


def test_saving_the_settings_touches_nothing_that_others_write(
    alice_client: Client, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rooms.accounts.forms import AccountForm

    paid_until = timezone.now() + dt.timedelta(days=40)
    real = AccountForm.is_valid

    def meanwhile(form: AccountForm) -> bool:
        Account.objects.filter(pk=account.pk).update(hosting_until=paid_until, minutes_cap=7)
        return real(form)

    monkeypatch.setattr(AccountForm, "is_valid", meanwhile)
    data = {"name": "Acme & Sons", "time_zone": "Europe/Madrid", "language": "ru"}
    assert alice_client.post(reverse("accounts:account"), data).status_code == 302
    account.refresh_from_db()
    assert (account.name, account.hosting_until, account.minutes_cap) == (
        "Acme & Sons",
        paid_until,
        7,
    )
