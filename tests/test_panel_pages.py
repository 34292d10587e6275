"""The live panel: what it shows, and what its buttons do."""

import datetime as dt
import html
import re
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.conf import settings as django_settings
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rooms import changes
from rooms.conferences import actions, commands
from rooms.conferences.models import Command, Conference, Participant, Recording, UsageRecord
from rooms.models import Room
from tests.on_the_line import ANA, BEN, CARL, carry_out, enter, go

Kind = Command.Kind


def _part(client: Client, room: Room) -> str:
    """The panel's part of the fragment, as people read it."""
    response = client.get(reverse("conferences:live", args=[room.pk]))
    assert response.status_code == 200
    text = html.unescape(response.content.decode())
    return text[: text.index('id="today-part"')]


def _press(client: Client, room: Room, name: str, about: Any, *, script: bool = True) -> Any:
    headers = {"HX-Request": "true"} if script else {}
    url = reverse("conferences:control", args=[room.pk])
    return client.post(url, {"do": f"{name} {about.pk}"}, headers=headers)


def _say(client: Client, room: Room, text: str, conference: Conference | None = None) -> Any:
    """From a page that shows `conference`, or the one that goes on."""
    shown = conference or Conference.objects.filter(room=room, ended_at=None).first()
    data = {"text": text, "conference": shown.pk if shown else ""}
    url = reverse("conferences:announce", args=[room.pk])
    return client.post(url, data, headers={"HX-Request": "true"})


def _row(page: str, stay: Participant) -> str:
    [found] = re.findall(rf'<li\s+data-row="{stay.pk}".*?</li>', page, re.S)
    return str(found)


def _order(page: str) -> list[str]:
    return re.findall(r'data-row="([^"]+)"', page)


def _conference(room: Room) -> Conference:
    return Conference.objects.get(room=room, ended_at=None)


def test_who_is_there_is_shown_with_all_that_is_known(room: Room, alice_client: Client) -> None:
    ana = enter(room, ANA, name="Ana Ruiz", host=True)
    ben = enter(room, BEN)
    Participant.objects.filter(pk=ben.pk).update(muted=True, held=True)
    page = _part(alice_client, room)
    assert "Ana Ruiz" in _row(page, ana)
    assert "+34 ••• •• •• 11" in _row(page, ana)
    assert '<span class="badge">host</span>' in _row(page, ana)
    assert "muted</span>" in _row(page, ben)
    assert "on hold</span>" in _row(page, ben)
    assert f"unmute {ben.pk}" in page
    assert f"unhold {ben.pk}" in page
    assert f"promote {ben.pk}" in page
    assert f"promote {ana.pk}" not in page
    assert f"2 of {django_settings.ROOM_CAPACITY} places" in page


def test_raised_hands_come_first_in_their_order(room: Room, alice_client: Client) -> None:
    ana, ben, carl = (enter(room, who, minutes=9) for who in (ANA, BEN, CARL))
    for stay in (carl, ben):
        actions.raise_hand(stay, True, commands.By(participant=stay))
    page = _part(alice_client, room)
    assert _order(page) == [carl.pk, ben.pk, ana.pk]
    assert f"lower_hand {carl.pk}" in page
    assert f"lower_hand {ana.pk}" not in page


def test_those_who_wait_are_a_group_of_their_own(room: Room, alice_client: Client) -> None:
    changes.change(room, waits_for_host=True)
    ana = enter(room, ANA)
    page = _part(alice_client, room)
    assert "Waiting for a host" in page
    assert f"mute {ana.pk}" not in page
    assert _press(alice_client, room, "promote", ana).status_code == 200
    page = _part(alice_client, room)
    assert "Waiting for a host" not in page
    assert "being let in…" in _row(page, ana)
    assert carry_out() == [Kind.BEGIN]


def test_minutes_and_an_estimate_of_the_cost(room: Room, alice_client: Client) -> None:
    with time_machine.travel(timezone.now(), tick=False):
        enter(room, ANA, minutes=20)
        gone = enter(room, BEN, minutes=10)
        go(gone)
        page = _part(alice_client, room)
        assert "Minutes in all: <b>30</b>" in page
        assert "€" not in page
        UsageRecord.objects.update(carrier_cost=Decimal("0.10"))  # for ten minutes
        assert "about €0.30" in _part(alice_client, room)


