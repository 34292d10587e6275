"""Which notices a member gets, by which channel, gathered for how long, and not at night."""

import datetime as dt
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rooms.accounts.models import Account, Membership, User
from rooms.conferences import presence as conferences
from rooms.models import Room
from rooms.notices import delivery, outbox, preferences, presence
from rooms.notices.models import Notice
from tests.api_client import codes

WANTED = "notices:wanted"
API = "/api/v1/notice_preferences/"
JSON: Any = {"content_type": "application/json"}
NUMBER = "+34600123456"
NOON = dt.datetime(2027, 3, 10, 12, tzinfo=dt.UTC)


def mine(user: User) -> Membership:
    return Membership.objects.select_related("user").get(user=user)


def choose(user: User, **fields: Any) -> None:
    Membership.objects.filter(user=user).update(**fields)


def notices(kind: str) -> list[tuple[str, str]]:
    found = Notice.objects.filter(kind=kind).order_by("address")
    return list(found.values_list("address", "channel"))


def record(account: Account, kind: str, key: str = "1") -> int:
    return outbox.record(
        account,
        kind=kind,
        key=f"{kind}:{key}",
        template="usage/notices/minutes_80.txt",
        context={"limit": 100, "used": 80},
        roles=outbox.EVERYBODY,
    )


def test_a_member_chooses_by_kind_and_channel_and_nobody_else(
    bob: User, alice: User, bob_client: Client, client: Client
) -> None:
    User.objects.filter(pk=bob.pk).update(phone=NUMBER)
    assert client.post(reverse(WANTED)).status_code == 302
    boxes = {"waiting_email": "on", "waiting_sms": "on", "report_sms": "on"}
    times = {"presence_minutes": "15", "quiet_from": "22:00", "quiet_until": "07:30"}
    answer = bob_client.post(reverse(WANTED), boxes | times)
    assert answer.headers["Location"] == reverse(WANTED)
    chosen = mine(bob)
    assert preferences.wanted(chosen, "waiting") == {"email", "sms"}
    assert preferences.wanted(chosen, "report") == {"sms"}
    assert preferences.wanted(chosen, "presence") == set()
    assert preferences.wanted(chosen, "minutes_80") == set()
    assert preferences.wanted(chosen, "minutes_100") == {"email"}, "that callers are turned away"
    assert preferences.wanted(chosen, "payment_failed") == {"email"}
    assert (chosen.presence_minutes, str(chosen.quiet_until)) == (15, "07:30:00")
    page = bob_client.get(reverse(WANTED)).content.decode()
    assert page.count("checked") == 3
    assert 'value="22:00"' in page
    assert mine(alice).notice_channels == {}
    assert preferences.wanted(mine(alice), "report") == {"email"}


def test_what_cannot_be_is_told_beside_the_field(bob: User, bob_client: Client) -> None:
    times = {"presence_minutes": "15", "quiet_from": "22:00"}
    page = bob_client.post(reverse(WANTED), times).content.decode()
    assert "Give both times, or none." in page
    times["quiet_until"] = "22:00"
    assert "end at another time" in bob_client.post(reverse(WANTED), times).content.decode()
    assert "Select a valid choice" in bob_client.post(
        reverse(WANTED), {"presence_minutes": "7"}
    ).content.decode().replace("&nbsp;", " ")
    assert mine(bob).notice_channels == {}


def test_sms_needs_a_confirmed_phone(bob: User, bob_client: Client) -> None:
    page = bob_client.get(reverse(WANTED)).content.decode()
    assert f'For SMS, <a href="{reverse("accounts:phone")}">confirm your phone</a>' in page
    assert page.count("disabled") == len(preferences.CHOICES)
    bob_client.post(reverse(WANTED), {"presence_sms": "on", "presence_minutes": "0"})
    assert mine(bob).notice_channels["presence"] == []
    User.objects.filter(pk=bob.pk).update(phone=NUMBER)
    bob_client.post(reverse(WANTED), {"presence_sms": "on", "presence_minutes": "0"})
    assert mine(bob).notice_channels["presence"] == ["sms"]


