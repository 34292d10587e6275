"""Pages, e-mails, SMS and problems in Russian: no word of English is left in them."""

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone

from rooms import changes, phones, sms
from rooms.accounts import members, people
from rooms.accounts.models import Account, ApiKey, Membership, User
from rooms.conferences import presence
from rooms.meetings import call_me, feeds, invitees, mailings, planning
from rooms.meetings.invitees import Guest
from rooms.models import PhoneNumber, Room
from rooms.notices import delivery, mailbox
from rooms.notices import presence as presence_notices
from rooms.notices.hooks import endpoints, refusals
from rooms.notices.hooks.models import WebhookDelivery, WebhookEndpoint
from rooms.notices.models import Notice
from tests.hooks import hook_rows
from tests.meetings.plans import plan
from tests.russian import ASKS, check, foreign


@pytest.fixture
def russian(alice: User, bob: User, account: Account) -> Account:
    """Alice's and Bob's account, where everything that people name has a Russian name."""
    User.objects.filter(pk=alice.pk).update(name="Анна", language="ru", time_zone="Europe/Moscow")
    User.objects.filter(pk=bob.pk).update(name="Борис", language="ru", phone="+34600111222")
    Account.objects.update(name="Мастерская", language="ru")
    Membership.objects.filter(user=bob).update(notice_channels={"presence": ["email", "sms"]})
    PhoneNumber.objects.create(number="+15550100", language="ru")
    PhoneNumber.objects.create(number="+15550101", language="en")
    account.refresh_from_db()
    return account


@pytest.fixture
def busy(russian: Account) -> Room:
    """A room with somebody on the line, and its notices in the outbox."""
    room = changes.make(russian, name="Планёрка", language="ru", greeting="")
    now = timezone.now()
    presence.join(call="one", caller="+34600123456", at=now, room_id=room.pk)
    presence.join(call="two", caller="", at=now, room_id=room.pk)
    presence_notices.collect(now + presence.TOLD_AFTER)
    room.refresh_from_db()
    return room


STRANGERS = ["/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/no/"]
MEMBERS = [
    "/",
    "/rooms/",
    "/rooms/?q=77",
    "/rooms/new/",
    "/rooms/{room}/",
    "/rooms/{room}/edit/",
    "/rooms/{room}/archive/",
    "/rooms/{room}/code/",
    "/rooms/{room}/recordings/",
    "/rooms/{room}/calls/",
    "/calls/find/",
    "/people/blocked/",
    "/r/{token}/",
    "/notices/",
    "/notices/wanted/",
    "/account/",
    "/account/members/",
    "/account/members/leave/",
    "/account/close/",
    "/usage/",
    "/account/keys/",
    "/account/webhooks/",
    "/account/webhooks/new/",
    "/account/you/",
    "/account/you/phone/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/logout/",
]


@pytest.mark.django_db
@pytest.mark.parametrize("url", STRANGERS)
def test_a_stranger_whose_browser_asks_for_russian_reads_russian(client: Client, url: str) -> None:
    check(client, url)


def test_members_read_russian_on_every_page(busy: Room, alice_client: Client) -> None:
    for url in MEMBERS:
        check(alice_client, url.format(room=busy.pk, token=busy.public_token))


MEETING = [
    "/people/",
    "/people/new/",
    "/meetings/",
    "/meetings/?view=month",
    "/meetings/new/?room={room}",
    "/meetings/{meeting}/",
    "/meetings/{meeting}/edit/",
    "/meetings/{meeting}/cancel/",
    "/meetings/{meeting}/send/all/",
    "/meetings/times/{occurrence}/",
    "/meetings/times/{occurrence}/report/",
    "/meetings/invitees/{invitee}/",
    "/meetings/invitees/{invitee}/remove/",
    "/i/{token}/",
    "/i/{token}/reply/accepted/",
    "/feeds/",
]


def test_meetings_are_in_russian(
    busy: Room, alice: User, alice_client: Client, mailoutbox: list[Any]
) -> None:
    alice.refresh_from_db()
    people.make(busy.account, name="Вера", email="vera@example.com", phone="+34600123456")
    meeting = plan(busy, alice, title="Обзор", rrule="FREQ=DAILY;COUNT=9")
    guest = Guest(name="Вера", email="vera@example.com", phone="+34600123456")
    vera = invitees.add(meeting, [guest], by=alice).new[0]
    feeds.make(busy.account, by=alice, room=busy)
    occurrence = meeting.occurrences.first()
    assert occurrence
    call_me.ask(vera, occurrence)
    names = {"room": busy.pk, "meeting": meeting.pk, "invitee": vera.pk, "token": vera.token}
    for url in MEETING:
        check(alice_client, url.format(**names, occurrence=occurrence.pk))
    mailings.write_due(until=timezone.now() + dt.timedelta(seconds=20))
    planning.cancel(meeting, by=alice)
    mailings.write_due(until=timezone.now() + dt.timedelta(seconds=20))
    Notice.objects.exclude(kind__in=Notice.FOR_INVITEES).delete()
    delivery.deliver_due(until=timezone.now() + dt.timedelta(seconds=20))
    for mail in mailoutbox:
        assert foreign(mail.subject + mail.body) == set(), mail.body


