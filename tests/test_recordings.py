"""Recording a conference: asked for, begun, stopped, and who was told of it."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from rooms.accounts.models import User
from rooms.conferences import actions, commands, presence, recordings
from rooms.conferences.commands import By
from rooms.conferences.models import Command, Participant, Recording, RecordingNotice
from rooms.conferences.models.recording import HEARD_WITHIN
from rooms.models import Room
from tests.on_the_line import ANA, BEN, CARL, carry_out, enter, go

pytestmark = pytest.mark.django_db
Kind, Status = Command.Kind, Recording.Status


def come(room: Room, caller: str, **how: Any) -> Participant:
    """As `enter`, and the caller hears that it is recorded, if it is."""
    at = timezone.now()
    with transaction.atomic():
        joined = presence.join(
            call=f"call {caller}", caller=caller, at=at, room_id=room.pk, checked=True, **how
        )
        assert joined
        recordings.entered(joined, at)
    return Participant.objects.get(pk=joined.participant_id)


def asked(kind: Command.Kind) -> list[Command]:
    return list(Command.objects.pending().filter(kind=kind))


def told(recording: Recording) -> dict[str, str]:
    notices = RecordingNotice.objects.filter(recording=recording)
    return {one.participant.caller: one.how for one in notices}


def test_it_is_started_by_the_call_of_a_host_and_told_to_all(room: Room, bob: User) -> None:
    guest, host = enter(room, ANA), enter(room, BEN, host=True)
    command = recordings.start(room, By(user=bob))
    assert (command.kind, command.participant, command.by_user) == (Kind.RECORD, host, bob)
    recording = Recording.objects.get()
    assert (recording.status, recording.started_by) == (Status.STARTING, bob)
    room.refresh_from_db()
    assert room.recording == recording
    assert not asked(Kind.SAY)

    carry_out()
    recording.refresh_from_db()
    assert recording.status == Status.RECORDING
    words = {one.participant: one for one in asked(Kind.SAY)}
    assert set(words) == {guest, host}
    assert {one.text for one in words.values()} == {"This call is being recorded."}
    # As news, so that no mute waits for it; yet it is never too late to be told.
    assert all(one.rank == Command.Rank.NEWS for one in words.values())
    assert all(one.expires_at is None for one in words.values())
    # Whose call the carrier led back into the conversation hears it when it is there.
    assert words[host].due_at > words[guest].due_at
    assert not told(recording)
    for one in words.values():
        commands.done(one)
    assert told(recording) == {ANA: "said", BEN: "said"}


def test_words_that_were_not_said_prove_nothing(room: Room) -> None:
    stay = enter(room)
    recordings.start(room, By())
    carry_out()
    [words] = asked(Kind.SAY)
    go(stay)
    commands.refused(words, commands.GONE)
    assert not RecordingNotice.objects.exists()


def test_the_notice_is_in_the_rooms_language(room: Room) -> None:
    room.language = "ru"
    room.save()
    enter(room)
    recordings.start(room, By())
    carry_out()
    [words] = asked(Kind.SAY)
    assert words.language == "ru"


def test_who_enters_while_it_is_being_started_hears_it_once(room: Room) -> None:
    enter(room, ANA)
    recordings.start(room, By())
    come(room, BEN)
    recording = Recording.objects.get()
    assert told(recording) == {BEN: "entry"}
    carry_out()
    assert [one.participant.caller for one in asked(Kind.SAY) if one.participant] == [ANA]


@pytest.mark.parametrize(("kind", "code"), [("start", "recording"), ("stop", "stopping")])
def test_it_is_not_asked_for_twice(room: Room, kind: str, code: str) -> None:
    enter(room)
    recordings.start(room, By())
    if kind == "stop":
        recordings.stop(room, By())
    with pytest.raises(ValidationError) as refused:
        getattr(recordings, kind)(room, By())
    assert refused.value.code == code


def test_nothing_is_recorded_where_nobody_is(room: Room) -> None:
    for act in (recordings.start, recordings.stop):
        with pytest.raises(ValidationError) as refused:
            act(room, By())
        assert refused.value.code == "nobody"
    enter(room)
    with pytest.raises(ValidationError) as refused:
        recordings.stop(room, By())
    assert refused.value.code == "not_recording"


def test_who_waits_for_a_host_cannot_be_recorded(room: Room) -> None:
    room.waits_for_host = True
    room.save()
    assert enter(room).waiting
    with pytest.raises(ValidationError) as refused:
        recordings.start(room, By())
    assert refused.value.code == "nobody"
    assert not Recording.objects.exists()


def test_it_is_stopped_and_told_so(room: Room) -> None:
    enter(room)
    recordings.start(room, By())
    carry_out()
    carry_out()
    recordings.stop(room, By())
    before = timezone.now()
    carry_out()
    recording = Recording.objects.get()
    assert recording.status == Status.FETCHING
    assert recording.stopped_at
    assert recording.stopped_at >= before
    assert recording.due_at == recording.stopped_at + HEARD_WITHIN
    room.refresh_from_db()
    assert room.recording is None
    texts = [one.text for one in Command.objects.filter(kind=Kind.SAY).order_by("created_at")]
    assert texts[-1] == "The recording has stopped."
    recordings.start(room, By())
    assert Recording.objects.count() == 2


def test_stopping_before_it_has_started_comes_after_it_for_the_same_call(room: Room) -> None:
    """The carrier is asked for what concerns one call in its order, so nothing goes on."""
    enter(room, ANA)
    started = recordings.start(room, By())
    enter(room, BEN, host=True)
    assert recordings.stop(room, By()).participant == started.participant


def test_somebody_else_is_asked_where_the_one_has_left(room: Room) -> None:
    first, second = enter(room, ANA, host=True), enter(room, BEN)
    command = recordings.start(room, By(participant=first))
    go(first)
    commands.refused(command, commands.GONE)
    [again] = asked(Kind.RECORD)
    assert (again.participant, again.by_participant) == (second, first)
    assert Recording.objects.get().status == Status.STARTING
    carry_out()
    assert Recording.objects.get().status == Status.RECORDING


def test_one_that_the_carrier_refuses_has_failed(room: Room) -> None:
    enter(room)
    command = recordings.start(room, By())
    commands.refused(command, "Vonage answered 400")
    recording = Recording.objects.get()
    assert (recording.status, recording.error) == (Status.FAILED, "Vonage answered 400")
    room.refresh_from_db()
    assert room.recording is None
    assert not asked(Kind.SAY)


def test_one_whose_start_came_too_late_is_stopped_to_be_sure(room: Room) -> None:
    enter(room)
    commands.refused(recordings.start(room, By()), commands.LATE)
    assert Recording.objects.get().status == Status.FAILED
    assert len(asked(Kind.STOP_RECORDING)) == 1
    carry_out()
    assert Recording.objects.get().status == Status.FAILED


def test_the_end_of_a_command_counts_once(room: Room) -> None:
    enter(room)
    command = recordings.start(room, By())
    carry_out()
    commands.done(command)
    recordings.started(command)
    assert len(asked(Kind.SAY)) == 1
    stop = recordings.stop(room, By())
    carry_out()
    stopped_at = Recording.objects.get().stopped_at
    commands.done(stop)
    recordings.stopped(stop)
    assert Recording.objects.get().stopped_at == stopped_at


@pytest.mark.parametrize("done", [True, False], ids=["recording", "starting"])
def test_it_ends_with_the_conference(room: Room, done: bool) -> None:
    stay = enter(room)
    command = recordings.start(room, By())
    if done:
        carry_out()
    go(stay)
    if not done:
        commands.refused(command, commands.GONE)
    recording, conference = Recording.objects.get(), stay.conference
    conference.refresh_from_db()
    assert (recording.status, recording.stopped_at) == (Status.FETCHING, conference.ended_at)
    room.refresh_from_db()
    assert (room.recording, room.open_conference) == (None, None)


@pytest.fixture
def recorder(room: Room) -> Room:
    """A room that records from the first."""
    room.records = True
    room.save()
    return room


def test_a_room_may_record_from_the_first(recorder: Room) -> None:
    come(recorder, ANA)
    recording = Recording.objects.get()
    assert (recording.status, recording.from_the_first) == (Status.RECORDING, True)
    come(recorder, BEN)
    assert Recording.objects.count() == 1
    assert told(recording) == {ANA: "entry", BEN: "entry"}
    assert not Command.objects.exists()


def test_what_was_stopped_is_not_recorded_again_because_somebody_enters(recorder: Room) -> None:
    come(recorder, ANA)
    recordings.stop(recorder, By())
    carry_out()
    come(recorder, BEN)
    assert Recording.objects.count() == 1
    assert told(Recording.objects.get()) == {ANA: "entry"}
    for stay in actions.there(recorder):
        go(stay)
    come(recorder, CARL)  # another conference
    assert Recording.objects.count() == 2


@pytest.mark.parametrize("how", ["enters", "is promoted"])
def test_who_waits_is_told_before_it_begins(recorder: Room, how: str) -> None:
    recorder.waits_for_host = True
    recorder.save()
    waits = come(recorder, ANA)
    assert not Recording.objects.exists()
    assert RecordingNotice.objects.get().recording is None
    if how == "enters":
        come(recorder, BEN, host=True)
    else:
        actions.promote(waits, By())
    recording = Recording.objects.get()
    recorder.refresh_from_db()
    assert recorder.recording == recording
    assert told(recording)[ANA] == "entry"
    assert recording.status == Status.RECORDING


def test_one_who_cannot_enter_twice_is_told_once(recorder: Room) -> None:
    come(recorder, ANA)
    with pytest.raises(presence.AlreadyIn):
        come(recorder, ANA)
    assert RecordingNotice.objects.count() == 1


def test_how_long_it_waits_for_the_carrier() -> None:
    assert dt.timedelta(minutes=30) == HEARD_WITHIN