def test_the_api_sets_what_is_given(bob: User, alice: User, bob_client: Client) -> None:
    preset = {choice.name: ["email"] for choice in preferences.CHOICES}
    times = {"presence_minutes": 0, "quiet_from": None, "quiet_until": None}
    assert bob_client.get(API).json() == {"channels": preset, **times}
    refused = bob_client.patch(API, {"channels": {"waiting": ["sms"], "report": []}}, **JSON)
    assert codes(refused) == {"/channels/waiting": "no_phone"}
    User.objects.filter(pk=bob.pk).update(phone=NUMBER)
    changed = bob_client.patch(
        API,
        {
            "channels": {"waiting": ["sms", "email"], "report": []},
            "quiet_from": "22:00",
            "quiet_until": "07:00",
        },
        **JSON,
    )
    assert changed.json()["channels"] == {**preset, "waiting": ["email", "sms"], "report": []}
    changed = bob_client.patch(API, {"presence_minutes": 60}, **JSON)
    assert changed.json()["presence_minutes"] == 60
    assert changed.json()["quiet_until"] == "07:00:00"
    assert bob_client.get(API).json() == changed.json()
    assert mine(alice).notice_channels == {}
    for wrong, where in (
        ({"channels": {"pigeons": []}}, {"/channels/pigeons": "unknown"}),
        ({"channels": {"report": ["pigeon"]}}, {"/channels/report/0": "invalid_choice"}),
        ({"channels": []}, {"/channels": "invalid"}),
        ({"presence_minutes": 7}, {"/presence_minutes": "invalid_choice"}),
        ({"quiet_until": None}, {"/quiet_until": "invalid"}),
        ({"quiet_until": "7:05"}, {"/quiet_until": "invalid"}),
        ({"quiet_until": "07:05:00Z"}, {"/quiet_until": "invalid"}),
        ({"quiet_until": "22:00"}, {"/quiet_until": "invalid"}),
        ({"presence_by_email": True}, {"/presence_by_email": "unknown"}),
    ):
        assert codes(bob_client.patch(API, wrong, **JSON)) == where


