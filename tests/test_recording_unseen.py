"""A script that says to record, carried in after the recording was stopped, records nothing."""

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from rooms.conferences import actions, commands, presence, recording_unseen, recordings
from rooms.conferences.commands import By
from rooms.conferences.models import Command, Participant, Recording
from rooms.models import PhoneNumber, Room
from tests.on_the_line import ANA, BEN, carry_out, go
from tests.telephony import vonage
from tests.telephony.conftest import number as number
from tests.telephony.vonage import Phone
from tests.test_recordings import asked, come

pytestmark = pytest.mark.django_db
Kind = Command.Kind


@pytest.fixture
def recorder(room: Room) -> Room:
    """A room that records from the first."""
    room.records = True
    room.save()
    return room


@transaction.atomic
def arrive(stay: Participant) -> None:
    """The carrier says that they are in."""
    room = Room.objects.locked().get(pk=stay.room_id)
    presence.confirm(room, call=stay.call, at=timezone.now())
    recording_unseen.arrived(room, call=stay.call)


def stops() -> list[Participant | None]:
    return [command.participant for command in asked(Kind.STOP_RECORDING)]


def stop(room: Room) -> None:
    recordings.stop(room, By())
    carry_out()


def test_who_arrives_after_the_stop_is_led_in_anew_and_once(recorder: Room) -> None:
    arrive(come(recorder, ANA))
    late = come(recorder, BEN)
    stop(recorder)
    assert stops() == []
    arrive(late)
    arrive(late)
    assert stops() == [late]
    carry_out()
    assert stops() == []
    assert Recording.objects.count() == 1
    texts = Command.objects.filter(kind=Kind.SAY, participant=late).values_list("text", flat=True)
    assert list(texts) == ["The recording has stopped."]


def test_who_arrived_while_it_was_being_stopped_is_too(recorder: Room) -> None:
    """The carrier may have stopped before, and tell of it after."""
    arrive(come(recorder, ANA))
    late = come(recorder, BEN)
    recordings.stop(recorder, By())
    arrive(late)
    assert len(stops()) == 1
    carry_out()
    assert stops() == [late]


def test_nothing_is_asked_while_it_is_recorded_or_of_who_did_not_hear_so(recorder: Room) -> None:
    arrive(come(recorder, ANA))
    arrive(come(recorder, BEN))
    assert stops() == []
    stop(recorder)
    arrive(come(recorder, "+34600000044"))
    assert stops() == []


def test_another_recording_is_not_begun_before_it_is_done(recorder: Room) -> None:
    arrive(come(recorder, ANA))
    late = come(recorder, BEN)
    stop(recorder)
    arrive(late)
    with pytest.raises(ValidationError) as refused:
        recordings.start(recorder, By())
    assert refused.value.code == "stopping"
    carry_out()
    recordings.start(recorder, By())


def test_one_that_was_begun_anew_meanwhile_goes_on(recorder: Room) -> None:
    arrive(come(recorder, ANA))
    late = come(recorder, BEN)
    stop(recorder)
    recordings.start(recorder, By())
    carry_out()
    arrive(late)
    assert stops() == []


def test_where_they_have_left_another_call_is_asked(recorder: Room) -> None:
    first = come(recorder, ANA)
    arrive(first)
    late = come(recorder, BEN)
    stop(recorder)
    arrive(late)
    [command] = asked(Kind.STOP_RECORDING)
    go(late)
    commands.refused(command, commands.GONE)
    assert stops() == [first]
    [command] = asked(Kind.STOP_RECORDING)
    go(first)
    commands.refused(command, commands.GONE)
    assert stops() == []


def test_who_was_let_in_while_it_was_stopped_is_led_in_anew(recorder: Room) -> None:
    recorder.waits_for_host = True
    recorder.save()
    waits = come(recorder, ANA)
    actions.promote(waits, By())
    [begin] = asked(Kind.BEGIN)
    recordings.stop(recorder, By())
    [stopping] = asked(Kind.STOP_RECORDING)
    commands.done(stopping)
    commands.done(begin)
    assert stops() == [waits]


def test_who_waited_and_was_let_in_by_a_host_brings_no_recording(recorder: Room) -> None:
    recorder.waits_for_host = True
    recorder.save()
    waits = come(recorder, ANA)
    arrive(come(recorder, BEN, host=True))
    stop(recorder)
    arrive(waits)
    assert stops() == []


def test_the_carriers_word_that_a_call_arrived_is_enough(
    number: PhoneNumber, recorder: Room
) -> None:
    first, late = (Phone(f"1555019{n}").dial() for n in (1, 2))
    for phone in (first, late):
        phone.key(recorder.access_code or "")
    assert late.ncco[-1]["record"] is True
    vonage.post("/telephony/event", first.transfer())
    stop(recorder)
    assert vonage.post("/telephony/event", late.transfer()).status_code == 204
    assert stops() == [Participant.objects.get(call=late.uuid)]