def test_the_price_is_that_of_the_latest_stays(room: Room, alice_client: Client) -> None:
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        for _stay in range(51):
            go(enter(room, ANA, minutes=1))
        cheap = UsageRecord.objects.order_by("pk")
        cheap.update(carrier_cost=Decimal("0.01"))
        oldest = cheap.first()
        assert oldest
        UsageRecord.objects.filter(pk=oldest.pk).update(
            carrier_cost=Decimal(1000), ended_at=now - dt.timedelta(days=9)
        )
        enter(room, ANA, minutes=10)
        assert "about €0.10" in _part(alice_client, room)


def test_the_state_of_the_call_is_shown(room: Room, alice_client: Client) -> None:
    enter(room)
    conference = _conference(room)
    for name in ("lock", "silence", "record"):
        assert _press(alice_client, room, name, conference).status_code == 200
    page = _part(alice_client, room)
    assert "locked</span>" in page
    assert "announcements off</span>" in page
    assert "recording is being started…" in page
    assert carry_out() == [Kind.RECORD]
    assert "recording</span>" in _part(alice_client, room)
    assert _press(alice_client, room, "stop_recording", conference).status_code == 200
    assert "recording is being stopped…" in _part(alice_client, room)
    carry_out()
    for name in ("unlock", "unsilence"):
        _press(alice_client, room, name, conference)
    page = _part(alice_client, room)
    for gone in ("locked</span>", "announcements off</span>", "recording</span>"):
        assert gone not in page
    assert not Recording.objects.filter(stopped_at=None).exists()


def test_the_end_after_the_last_host_is_counted_down(room: Room, alice_client: Client) -> None:
    changes.change(room, after_hosts="end")
    host = enter(room, ANA, host=True)
    enter(room, BEN)
    assert "data-until" not in _part(alice_client, room)
    go(host)
    [shown] = re.findall(r'data-until="([^"]+)"', _part(alice_client, room))
    assert dt.datetime.fromisoformat(shown) == _conference(room).ends_at
    enter(room, ANA, host=True)
    assert "data-until" not in _part(alice_client, room)


@pytest.mark.parametrize(
    ("name", "pending", "field"),
    [
        ("mute", "muting…", "muted"),
        ("hold", "being put on hold…", "held"),
    ],
)
def test_an_action_is_pending_then_done(
    name: str, pending: str, field: str, room: Room, alice_client: Client
) -> None:
    ana = enter(room)
    answer = _press(alice_client, room, name, ana)
    page = html.unescape(answer.content.decode())
    assert pending in _row(page, ana)
    assert f"un{name} {ana.pk}" in _row(page, ana)
    ana.refresh_from_db()
    assert not getattr(ana, field)
    before = Room.objects.get().live_version
    assert carry_out() == [name]
    assert Room.objects.get().live_version > before
    ana.refresh_from_db()
    assert getattr(ana, field)
    page = _part(alice_client, room)
    assert pending not in page
    assert "(Alice)" in page  # who did it, for the other organizers
    assert _press(alice_client, room, f"un{name}", ana).status_code == 200
    carry_out()
    ana.refresh_from_db()
    assert not getattr(ana, field)


def test_a_refusal_is_shown_beside_whom_it_is_about_for_a_minute(
    room: Room, alice_client: Client
) -> None:
    ana, ben = enter(room, ANA), enter(room, BEN)
    _press(alice_client, room, "mute", ana)
    carry_out(refuse=lambda _command: "The carrier knows no such call.")
    page = _part(alice_client, room)
    assert "The carrier knows no such call." in _row(page, ana)
    assert "refused" not in _row(page, ben)
    assert f"mute {ana.pk}" in page.replace(f"unmute {ana.pk}", "")
    [lasts] = re.findall(r'data-lasts="(\d+)"', page)
    assert 50 <= int(lasts) <= 60
    with time_machine.travel(timezone.now() + dt.timedelta(seconds=61)):
        assert "The carrier knows" not in _part(alice_client, room)


def test_removing_asks_once_and_hangs_up(room: Room, alice_client: Client) -> None:
    ana = enter(room)
    enter(room, BEN)
    assert "Yes, remove" in _row(_part(alice_client, room), ana)
    page = html.unescape(_press(alice_client, room, "remove", ana).content.decode())
    assert "being hung up…" in _row(page, ana)
    carry_out()
    ana.refresh_from_db()
    assert ana.left_why == Participant.LeftWhy.REMOVED
    assert 'class="leaves"' in _row(_part(alice_client, room), ana)
    go(ana)
    assert ana.pk not in _part(alice_client, room)


