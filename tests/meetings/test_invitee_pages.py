"""The people of a meeting on its page: inviting them, and what became of each."""

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rooms.accounts.models import Account, Person, User
from rooms.conferences.models import Conference, Participant
from rooms.meetings import delivery_state, invitees
from rooms.meetings.models import CallRequest, Invitee, Mailing, Meeting, Reply
from rooms.models import Room
from rooms.notices.models import Notice
from tests.meetings.pages import (
    invite,
    page,
    plan,
    post,
    url,
)

Status = Notice.Status


@pytest.fixture
def meeting(room: Room, alice: User) -> Meeting:
    day = timezone.now().date() + dt.timedelta(days=7)
    return plan(room, alice, first_day=day, rrule="FREQ=DAILY;COUNT=3")


def test_one_person_is_typed(meeting: Meeting, alice_client: Client) -> None:
    address = url("invite_one", meeting.pk)
    assert "Give an e-mail address or a phone" in post(alice_client, address, name="Ana")
    wrong = post(alice_client, address, email="ana@", phone="12", time_zone="Mars/Base")
    for field in ("email", "phone", "time_zone"):
        assert f'id="id_{field}_error"' in wrong
    assert re.search(r'<details name="invite" open><summary>Type one person', wrong)
    given = {"email": "Ana@Example.com", "phone": "+34 600 12 34 56", "name": "Ana Ruiz"}
    shown = post(alice_client, address, **given, language="ru", time_zone="Asia/Tokyo")
    assert "1 person is on the list; nothing was sent." in shown
    assert "Ana Ruiz" in shown
    assert "+34 ••• •• •• 56" in shown
    assert "600" not in re.sub("<form.*?</form>", "", shown, flags=re.DOTALL)
    ana = Invitee.objects.get(email="ana@example.com")
    assert (ana.phone, ana.language, ana.time_zone) == ("+34600123456", "ru", "Asia/Tokyo")
    assert not Mailing.objects.exists()
    again = post(alice_client, address, **given, tell="on")
    assert "1 was on the list already" in again
    assert not Mailing.objects.exists()
    post(alice_client, address, email="ben@example.com", tell="on")
    assert Mailing.objects.get().audience == "new"
    # Links on a page that shows an error lead to the page itself.
    assert alice_client.get(address + "show=none")["Location"].endswith("?show=none")


def test_a_pasted_list_is_taken_whole_or_not_at_all(meeting: Meeting, alice_client: Client) -> None:
    address = url("invite_list", meeting.pk)
    text = "Ana Ruiz <ana@example.com>, +34 600 123 456\nno address here\nben@example.com\n"
    shown = post(alice_client, address, people=text, country="ES")
    assert "1 line cannot be read" in shown
    assert "Line 2:" in shown
    assert "ben@example.com</textarea>" in shown
    assert "Leave these lines out" in shown
    assert meeting.invitees.count() == 1
    shown = post(alice_client, address, people=text, country="ES", leave_out="on", tell="on")
    assert "2 people are invited." in shown
    assert meeting.invitees.get(email="ana@example.com").name == "Ana Ruiz"
    assert Mailing.objects.get().started_by is not None
    assert 'id="id_people_error"' in post(alice_client, address, people=" ")


def test_people_of_the_list_are_found_ticked_and_invited(
    meeting: Meeting, account: Account, alice_client: Client
) -> None:
    assert "Nobody is on your people list yet" in page(alice_client, url("meeting", meeting.pk))
    names = ["Ana Ruiz", "Benoît Roux", "Cid", "Дарья"]
    made = [
        Person.objects.create(account=account, name=name, email=f"p{n}@example.com")
        for n, name in enumerate(names)
    ]
    Person.objects.create(account=account, name="Without address")
    find = reverse("meetings:people", args=[meeting.pk])
    found = page(alice_client, f"{find}?find=benoit&person={made[2].pk}")
    # Who was ticked before stays so while one looks for others.
    assert re.findall(r'value="(pe_\w+)"\s*(checked)?', found) == [
        (made[2].pk, "checked"),
        (made[1].pk, ""),
    ]
    assert "Without address" not in page(alice_client, find)
    assert "Nobody with “zzz”" in page(alice_client, f"{find}?find=zzz")
    address = url("invite_people", meeting.pk)
    assert "Tick those whom you want" in post(alice_client, address)
    chosen = [made[2].pk, made[3].pk]
    assert "2 people are on the list" in post(alice_client, address, person=chosen)
    assert meeting.invitees.filter(name="Дарья").exists()
    assert page(alice_client, find).count(">invited<") == 2
    shown = post(alice_client, address, everybody="on", find="example.com")
    assert "2 people are on the list" in shown
    assert "2 were on the list already" in shown


def _deliver(invitee: Invitee, status: str, kind: str = "invitation", **fields: Any) -> Notice:
    return Notice.objects.create(
        account=invitee.meeting.room.account,
        invitee=invitee,
        kind=kind,
        channel="email",
        address=invitee.email,
        key=str(Notice.objects.count()),
        status=status,
        **fields,
    )