def test_the_outbox_goes_by_what_members_chose(account: Account, alice: User, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(phone=NUMBER)
    choose(alice, notice_channels={"minutes": []})
    choose(bob, notice_channels={"minutes": ["email", "sms"], "report": []})
    assert record(account, "minutes_80") == 2
    assert record(account, "minutes_80") == 0
    assert notices("minutes_80") == [(NUMBER, "sms"), ("bob@example.com", "email")]
    sms = Notice.objects.get(channel="sms")
    assert sms.text == sms.subject == "Acme: 80% of 100 minutes are used"
    record(account, "minutes_100")
    assert len(notices("minutes_100")) == 3
    record(account, "report")
    assert notices("report") == [("alice@example.com", "email")]
    record(account, "payment_failed")
    assert len(notices("payment_failed")) == 2


@pytest.mark.parametrize(
    ("kind", "due"),
    [
        ("report", "07:00"),
        ("refused", "07:00"),
        ("minutes_80", "07:00"),
        ("waiting", "23:30"),
        ("minutes_100", "23:30"),
        ("payment_failed", "23:30"),
    ],
)
def test_what_is_not_urgent_waits_for_the_morning(
    kind: str, due: str, account: Account, alice: User
) -> None:
    User.objects.update(time_zone="Asia/Tokyo")
    choose(alice, quiet_from=dt.time(22), quiet_until=dt.time(7))
    night = dt.datetime(2027, 3, 10, 14, 30, tzinfo=dt.UTC)
    due_at = preferences.due_at(mine(alice), kind, night)
    tokyo = due_at.astimezone(dt.timezone(dt.timedelta(hours=9)))
    assert f"{tokyo:%d %H:%M}" == ("11 " if due == "07:00" else "10 ") + due
    assert preferences.due_at(mine(alice), kind, NOON - dt.timedelta(hours=6)) == (
        NOON - dt.timedelta(hours=6)
    )


def test_what_waits_and_is_turned_off_is_not_sent(
    account: Account, alice: User, bob: User, bob_client: Client
) -> None:
    later = timezone.now() + dt.timedelta(hours=3)
    for kind in ("report", "minutes_100"):
        record(account, kind)
    Notice.objects.update(due_at=later)
    bob_client.patch(API, {"channels": {"report": [], "minutes": []}}, **JSON)
    Notice.objects.update(due_at=timezone.now())
    delivery.deliver_due(until=timezone.now() + dt.timedelta(seconds=30))
    became = Notice.objects.filter(recipient=bob).values_list("kind", "status", "error")
    assert sorted(became) == [
        ("minutes_100", "sent", ""),
        ("report", "skipped", "You turned these notices off."),
    ]
    assert set(Notice.objects.filter(recipient=alice).values_list("status")) == {("sent",)}


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_what_was_chosen_before_the_release_is_kept() -> None:
    def at(name: str) -> Any:
        executor = MigrationExecutor(connection)
        executor.migrate([("accounts", name)])
        return executor.loader.project_state([("accounts", name)]).apps.get_model

    def rows(get: Any, *fields: str) -> list[Any]:
        found = get("accounts", "Membership").objects.order_by("pk")
        return list(found.values_list(*fields, flat=len(fields) == 1))

    get = at("0002_person")
    try:
        account = get("accounts", "Account").objects.create(name="Acme")
        for email, by_email, by_sms in (("a", True, False), ("b", True, True), ("c", False, False)):
            user = get("accounts", "User").objects.create(email=f"{email}@example.com")
            get("accounts", "Membership").objects.create(
                account=account, user=user, presence_by_email=by_email, presence_by_sms=by_sms
            )
        kept = [{}, {"presence": ["email", "sms"]}, {"presence": []}]
        assert rows(at("0003_notice_settings"), "notice_channels") == kept
        back = rows(at("0002_person"), "presence_by_email", "presence_by_sms")
        assert back == [(True, False), (True, True), (False, False)]
    finally:
        call_command("migrate", verbosity=0)  # others are built upon it


# --- Joins and leaves that are gathered ------------------------------------------------------


def join(room: Room, call: str, at: dt.datetime) -> None:
    with transaction.atomic():
        conferences.join(call=call, caller=NUMBER, at=at, room_id=room.pk)


def collect(seconds: int) -> None:
    presence.collect(NOON + dt.timedelta(seconds=seconds))


@pytest.fixture
def noon(account: Account) -> None:
    Account.objects.update(hosting_until=dt.datetime(2100, 1, 1, tzinfo=dt.UTC))


def test_a_notice_that_waits_takes_in_what_happens(
    room: Room, alice: User, bob: User, noon: None
) -> None:
    User.objects.filter(pk=bob.pk).update(phone=NUMBER)
    choose(bob, presence_minutes=15, notice_channels={"presence": ["email", "sms"]})
    join(room, "a", NOON)
    collect(20)
    join(room, "b", NOON + dt.timedelta(minutes=5))
    collect(330)
    his = Notice.objects.filter(recipient=bob)
    assert {(one.subject, one.due_at) for one in his} == {
        ("Standup: 2 joined", NOON + dt.timedelta(minutes=15, seconds=20))
    }
    letter, text = his.get(channel="email").text, his.get(channel="sms").text
    assert "12:00:00  +34 ••• •• •• 56 joined\n12:05:00  +34 ••• •• •• 56 joined\n" in letter
    assert "on the line" not in letter + text, "nobody knows how many there are when it is read"
    hers = Notice.objects.filter(recipient=alice).order_by("created_at")
    assert [one.subject for one in hers] == ["Standup: +34 ••• •• •• 56 joined"] * 2
    assert "2 people are on the line now." in hers[1].text
    Notice.objects.filter(channel="email").update(status="sending", attempts=1)
    join(room, "c", NOON + dt.timedelta(minutes=6))
    collect(400)
    assert his.filter(channel="email").count() == 2, "one that is being sent is not changed"
    assert his.get(channel="sms").subject == "Standup: 3 joined"


def test_a_full_notice_is_followed_by_another(
    room: Room, bob: User, noon: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "MOST_MOVES", 2)
    choose(bob, presence_minutes=60)
    for number in range(5):
        join(room, str(number), NOON + dt.timedelta(minutes=number))
        collect(60 * number + 20)
    found = Notice.objects.filter(recipient=bob).order_by("created_at")
    assert [one.subject for one in found][:2] == ["Standup: 2 joined", "Standup: 2 joined"]
    assert len(found) == 3


def test_a_night_of_joins_is_one_notice_in_the_morning(room: Room, bob: User, noon: None) -> None:
    choose(bob, quiet_from=dt.time(22), quiet_until=dt.time(7))
    for hours in (11, 12, 18):
        join(room, str(hours), NOON + dt.timedelta(hours=hours))
        collect(hours * 3600 + 20)
    notice = Notice.objects.get()
    assert notice.due_at == dt.datetime(2027, 3, 11, 7, tzinfo=dt.UTC)
    assert "10 March 2027  23:00:00  +34" in notice.text
    assert "11 March 2027  06:00:00  +34" in notice.text


# --- Turning off by one click ----------------------------------------------------------------


def _letter(account: Account, kind: str) -> Any:
    record(account, kind)
    delivery.deliver_due(until=timezone.now() + dt.timedelta(seconds=30))
    return mail.outbox[-1]


def test_an_email_is_turned_off_by_one_post(account: Account, alice: User, client: Client) -> None:
    User.objects.update(language="ru", phone=NUMBER)
    choose(alice, notice_channels={"report": ["email", "sms"]})
    letter = _letter(account, "report")
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = letter.extra_headers["List-Unsubscribe"][1:-1]
    assert url.startswith("http://localhost:8000/u/mb_")
    strict = Client(enforce_csrf_checks=True)
    for _look in range(2):
        page = strict.get(url)
        assert page.status_code == 200
        assert 'lang="ru"' in page.content.decode()
        assert "alice@example.com" in page.content.decode()
    assert preferences.wanted(mine(alice), "report") == {"email", "sms"}, "a GET changes nothing"
    assert strict.post(url, {"something": "else"}).status_code == 400
    assert preferences.wanted(mine(alice), "report") == {"email", "sms"}
    for _click in range(2):
        answer = strict.post(url, {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        assert preferences.wanted(mine(alice), "report") == {"sms"}
    assert reverse(WANTED) in answer.content.decode()
    assert preferences.wanted(mine(alice), "presence") == {"email"}
    assert "sessionid" not in strict.cookies


@pytest.mark.parametrize("kind", ["payment_failed", "minutes_100"])
def test_what_comes_in_any_case_cannot_be_turned_off(
    kind: str, account: Account, alice: User
) -> None:
    assert "List-Unsubscribe" not in _letter(account, kind).extra_headers


def test_a_token_that_is_not_ours_leads_nowhere(alice: User, client: Client) -> None:
    url = preferences.url_for_member(mine(alice), "report")
    token = url.rstrip("/").rpartition("/")[2]
    wrong = [token[:-1], token.replace("report", "money"), "x", f"{mine(alice).pk}.report~x"]
    for one in wrong:
        path = reverse("unsubscribe", args=[one])
        assert client.get(path).status_code == 404
        assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 404
    User.objects.update(is_active=False)
    assert client.get(url).status_code == 404
    assert mine(alice).notice_channels == {}


def test_the_page_asks_and_says_where_it_is_turned_on_again() -> None:
    """In a browser too: a button that posts what mail programs post."""
    offer = {"what": "E-mails", "address": "a@example.org", "page": "/x/"}
    context = {"offer": offer, "field": "List-Unsubscribe", "value": "One-Click", "off": False}
    page = render_to_string("notices/unsubscribe.html", context)
    assert 'name="List-Unsubscribe" value="One-Click"' in page
    assert "<button>" in page