def test_all_but_hosts_are_muted(room: Room, alice_client: Client) -> None:
    enter(room, ANA, host=True)
    ben, carl = enter(room, BEN), enter(room, CARL)
    answer = _press(alice_client, room, "mute_all", _conference(room))
    assert "2 are being muted." in answer.content.decode()
    asked = Command.objects.filter(kind=Kind.MUTE)
    assert set(asked.values_list("participant", flat=True)) == {ben.pk, carl.pk}


def test_ending_hangs_everybody_up(room: Room, alice_client: Client) -> None:
    stays = [enter(room, ANA, host=True), enter(room, BEN)]
    page = _part(alice_client, room)
    assert "Yes, end the call" in page
    for _click in range(2):
        answer = _press(alice_client, room, "end", _conference(room))
        assert "Everybody is being hung up." in answer.content.decode()
    assert carry_out() == [Kind.REMOVE] * 2
    for stay in stays:
        go(stay)
    assert "Nobody is on the line" in _part(alice_client, room)


def test_an_announcement_is_pending_until_all_have_heard_it(
    room: Room, alice_client: Client
) -> None:
    enter(room, ANA)
    enter(room, BEN)
    answer = _say(alice_client, room, "We go on at <ten>")
    assert answer.status_code == 200
    page = html.unescape(answer.content.decode())
    assert "It is being said to 2." in page
    assert "being said to 2: “We go on at <ten>”" in page
    assert b"<ten>" not in answer.content
    before = Room.objects.get().live_version
    assert carry_out() == [Kind.SAY] * 2
    assert Room.objects.get().live_version == before + 1
    assert "being said" not in _part(alice_client, room)


@pytest.mark.parametrize("text", ["", "   ", "a" * 501])
def test_an_announcement_that_cannot_be_said(text: str, room: Room, alice_client: Client) -> None:
    enter(room)
    answer = _say(alice_client, room, text)
    assert answer.status_code == 422
    assert 'class="message error"' in answer.content.decode()
    assert not Command.objects.exists()


def test_a_page_that_slept_says_nothing_to_the_next_conference(
    room: Room, alice_client: Client
) -> None:
    go(enter(room, ANA))
    slept = Conference.objects.get()
    enter(room, BEN)
    answer = _say(alice_client, room, "We go on", slept)
    assert answer.status_code == 422
    assert "This conference is over." in answer.content.decode()
    for name, data in (("play", {"sound": "music"}), ("stop_playing", {}), ("announce", {})):
        url = reverse(f"conferences:{name}", args=[room.pk])
        for shown, told in (
            ({"conference": slept.pk}, "This conference is over."),
            ({"conference": "cf_of_another_room"}, "Nobody is on the line."),
            ({}, "This page is out of date."),
        ):
            headers = {"HX-Request": "true"}
            sent = {"text": "We go on", **data, **shown}
            answer = alice_client.post(url, sent, headers=headers)
            assert (answer.status_code, told in answer.content.decode()) == (422, True), name
    assert not Command.objects.exists()


def test_the_forms_name_the_conference_that_the_page_shows(
    room: Room, alice_client: Client
) -> None:
    page = f"/rooms/{room.pk}/"
    field = '<input type="hidden" name="conference" value="%s">'
    assert alice_client.get(page).content.decode().count(field % "") == 3
    conference = enter(room).conference_id
    text = alice_client.get(page).content.decode()
    assert text.count(field % conference) == 3
    assert f'data-conference="{conference}"' in text


def test_repeated_clicks_end_in_one_state(room: Room, alice_client: Client) -> None:
    ana = enter(room)
    for _click in range(3):
        assert _press(alice_client, room, "mute", ana).status_code == 200
    assert carry_out() == [Kind.MUTE]
    page = _part(alice_client, room)
    assert "muting…" not in page
    assert 'class="refused"' not in page
    for _click in range(2):
        _press(alice_client, room, "promote", ana)
    answer = _press(alice_client, room, "promote", ana)
    assert answer.status_code == 422
    assert "They are a host already." in answer.content.decode()


@pytest.mark.parametrize("name", ["mute", "hold", "remove", "promote", "lower_hand"])
def test_who_has_left_meanwhile_is_a_message(name: str, room: Room, alice_client: Client) -> None:
    ana = enter(room)
    go(ana)
    answer = _press(alice_client, room, name, ana)
    assert answer.status_code == 422
    assert "+34 ••• •• •• 11: They have left." in answer.content.decode()
    assert not Command.objects.exists()