def test_each_ones_state_is_shown_and_filtered(
    meeting: Meeting, alice_client: Client, django_assert_num_queries: Any
) -> None:
    names = ["sent", "arrived", "failed", "mended", "skipped", "waiting", "nothing"]
    people = dict(zip(names, invite(meeting, *[f"{one}@x.example" for one in names]), strict=True))
    now = timezone.now()
    _deliver(people["sent"], Status.SENT, sent_at=now)
    _deliver(people["arrived"], Status.SENT, sent_at=now, delivered_at=now)
    _deliver(people["failed"], Status.SENT, created_at=now - dt.timedelta(days=1))
    _deliver(people["failed"], Status.FAILED, error="no such mailbox")
    _deliver(people["mended"], Status.FAILED, created_at=now - dt.timedelta(days=1))
    _deliver(people["mended"], Status.SENT)
    _deliver(people["skipped"], Status.SKIPPED, error="The mailing was stopped.")
    _deliver(people["waiting"], Status.PENDING)
    _deliver(people["sent"], Status.SENT, kind="reminder", sent_at=now)
    invitees.reply(people["arrived"], Reply.ACCEPTED)
    invitees.reply(people["failed"], Reply.DECLINED)
    invitees.note_opened(people["arrived"])
    conference = Conference.objects.create(room=meeting.room, started_at=now)
    Participant.objects.create(
        conference=conference,
        room=meeting.room,
        call="c",
        joined_at=now,
        invitee=people["arrived"],
    )
    CallRequest.objects.create(
        room=meeting.room,
        occurrence=meeting.occurrences.all()[0],
        invitee=people["sent"],
        due_at=now,
    )
    with django_assert_num_queries(4):
        states = delivery_state.states(meeting, people.values())
    said = {name: states[one.pk].invitation for name, one in people.items()}
    assert said == {
        **{name: name for name in ("sent", "arrived", "failed", "waiting")},
        "mended": "sent",
        "skipped": "not_sent",
        "nothing": "none",
    }
    assert states[people["failed"].pk].why == "no such mailbox"
    assert states[people["sent"].pk].reminded_at == now
    assert states[people["arrived"].pk].joined_at == now
    call = states[people["sent"].pk].call
    assert call is not None
    assert call.status == "waiting"
    assert list(delivery_state.failed(meeting)) == [people["failed"]]
    shown = page(alice_client, url("meeting", meeting.pk))
    for text in ("no such mailbox", "reminded", "joined", "opened the page", "to be called"):
        assert text in shown, text
    assert re.findall(r"<dd>(\d+)</dd>", shown)[-4:] == ["8", "2", "1", "1"]

    def listed(**query: str) -> list[str]:
        shown = page(alice_client, url("meeting", meeting.pk, **query))
        return re.findall(
            r"(\w+)</a>(?:<span class=\"badge\">organizer</span>)?<span\s*class=\"address",
            shown,
        )

    assert listed(show="failed") == ["failed"]
    assert listed(show="declined") == ["failed"]
    assert set(listed(show="accepted")) == {"Alice", "arrived"}
    assert len(listed(show="none")) == 5
    assert listed(q="SKIP") == ["skipped"]
    assert listed(q="x.example", show="accepted") == ["arrived"]
    assert listed(q="zzz") == []
    people_pages = [url("meeting", meeting.pk, show="nonsense", page="99")]
    assert len(listed(show="nonsense", page="99")) == 8, people_pages


def test_one_person_is_changed_sent_to_again_and_taken_off(
    meeting: Meeting, alice_client: Client
) -> None:
    ana, ben = invite(meeting, "ana@example.com", "ben@example.com")
    address = url("invitee", ana.pk)
    letter = _deliver(ana, Status.FAILED, error="no such mailbox")
    shown = page(alice_client, address)
    assert "no such mailbox" in shown
    assert f"/i/{ana.token}/" in shown
    assert letter.get_kind_display() in shown
    taken = post(alice_client, address, name="Ana", email="Ben@example.com")
    assert "Somebody else on this meeting's list has it." in taken
    assert "Give an e-mail" in post(alice_client, address, name="Ana")
    shown = post(
        alice_client, address, name="Ana R.", email="ana@example.com", phone="+34600123456"
    )
    assert "Saved." in shown
    resend = url("resend", ana.pk)
    assert "goes to Ana R. by SMS" in post(alice_client, resend, channel="sms")
    post(alice_client, resend, channel="email")
    sent = Mailing.objects.order_by("created_at").values_list("channel", "audience", "invitee")
    assert list(sent) == [("sms", "one", ana.pk), ("email", "one", ana.pk)]
    assert "There is no address" in post(alice_client, url("resend", ben.pk), channel="sms")
    asked = page(alice_client, url("remove", ana.pk))
    assert "stop working at once" in asked
    assert "off the list" in post(alice_client, url("remove", ana.pk))
    ana.refresh_from_db()
    assert ana.removed_at
    assert alice_client.get(address).status_code == 404
    assert invite(meeting, "ana@example.com")[0].token != ana.token
