"""An account that keeps its history for so many days forgets what is older, but its minutes."""

import datetime as dt
import html
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.dispatch import receiver
from django.test import Client
from django.utils import timezone

from rooms.accounts.models import Account, User
from rooms.conferences import retention, tasks, usage
from rooms.conferences.models import Command, Conference, Participant, Recording, RecordingNotice
from rooms.conferences.months import Month
from rooms.meetings import reports
from rooms.meetings.models import Invitee
from rooms.models import Room
from rooms.notices import forgotten as letters
from rooms.notices.hooks.models import WebhookEvent
from rooms.notices.models import Notice
from telephony import forgotten, guessing, lines, nobodys
from telephony.models import Call, IncomingSms, MovedCall, NearGuess, WebhookReceipt
from tests.api_client import Api, codes, slug
from tests.erasing_scene import ANA, ANA_EMAIL, ANA_NAME, BEN, MINUTE, Scene, dump, travelling

NOW = dt.datetime(2026, 12, 1, 9, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture
def clock(db: None) -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def month(account: Account, clock: Any) -> Account:
    """An account that keeps its history for 30 days."""
    account.history_days = 30
    account.save()
    return account


def ended(room: Room, ago: dt.timedelta, caller: str = ANA) -> Conference:
    """A conference of a minute with one caller."""
    end = timezone.now() - ago
    row = Conference.objects.create(room=room, started_at=end - MINUTE, ended_at=end)
    call = Call.objects.create(
        uuid=f"call-{Call.objects.count()}",
        room=room,
        caller=caller,
        ended_at=end,
        created_at=end - MINUTE,
        steps={"1": {}},
    )
    Participant.objects.create(
        conference=row,
        room=room,
        call=call.pk,
        caller=caller,
        name="Ana",
        left_at=end,
        joined_at=end - MINUTE,
    )
    return row


def sweep(seconds: float = 60) -> bool:
    return retention.sweep(until=timezone.now() + dt.timedelta(seconds=seconds))


def remembered() -> set[str]:
    return set(Conference.objects.remembered().values_list("pk", flat=True))


# --- Which ----------------------------------------------------------------------------------


def test_what_ended_before_the_limit_is_forgotten_and_nothing_else(
    month: Account, room: Room
) -> None:
    exactly, older = ended(room, 30 * DAY), ended(room, 30 * DAY + dt.timedelta(microseconds=1))
    goes_on = Conference.objects.create(room=room, started_at=NOW - 60 * DAY)
    young = ended(room, 29 * DAY)
    assert sweep()
    assert remembered() == {exactly.pk, goes_on.pk, young.pk}
    older.refresh_from_db()
    assert older.forgotten_at == NOW
    stay = older.participants.get()
    assert (stay.caller, stay.name) == ("", "")
    assert exactly.participants.get().name == "Ana"
    assert set(Call.objects.exclude(caller="").values_list("pk", flat=True)) == {
        exactly.participants.get().call,
        young.participants.get().call,
    }
    before = dump()
    assert sweep()
    assert dump() == before


def test_who_keeps_everything_forgets_nothing(account: Account, room: Room, clock: Any) -> None:
    ended(room, 4000 * DAY)
    before = dump()
    assert sweep()
    assert dump() == before


def test_a_call_is_known_as_long_as_one_of_its_conferences(month: Account, room: Room) -> None:
    """It went from one room to another, an hour later."""
    first, second = ended(room, 30 * DAY + MINUTE), ended(room, 30 * DAY - MINUTE)
    call = first.participants.get().call
    Participant.objects.filter(conference=second).update(call=call)
    sweep()
    assert first.pk not in remembered()
    assert Call.objects.get(pk=call).caller == ANA
    with time_machine.travel(NOW + DAY, tick=False):
        sweep()
    assert Call.objects.get(pk=call).caller == ""


def test_a_call_that_another_account_knows_too_stays_there(
    month: Account, room: Room, charlie: User
) -> None:
    other = Room.objects.create(account=charlie.accounts.get(), name="Other")
    mine, theirs = ended(room, 40 * DAY), ended(other, 40 * DAY)
    call = theirs.participants.get().call
    Participant.objects.filter(conference=mine).update(call=call)
    MovedCall.objects.create(account=month, call_id=call)
    sweep()
    assert Call.objects.get(pk=call).caller == ANA
    assert mine.participants.get().call != call
    assert not MovedCall.objects.exists()
    assert theirs.participants.get().name == "Ana"


# --- In slices ------------------------------------------------------------------------------


def test_a_sweep_that_is_killed_goes_on_where_it_was(
    month: Account, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    old = [ended(room, (40 - number) * DAY) for number in range(7)]
    slices = []

    @receiver(retention.forgetting, dispatch_uid="killed")
    def _killed(conference_ids: list[str], **_sent: Any) -> int:
        slices.append(conference_ids)
        if len(slices) == 3:
            raise KeyboardInterrupt
        return 0

    try:
        with pytest.raises(KeyboardInterrupt):
            sweep()
        assert remembered() == {one.pk for one in old[4:]}, "whole slices, the oldest first"
        third = Participant.objects.filter(conference=old[4]).get()
        assert third.name == "Ana"
        assert sweep()
    finally:
        retention.forgetting.disconnect(dispatch_uid="killed")
    assert remembered() == set()
    assert not Participant.objects.exclude(name="").exists()
    assert not Call.objects.exclude(caller="").exists()


def test_when_time_is_up_the_task_asks_for_itself_again(
    month: Account, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended(room, 40 * DAY)
    asked: list[Any] = []
    monkeypatch.setattr(tasks.forget, "apply_async", lambda **how: asked.append(how))
    monkeypatch.setattr(tasks, "SLICE", dt.timedelta(0))
    tasks.forget()
    assert remembered()
    assert asked
    monkeypatch.setattr(tasks, "SLICE", MINUTE)
    tasks.forget()
    assert not remembered()
    assert len(asked) == 1


def test_calls_that_came_into_no_room_are_forgotten_in_slices_too(
    month: Account, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgotten, "MOST_ROWS", 2)
    for number in range(5):
        at = NOW - 40 * DAY
        Call.objects.create(uuid=f"{number}", room=room, caller=ANA, created_at=at, ended_at=at)
    young = Call.objects.create(uuid="young", room=room, caller=ANA, ended_at=NOW)
    assert sweep()
    assert list(nobodys.telling()) == [young]


# --- What -----------------------------------------------------------------------------------


@pytest.fixture
def scene(db: None) -> Iterator[Scene]:
    lines.forget()
    guessing.forget()
    with travelling() as clock:
        made = Scene("Acme", clock).happen()
        reports.note(made.meeting.occurrences.get(), "Ana was late.")
        made.account.history_days = 30
        made.account.save()
        yield made


def test_all_that_is_history_is_forgotten_and_the_plan_and_the_minutes_stay(scene: Scene) -> None:
    month = Month.of(scene.account, timezone.now())
    used = usage.of_month(scene.account, month, timezone.now())
    assert used.seconds
    told = RecordingNotice.objects.count()
    Notice.objects.update(status="sent")
    scene.clock.shift(31 * DAY)
    assert sweep()
    assert usage.of_month(scene.account, month, timezone.now()) == used
    client = Client()
    client.force_login(scene.user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/usage/?month=2026-12").status_code == 200
    assert RecordingNotice.objects.count() == told
    nobody = Participant.objects.filter(caller="", name="", invitee=None)
    assert nobody.count() == Participant.objects.count() == 2
    assert not Command.objects.exclude(text="").exists()
    assert not Command.objects.exclude(by_user=None).exists()
    assert not Recording.objects.kept().exists()
    assert not nobodys.telling().filter(account=scene.account).exists()
    for rows in (IncomingSms, NearGuess, WebhookEvent):
        assert not rows._default_manager.exists(), rows
    calls = Call.objects.filter(account=scene.account).values("pk")
    assert calls
    assert not WebhookReceipt.objects.filter(call__in=calls).exclude(body={}).exists()
    for name in (ANA, ANA_EMAIL, ANA_NAME):
        assert not Notice.objects.filter(text__contains=name).exists()
    sent = Notice.objects.filter(account=scene.account)
    assert not sent.filter(address__in=(ANA, ANA_EMAIL, BEN)).exists()
    assert set(Notice.objects.filter(kind="presence").values_list("subject", flat=True)) == {
        "joined or left"
    }
    assert Invitee.objects.filter(name=ANA_NAME).count() == 2
    assert scene.account.persons.filter(phone=ANA).exists()
    occurrence = scene.meeting.occurrences.get()
    assert occurrence.notes == ""
    page = html.unescape(client.get(f"/meetings/times/{occurrence.pk}/report/").content.decode())
    assert "No history is kept of this time" in page
    assert "Nobody came" not in page
    assert "Who did not come" not in page
    report = Api(scene.account).get(f"occurrences/{occurrence.pk}/report/").json()
    assert (report["forgotten"], report["absent"], report["participants"]) == (True, [], [])


def test_raw_messages_of_the_carrier_are_kept_for_a_week(scene: Scene) -> None:
    bodies = WebhookReceipt.objects.exclude(body={})
    count = bodies.count()
    assert count
    scene.clock.shift(6 * DAY)
    forgotten.tidy(timezone.now())
    assert bodies.count() == count
    scene.clock.shift(DAY)
    forgotten.tidy(timezone.now())
    assert bodies.count() == 0
    assert WebhookReceipt.objects.count() == count, "a repeat does nothing still"


def test_lost_calls_and_old_letters_are_nobody_s_history(db: None, clock: Any) -> None:
    Call.objects.create(uuid="lost", caller=ANA, steps={"1": {}}, ended_at=NOW)
    letter = {"kind": "letter", "channel": "email", "address": ANA_EMAIL}
    Notice.objects.create(key="a", status="sent", **letter)
    waiting = Notice.objects.create(key="b", status="pending", **letter)
    for days, kept in ((29, 1), (2, 0)):
        clock.shift(days * DAY)
        forgotten.tidy(timezone.now())
        letters.tidy(timezone.now())
        assert nobodys.telling().count() == kept
        assert Notice.objects.filter(status="sent").count() == kept
    assert Notice.objects.get() == waiting


# --- Choosing -------------------------------------------------------------------------------

FIELDS = {"name": "Acme", "time_zone": "UTC", "language": "en"}


def _text(response: Any) -> str:
    return html.unescape(response.content.decode())


def test_shortening_says_what_goes_and_asks_once(
    account: Account, room: Room, alice_client: Client, clock: Any
) -> None:
    ended(room, 40 * DAY)
    ended(room, 50 * DAY)
    page = _text(alice_client.post("/account/", {**FIELDS, "history_days": "30"}))
    assert "2 conferences since Oct. 12, 2026 are older than that." in " ".join(page.split())
    account.refresh_from_db()
    assert account.history_days is None
    sure = {**FIELDS, "history_days": "30", "confirmed_days": "30"}
    other = {**sure, "history_days": "20"}
    assert "are older than that" in _text(alice_client.post("/account/", other))
    assert alice_client.post("/account/", sure).status_code == 302
    account.refresh_from_db()
    assert account.history_days == 30
    for days in ("45", ""):  # of what is there still, nothing would go by that
        sweep()
        assert alice_client.post("/account/", {**FIELDS, "history_days": days}).status_code == 302


def test_who_loses_nothing_is_asked_nothing(
    account: Account, room: Room, alice_client: Client, clock: Any
) -> None:
    ended(room, 10 * DAY)
    saved = alice_client.post("/account/", {**FIELDS, "history_days": "30"})
    assert saved.status_code == 302
    for wrong in ("0", "3651", "x", "-1"):
        assert alice_client.post("/account/", {**FIELDS, "history_days": wrong}).status_code == 200
    account.refresh_from_db()
    assert account.history_days == 30


def test_programs_set_it_with_the_scope_admin(account: Account, bob_client: Client) -> None:
    api = Api(account, "read", "admin")
    assert api.get("account/").json()["history_days"] is None
    assert api.patch("account/", {"history_days": 90}).json()["history_days"] == 90
    assert api.patch("account/", {"history_days": None}).json()["history_days"] is None
    for wrong in (0, 3651, "x"):
        assert set(codes(api.patch("account/", {"history_days": wrong}))) == {"/history_days"}
    few = Api(account, "read", "rooms", "meetings", "control")
    assert slug(few.patch("account/", {"history_days": 1})) == "missing-scope"
    assert bob_client.post("/account/", {**FIELDS, "history_days": "1"}).status_code == 302
    account.refresh_from_db()
    assert account.history_days is None, "an organizer changes nothing"