def test_empty_pages_are_in_russian(russian: Account, alice_client: Client) -> None:
    for url in ("/rooms/", "/notices/", "/account/keys/", "/usage/", "/people/", "/meetings/"):
        check(alice_client, url)


def test_members_and_keys_are_listed_in_russian(russian: Account, alice_client: Client) -> None:
    owner = Membership.objects.get(account=russian, role="owner").user
    members.invite(russian, email="vera@example.com", role="admin", invited_by=owner)
    # Scopes are named as the API names them.
    ApiKey.make(russian, name="Сайт", scopes=["rooms"], made_by=owner)
    key = ApiKey.objects.get()
    ApiKey.objects.update(hint="1234")
    check(alice_client, "/account/members/")
    check(alice_client, f"/account/keys/{key.pk}/revoke/")
    page = alice_client.get("/account/keys/").content.decode()
    assert "Разрешения" in page


def test_webhooks_are_in_russian(russian: Account, alice: User, alice_client: Client) -> None:
    endpoint = hook_rows.make(russian, by=alice, description="Сайт", event_types=["room.made"])
    endpoints.rotate(endpoint)
    told = [hook_rows.delivery(endpoint, status) for status in WebhookDelivery.Status.values]
    for row in told:
        hook_rows.attempt(row, None, error=refusals.TOO_SLOW)
        hook_rows.attempt(row, 204, response_body="", request_body="")
    off = hook_rows.make(russian, description="Выключен")
    endpoints.switch_off(off, WebhookEndpoint.Off.FAILING)
    check(alice_client, "/account/webhooks/")
    for page in ("", "edit/", "secret/", "delete/"):
        check(alice_client, f"/account/webhooks/{endpoint.pk}/{page}")
    check(alice_client, f"/account/webhooks/{off.pk}/")
    for row in told:
        check(alice_client, f"/account/webhooks/deliveries/{row.pk}/")


def test_the_mailbox_is_in_russian(client: Client, settings: Any, tmp_path: Path) -> None:
    settings.MAILBOX_DIR = tmp_path
    mail = EmailMessage(
        "Привет", "Как дела?", "a@example.com", ["b@example.com"], cc=["c@example.com"]
    )
    mailbox.EmailBackend().send_messages([mail])
    (letter,) = mailbox.letters()
    for url in ("/mailbox/", "/mailbox/?to=z@example.com"):
        check(client, url)
    shown = client.get(f"/mailbox/{letter.name}/", headers=ASKS)
    names = re.findall("<dt>(.*?)</dt>", shown.content.decode())
    assert names == ["От кого", "Кому", "Копия", "Дата", "Тема", "Message-ID"]


def test_notices_are_in_the_language_of_who_gets_them(busy: Room, mailoutbox: list[Any]) -> None:
    notices = list(Notice.objects.all())
    assert {notice.channel for notice in notices} == {"email", "sms"}
    for notice in notices:
        assert foreign(notice.subject + notice.text) == set()
        assert notice.subject == "Планёрка: 2 вошли"
    email = next(notice.text for notice in notices if notice.channel == "email")
    assert f"{phones.masked('+34600123456')} вошёл" in email
    assert "Сейчас на линии 2 человека." in email


def test_an_invitation_is_in_the_language_of_the_account(
    russian: Account, alice: User, mailoutbox: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    alice.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        members.invite(russian, email="vera@example.com", role="admin", invited_by=alice)
    (mail,) = mailoutbox
    assert "«Мастерская»" in mail.subject
    assert "Ваша роль: администратор." in mail.body
    assert foreign(mail.subject + mail.body) == set()


def test_mail_about_logging_in_is_in_russian(client: Client, alice: User, mailoutbox: Any) -> None:
    User.objects.update(language="ru")
    for email in (alice.email, "nobody@example.com"):
        client.post("/accounts/password/reset/", {"email": email}, headers=ASKS)
    for email in (alice.email, "new@example.com"):
        given = {"email": email, "password1": "correct horse battery"}
        client.post("/accounts/signup/", given, headers=ASKS)
    assert len({mail.subject for mail in mailoutbox}) == len(mailoutbox) == 4
    for mail in mailoutbox:
        assert foreign(mail.subject + mail.body) == set(), mail.body
        assert "ничего не делайте" in mail.body


def test_why_a_notice_failed_is_told_in_the_language_of_the_account(
    busy: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*, to: str, text: str) -> None:
        raise sms.SmsError("422", permanent=True)

    monkeypatch.setattr(sms, "send", refuse)
    Notice.objects.exclude(channel="sms").delete()
    notice = delivery.claim_next(timezone.now())
    assert notice
    delivery.deliver(notice)
    notice.refresh_from_db()
    assert (notice.status, notice.error) == ("failed", "SMS не отправилось: 422")


def test_the_api_explains_problems_in_russian_and_itself_in_english(
    client: Client, db: None
) -> None:
    problem = client.get("/api/v1/rooms/", headers=ASKS).json()
    assert problem["title"] == "Из запроса не видно, кто спрашивает."
    assert foreign(problem["detail"]) == set()
    schema = client.get("/api/v1/schema/?format=json", headers=ASKS).content.decode()
    assert "Make a room" in schema
    assert not re.search("[а-яё]", schema)