def test_what_was_meant_for_one_conference_does_not_happen_to_the_next(
    room: Room, alice_client: Client
) -> None:
    ana = enter(room)
    first = _conference(room)
    go(ana)
    answer = _press(alice_client, room, "end", first)
    assert answer.status_code == 422
    assert "Nobody is on the line." in answer.content.decode()
    enter(room, BEN)
    answer = _press(alice_client, room, "end", first)
    assert answer.status_code == 422
    assert "This conference is over." in answer.content.decode()
    assert not Command.objects.exists()


@pytest.mark.parametrize("do", ["", "mute", "dance pt_01jd2m8r6d1f3g5h7j9k0m2n4p", "lock x"])
def test_a_button_that_there_is_not(do: str, room: Room, alice_client: Client) -> None:
    enter(room)
    url = reverse("conferences:control", args=[room.pk])
    answer = alice_client.post(url, {"do": do}, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "This page is out of date." in answer.content.decode()


def test_it_works_without_javascript(room: Room, alice_client: Client) -> None:
    ana = enter(room)
    page = alice_client.get(reverse("rooms:room", args=[room.pk])).content.decode()
    assert '<form id="control" method="post"' in re.sub(r"\s+", " ", page)
    answer = _press(alice_client, room, "mute", ana, script=False)
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("rooms:room", args=[room.pk]))
    shown = html.unescape(alice_client.get(answer["Location"]).content.decode())
    assert "+34 ••• •• •• 11: muting…" in shown
    go(ana)
    answer = _press(alice_client, room, "mute", ana, script=False)
    [said] = get_messages(answer.wsgi_request)
    assert said.level_tag == "error"


def test_every_member_may_and_nobody_else(
    room: Room, bob_client: Client, charlie_client: Client, client: Client
) -> None:
    ana = enter(room)
    assert _press(bob_client, room, "mute", ana).status_code == 200
    assert Command.objects.get().by_user.email == "bob@example.com"  # type: ignore[union-attr]
    for name, about in (("unmute", ana), ("end", _conference(room))):
        assert _press(charlie_client, room, name, about).status_code == 404
        assert _press(client, room, name, about)["Location"].startswith("/accounts/login/")
    assert _say(charlie_client, room, "Hello").status_code == 404
    assert _say(client, room, "Hello").status_code == 302
    assert bob_client.get(reverse("conferences:control", args=[room.pk])).status_code == 405
    assert Command.objects.count() == 1


def test_somebody_in_another_room_is_not_found(room: Room, alice_client: Client) -> None:
    other = changes.make(room.account, name="Other")
    ana = enter(other)
    assert _press(alice_client, room, "mute", ana).status_code == 404
    assert _press(alice_client, room, "lock", _conference(other)).status_code == 404


def test_an_archived_room_says_what_to_do_next(room: Room, alice_client: Client) -> None:
    ana = enter(room)
    changes.archive(room)
    assert f"mute {ana.pk}" in _part(alice_client, room)  # the conference outlives it
    go(ana)
    page = _part(alice_client, room)
    assert "Make a new room" in page
    assert reverse("rooms:make") in page


def test_the_days_picture_is_sent_only_where_it_is_another(
    room: Room, alice_client: Client
) -> None:
    ana = enter(room)
    url = reverse("conferences:live", args=[room.pk])

    def stamp(page: str) -> str:
        [found] = re.findall(r'data-stamp="([^"]+)"', page)
        return str(found)

    known = stamp(alice_client.get(url).content.decode())
    _press(alice_client, room, "mute", ana)
    page = alice_client.get(f"{url}?today={known}").content.decode()
    assert "muting…" in page
    assert "today-part" not in page
    enter(room, BEN)
    assert stamp(alice_client.get(f"{url}?today={known}").content.decode()) != known


def test_two_hundred_people_take_no_more_statements_than_two(
    room: Room, alice_client: Client, django_assert_num_queries: Any
) -> None:
    for n in range(2):
        enter(room, f"+346000100{n:02}")
    actions.mute_all(room, commands.SERVICE)
    url = reverse("conferences:live", args=[room.pk])
    # session, user, memberships; room, stays, names; conference, minutes, price, commands,
    # who is being called in
    with django_assert_num_queries(11):
        assert len(_order(alice_client.get(url).content.decode())) == 2
    for n in range(198):
        enter(room, f"+34600020{n:03}")
    actions.mute_all(room, commands.SERVICE)
    actions.announce(room, "Hello", commands.SERVICE)
    with django_assert_num_queries(11):
        page = alice_client.get(url).content.decode()
    assert len(_order(page)) == 200
    assert page.count("muting…") == 200
