"""Numbers of an account, and leaving a room to key another code."""

from typing import Any

import pytest

from rooms import changes
from rooms.accounts.models import Account
from rooms.conferences.models import Conference, Participant, UsageRecord
from rooms.models import PhoneNumber, Room
from telephony import call_flow, entry, lines
from telephony.models import Call
from tests.at_once import at_once
from tests.telephony import doorstep, vonage
from tests.telephony.doorstep import call, counts, hang_up, phone, stay
from tests.telephony.vonage import Phone


@pytest.fixture(autouse=True)
def _service(number: PhoneNumber, room: Room) -> None:
    changes.change(room, host_pin=doorstep.HOST_PIN)


@pytest.fixture
def second(room: Room, account: Account) -> Room:
    return changes.make(account, name="Second")


# --- Numbers --------------------------------------------------------------------------------


@pytest.fixture
def own(account: Account) -> PhoneNumber:
    return PhoneNumber.objects.create(number="+15550777", account=account, language="de")


def test_a_number_of_an_account_with_one_room_asks_for_no_code(room: Room, own: Any) -> None:
    one = Phone(to="15550777").dial()
    assert one.conversation_name == room.pk
    assert one.ncco[0]["language"] == "en-US", "the room's"


def test_a_number_of_an_account_leads_to_its_rooms_alone(
    room: Room, second: Room, own: Any, charlie: Any
) -> None:
    theirs = changes.make(charlie.accounts.get(), name="Theirs", host_pin=doorstep.HOST_PIN)
    one = Phone(to="15550777").dial()
    assert one.ncco[0]["language"] == "de-DE"
    one.key(theirs.access_code or "")
    assert one.heard.startswith(f"Den Raum {' '.join(theirs.access_code or '')} gibt es nicht.")
    one.key(f"{theirs.access_code}*{doorstep.HOST_PIN}")
    assert not Participant.objects.exists()
    assert one.key(second.access_code or "").conversation_name == second.pk
    host = Phone(to="15550777").dial().key(f"{room.access_code}*{doorstep.HOST_PIN}")
    assert stay(host).is_host
    assert phone().dial().key(theirs.access_code or "").conversation_name == theirs.pk


def test_an_account_without_a_room_has_no_code_to_key(room: Room, own: Any) -> None:
    changes.archive(room)
    lines.forget()
    assert [action["action"] for action in Phone(to="15550777").dial().ncco] == ["talk", "input"]


def test_an_archived_room_does_not_count(room: Room, second: Room, own: Any) -> None:
    changes.archive(second)
    assert Phone(to="15550777").dial().conversation_name == room.pk


# --- Another code ---------------------------------------------------------------------------


def ask_again(one: Phone) -> Phone:
    """What the carrier is told by a transfer once they keyed `**`."""
    one.ncco = entry.again(one.uuid, "en", "api-us-1.vonage.com")
    return one


def test_who_leaves_a_room_keys_another_code_in_the_same_call(room: Room, second: Room) -> None:
    one = call(room, 1)
    entered = one.ncco
    ask_again(one)
    assert one.heard == "Key another room code, then hash."
    again = one.ncco
    assert ask_again(one).ncco == again, "a transfer that is repeated says the same"
    asked = one.input_path
    one.key(second.access_code or "")
    assert one.conversation_name == second.pk
    assert (counts(room), counts(second)) == ((0, 0, 0), (1, 0, 0))
    left, there = Participant.objects.order_by("pk")
    assert (left.left_why, left.left_at is not None) == ("moved", True)
    assert (there.call, there.left_at) == (one.uuid, None)
    assert UsageRecord.objects.filter(participant=left).count() == 1
    assert Conference.objects.get(room=room).ended_at
    assert one.key(second.access_code or "", url=asked).conversation_name == second.pk
    assert counts(second) == (1, 0, 0)
    steps = Call.objects.get().steps
    assert sorted(steps) == ["1", "2"]
    assert steps["1"]["ncco"] == entered
    hang_up(one)
    assert counts(second) == (0, 0, 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("same", [True, False])
def test_keys_delivered_at_once_move_a_caller_once(room: Room, second: Room, same: bool) -> None:
    target = room if same else second
    one = ask_again(call(room, 1))
    payload = {**one.facts, "dtmf": {"digits": target.access_code, "timed_out": False}}
    answers: Any = at_once(*[lambda: vonage.post(one.input_path, payload).json()] * 5)
    assert all(answer == answers[0] for answer in answers)
    assert answers[0][-1]["name"] == target.pk
    assert counts(target) == (1, 0, 0)
    assert Participant.objects.count() == 2


def test_the_same_room_may_be_keyed_again(room: Room) -> None:
    one = ask_again(call(room, 1)).key(f"{room.access_code}*{doorstep.HOST_PIN}")
    assert one.conversation_name == room.pk
    assert counts(room) == (1, 0, 1)


def test_each_round_has_its_own_steps_and_tries(room: Room) -> None:
    one = call(room, 1)
    for _press in range(call_flow.MOST_STEPS - 1):
        ask_again(one).key("*")
        assert "input" in [action["action"] for action in one.ncco]
    ask_again(one)
    for _press in range(call_flow.MOST_STEPS):
        assert "input" in [action["action"] for action in one.ncco]
        one.key("*")
    assert one.heard.endswith("Goodbye.")


def test_a_call_that_keys_no_other_code_hears_goodbye(room: Room) -> None:
    one = ask_again(call(room, 1))
    one.key("999999").key("999999").key("999999")
    assert one.heard.endswith("Goodbye.")
    assert counts(room) == (1, 0, 0), "the end of the stay is told by the carrier"
    hang_up(one)
    assert counts(room) == (0, 0, 0)


def test_whom_we_called_is_known_by_the_number_that_we_dialled(room: Room, second: Room) -> None:
    one = call(room, 1)
    Call.objects.update(direction="outbound", caller="+15550100", dialled="+34600123456")
    one.number, one.to = "15550100", "34600123456"
    ask_again(one).key(second.access_code or "")
    assert stay(one).caller == "+34600123456"


def test_an_account_number_keeps_to_its_account(
    room: Room, second: Room, own: Any, charlie: Any
) -> None:
    theirs = changes.make(charlie.accounts.get(), name="Theirs")
    one = Phone(to="15550777").dial().key(room.access_code or "")
    ask_again(one).key(theirs.access_code or "")
    assert one.conversation_name is None
    assert one.key(second.access_code or "").conversation_name == second.pk


def test_a_call_that_is_over_is_let_into_no_other_room(room: Room, second: Room) -> None:
    one = ask_again(call(room, 1))
    hang_up(one)
    assert one.key(second.access_code or "").ncco == []
    assert counts(second) == (0, 0, 0)
    assert Call.objects.get().ended_at


def test_who_came_by_the_rooms_own_number_keys_another_code_before_the_carrier_answered(
    room: Room, second: Room
) -> None:
    """The stay is still open: our request to lead them out has not come back."""
    PhoneNumber.objects.create(number="+15550778", room=room)
    one = Phone(to="15550778").dial()
    one.ncco = entry.again(one.uuid, "en")
    assert one.key(second.access_code or "").conversation_name == second.pk
    assert counts(room) == (0, 0, 0)
