"""The line in Russian: its panel and buttons, recordings, sounds, calls, guessed codes."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from rooms import changes
from rooms.accounts import blocked, people
from rooms.accounts.models import Account, User
from rooms.conferences import commands, named, sounds
from rooms.conferences.commands import By
from rooms.conferences.models import Conference, Participant, Recording
from rooms.meetings import call_in
from rooms.models import PhoneNumber, Room
from rooms.notices import outbox
from rooms.notices.models import Notice
from telephony import guess_news, guessing
from telephony.models import Call
from tests.kept_files import WAV, ready
from tests.on_the_line import ANA, BEN, carry_out, enter, go
from tests.russian import ASKS, check, check_part, foreign
from tests.telephony.vonage import Phone

pytestmark = pytest.mark.django_db
PEOPLE = ("mute", "unmute", "hold", "unhold", "promote", "lower_hand", "remove")
ALL = ("mute_all", "lock", "unlock", "silence", "unsilence", "record", "stop_recording", "end")


@pytest.fixture
def russian(alice: User, account: Account) -> Account:
    User.objects.filter(pk=alice.pk).update(name="Анна", language="ru", time_zone="Europe/Moscow")
    Account.objects.update(name="Мастерская", language="ru")
    account.refresh_from_db()
    return account


@pytest.fixture
def planning(russian: Account) -> Room:
    PhoneNumber.objects.create(number="+15550100", language="ru")
    return changes.make(russian, name="Планёрка", language="ru")


def _page(client: Client, room: Room) -> str:
    url = reverse("rooms:room", args=[room.pk])
    check(client, url)
    return str(client.get(url).content.decode())


def _conference(room: Room) -> Conference:
    return Conference.objects.get(room=room, ended_at=None)


def test_what_is_asked_and_what_became_of_it(
    planning: Room, alice: User, alice_client: Client
) -> None:
    by = By(user=User.objects.get(pk=alice.pk))
    enter(planning, BEN, name="Борис", host=True)
    stay = enter(planning, ANA, name="Вера")
    Participant.objects.filter(pk=stay.pk).update(hand_raised_at=timezone.now())
    assert "рука поднята" in _page(alice_client, planning)
    for name in ALL[:-1]:
        named.on_conference(name, _conference(planning), by)
        _page(alice_client, planning)
    named.announce(_conference(planning), "Начинаем", by)
    assert "говорим 2 звонящим: «Начинаем»" in _page(alice_client, planning)
    carry_out(lambda _command: commands.LATE)
    assert "Было уже поздно." in _page(alice_client, planning)
    for name in PEOPLE:
        stay.refresh_from_db()
        named.on_participant(name, stay, by)
        _page(alice_client, planning)
        carry_out()
        _page(alice_client, planning)


@pytest.mark.parametrize("name", PEOPLE + ALL)
def test_the_answer_to_a_button(planning: Room, alice_client: Client, name: str) -> None:
    enter(planning, BEN, name="Борис", host=True)
    stay = enter(planning, ANA, name="Вера")
    Participant.objects.filter(pk=stay.pk).update(held=name == "unhold")
    about = stay.pk if name in PEOPLE else _conference(planning).pk
    answer = alice_client.post(
        reverse("conferences:control", args=[planning.pk]),
        {"do": f"{name} {about}"},
        headers={**ASKS, "HX-Request": "true"},
    )
    said = answer.content.decode()
    assert 'id="said"' in said
    assert foreign(strip_tags(said)) == set()


def test_who_waits_and_who_is_called_in(planning: Room, alice: User, alice_client: Client) -> None:
    changes.change(planning, waits_for_host=True)
    enter(planning, ANA)
    vera = people.make(planning.account, name="Вера", email="", phone=BEN)
    call_in.ask(planning, person=vera, by=User.objects.get(pk=alice.pk))
    page = _page(alice_client, planning)
    assert "Ждут ведущего" in page
    assert "сейчас позвоним…" in page


@pytest.mark.parametrize("status", Recording.Status.values)
def test_recordings(planning: Room, media: Path, alice_client: Client, status: str) -> None:
    one = ready(planning, from_the_first=True)
    error = "The carrier sent an empty file." if status in ("failed", "fetching") else ""
    Recording.objects.filter(pk=one.pk).update(status=status, error=error)
    check(alice_client, f"/rooms/{planning.pk}/recordings/")
    check(alice_client, f"/rooms/{planning.pk}/recordings/{one.pk}/delete/")


def test_sounds(planning: Room, alice: User, media: Path, alice_client: Client) -> None:
    file: Any = SimpleUploadedFile("gong.bin", WAV)
    gong = sounds.upload(planning.account, "Гонг", file, User.objects.get(pk=alice.pk))
    listed = strip_tags(alice_client.get("/sounds/").content.decode())
    assert foreign(listed) == {"WAV", "MP"}  # of MP3
    assert "встроен в AnyRoom" in listed
    check(alice_client, f"/sounds/{gong.pk}/delete/")


def test_the_story_of_a_call(planning: Room, alice: User, alice_client: Client) -> None:
    code = planning.access_code or ""
    wrong = code[:-1] + str((int(code[-1]) + 1) % 10)
    phone = Phone("34600000011").dial().key(wrong).key(code)
    stay = Participant.objects.get(call=phone.uuid)
    by = By(user=User.objects.get(pk=alice.pk))
    for name in ("mute", "hold"):
        named.on_participant(name, stay, by)
    carry_out(lambda _command: commands.GONE)
    go(stay)
    problem = "The carrier no longer knows this call."
    Call.objects.update(ended_at=timezone.now(), hung_up_by="platform", problem=problem)
    story = alice_client.get(f"/calls/{phone.uuid}/").content.decode()
    told = strip_tags(story[story.index('<ol class="moments">') : story.index("</ol>")])
    # What was heard before the room was known is in the language of the number.
    assert foreign(told) == set()
    for text in ("Выключить микрофон: просит Анна. Не сделано: Звонящий уже вышел.", "одна цифра"):
        assert text in told
    check(alice_client, f"/rooms/{planning.pk}/calls/")
    check_part(alice_client, f"/rooms/{planning.pk}/calls/lately/")
    check(alice_client, "/calls/find/?number=%2B34600000099&at=2026-03-02T10:10")


def test_guessed_codes(planning: Room, alice: User, alice_client: Client) -> None:
    now = timezone.now()
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    blocked.block(planning.account, BEN, note="Реклама", by=User.objects.get(pk=alice.pk))
    for caller in (ANA, ANA, ANA, ANA, "", "+34600000044"):
        guessing.failed("call", caller, "0000", now, planning.pk)
    guess_news.sweep(now)
    check_part(alice_client, "/people/blocked/guesses/")
    check(alice_client, "/people/blocked/")
    numbers = {"lately": 180, "usual": 5, "numbers": 100, "hidden": 1}
    template = "telephony/notices/guessing_operator.txt"
    outbox.record_for_operator(None, key="guessing", template=template, context=numbers)
    told = Notice.objects.filter(recipient=alice)
    assert told.count() == 2
    for notice in told:
        assert foreign(notice.subject + notice.text) == set()


def test_a_recording_is_told_of(planning: Room, media: Path) -> None:
    outbox.record(
        planning.account,
        kind=Notice.Kind.RECORDING_READY,
        key="ready",
        template="recordings/notices/ready.txt",
        context={"room": planning, "recording": ready(planning)},
    )
    notice = Notice.objects.get(recipient__language="ru")
    assert notice.subject.endswith("запись готова")
    assert foreign(notice.subject + notice.text) == set()
