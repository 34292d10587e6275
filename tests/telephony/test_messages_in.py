"""SMS to us: a code is called back, words are honoured, and nothing can be made to cost much."""

import datetime as dt
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.utils import timezone

from rooms import phones, sms
from rooms.accounts import blocked
from rooms.accounts.models import Account, BlockedNumber, User
from rooms.conferences.models import Participant
from rooms.meetings import call_in, call_me, invitees, reminder_sweep
from rooms.meetings.invitees import Guest
from rooms.meetings.models import CallRequest
from rooms.models import PhoneNumber, Room
from rooms.notices import delivery
from rooms.notices.models import Notice
from telephony import guessing, messages_in, messages_texts, texted, voice
from telephony.models import Call, IncomingSms, SmsWish, WrongCode
from telephony.texted import Word
from tests.at_once import at_once
from tests.meetings import reminding
from tests.telephony.fake_api import Vonage
from tests.telephony.test_call_me import Rung
from tests.telephony.texting import ANA, answers, deliver, earlier, text
from tests.telephony.texting import sms as payload_of
from tests.telephony.vonage import post

Status = CallRequest.Status
NOW = dt.datetime(2026, 12, 1, 10, 0, tzinfo=dt.UTC)


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def _line(clock: Any, number: PhoneNumber, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_me, "PACE", 0)
    cache.delete(call_me.LOCK)


def sweep() -> int:
    return call_me.place_due(until=timezone.now() + dt.timedelta(seconds=30))


def code_of(room: Room) -> str:
    assert room.access_code
    return room.access_code


def rung(vonage: Vonage) -> Rung:
    assert sweep() == 1
    return Rung(vonage.placed[-1])


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("4829301", "4829301"),
        ("482 9301", "4829301"),
        ("482-93-01#", "4829301"),
        ("Join 482 9301 please", "4829301"),
        ("the code is 4829301, at 5 pm", "4829301"),
        ("４８２９３０１", "4829301"),
        ("482 9301 or 739 1046", ""),
        ("1235", "1235"),
        ("123", ""),
        ("1" * 21, ""),
        ("", ""),
        ("hello", ""),
        ("٤٨٢٩٣٠١", ""),
    ],
)
def test_the_code_in_a_text(said: str, code: str) -> None:
    assert texted.code(said) == code


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("STOP", Word.STOP),
        (" stop. ", Word.STOP),
        ("Stop all", Word.STOP),
        ("Стоп!", Word.STOP),
        ("quit", Word.STOP),
        ("Start", Word.START),
        ("info", Word.HELP),
        ("помощь", Word.HELP),
        ("please stop calling", None),
        ("STOP 4829301", None),
        ("", None),
    ],
)
def test_the_word_in_a_text(said: str, word: Word | None) -> None:
    assert texted.word(said) == word


def test_who_texts_the_code_is_called_and_1_leads_in(vonage_api: Vonage, room: Room) -> None:
    assert text(f"Hi, {code_of(room)[:3]} {code_of(room)[3:]}") == "called"
    kept = IncomingSms.objects.get()
    assert (kept.text, kept.room) == ("", room), "a code is as good as a key"
    phone = rung(vonage_api)
    assert vonage_api.placed[0]["to"] == [{"type": "phone", "number": ANA}]
    phone.pick_up()
    assert phone.heard == "You asked AnyRoom for this call by SMS. Press 1 to enter your room."
    phone.key("1")
    assert phone.conversation_name == room.pk
    stay = Participant.objects.get()
    assert (stay.caller, stay.role, stay.call) == (f"+{ANA}", "guest", phone.uuid)
    assert CallRequest.objects.get().status == Status.ENTERED
    phone.tell("completed")
    assert answers() == []


def test_a_machine_that_picks_up_enters_nothing(vonage_api: Vonage, room: Room) -> None:
    text(code_of(room))
    phone = rung(vonage_api).pick_up()
    for digits in ("2", "3", ""):
        phone.key(digits)
    assert phone.heard.startswith("Nobody pressed 1.")
    phone.tell("completed")
    assert (CallRequest.objects.get().status, Participant.objects.count()) == (Status.FAILED, 0)
    assert sweep() == 0, "nobody is called back twice by itself"


def test_a_room_asks_for_its_pin_as_if_the_code_were_keyed(vonage_api: Vonage, room: Room) -> None:
    Room.objects.update(guest_pin="246810", waits_for_host=True)
    text(code_of(room))
    phone = rung(vonage_api).pick_up()
    phone.key("1")
    assert phone.heard == "Key your PIN, then hash."
    wrong = phone.input_path
    first = phone.key("111111").ncco
    assert phone.key("111111", url=wrong).ncco == first
    assert WrongCode.objects.get().caller == f"+{ANA}", "the number that was called is who tries"
    phone.key("246810")
    assert "The host is not here yet" in phone.heard
    assert Participant.objects.get().waiting
    assert CallRequest.objects.get().status == Status.CALLING
    phone.tell("completed")
    assert CallRequest.objects.get().status == Status.ENTERED


def test_a_room_that_asks_whoever_is_alone_has_its_1_already(
    vonage_api: Vonage, room: Room
) -> None:
    Room.objects.update(asks_when_alone=True)
    text(code_of(room))
    assert rung(vonage_api).pick_up().key("1").conversation_name == room.pk


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"locked": True}, "This room is locked."),
        ({"people_in": 10_000}, "This room is full."),
    ],
)
def test_who_cannot_enter_is_told_so_before_and_during_the_call(
    change: dict[str, Any], told: str, vonage_api: Vonage, room: Room
) -> None:
    text(code_of(room))
    phone = rung(vonage_api).pick_up()
    Room.objects.update(**change)
    assert phone.key("1").heard.startswith(told)
    assert CallRequest.objects.get().why == "The room lets nobody in at the moment."
    assert text(code_of(room)) == "refused"
    (answer,) = answers()
    assert answer
    assert sweep() == 0


def test_a_lock_holds_no_host_who_texts_the_code(vonage_api: Vonage, room: Room) -> None:
    Room.objects.update(locked=True, waits_for_host=True)
    assert text(code_of(room)) == "called"
    phone = rung(vonage_api).pick_up()
    assert phone.key("1").heard.startswith("If you are the host, key your PIN")
    assert phone.key(room.host_pin).conversation_name == room.pk
    assert Participant.objects.get().role == "host"


def test_an_account_that_may_not_host_calls_nobody(room: Room) -> None:
    Account.objects.update(hosting_until=NOW - dt.timedelta(days=1))
    assert text(code_of(room), sender="447700900123") == "refused"
    assert "is not active" in answers("447700900123")[0]
    assert not CallRequest.objects.exists()


def test_a_wrong_code_is_told_back_a_few_times_and_counts_as_a_keyed_one(room: Room) -> None:
    number = "447700900123"
    for _turn in range(guessing.MOST_OF_A_NUMBER):
        assert text("111222", sender=number) == "wrong"
    assert (
        answers(number)
        == [
            "111222 is not a room. Text the code from your invitation, "
            f"or dial {phones.grouped('+15550100')} and key it."
        ]
        * 4
    )
    assert WrongCode.objects.filter(caller=f"+{number}").count() == guessing.MOST_OF_A_NUMBER
    assert text(code_of(room), sender=number) == "used_up", "a right one does not pass either"
    assert not guessing.take(f"+{number}", NOW).open, "nor does one that is keyed"
    assert not CallRequest.objects.exists()


def test_a_right_code_and_a_repeat_cost_no_try(room: Room) -> None:
    for _turn in range(3 * guessing.MOST_OF_A_NUMBER):
        text(code_of(room))
    payload = payload_of("111222")
    for _turn in range(guessing.MOST_OF_A_NUMBER + 1):
        deliver(payload)
    assert WrongCode.objects.count() == 1
    assert len(answers()) == 1
    assert guessing.take(f"+{ANA}", NOW).open


def test_an_answer_is_in_the_language_of_the_numbers_country(room: Room) -> None:
    for sender, language in ((ANA, "en"), ("79161234567", "ru"), ("34600123456", "es")):
        text("HELP", sender=sender)
        assert answers(sender) == [voice.say(language, messages_texts.HELP)]


@pytest.mark.parametrize(
    "sender",
    [
        "AnyBank",  # nobody can be called there
        "22345",  # a short number of some service
        "18765551234",  # Jamaica
        "19005551234",  # premium
        "447012345678",  # personal: it may lead anywhere
        "15550100",  # our own
        "",
    ],
)
def test_senders_that_get_nothing(sender: str, room: Room) -> None:
    for words in (code_of(room), "111222", "HELP", "hello", "STOP", "START"):
        text(words, sender=sender)
    assert not Notice.objects.exists()
    assert not CallRequest.objects.exists()


def test_a_number_that_is_blocked_gets_nothing(room: Room) -> None:
    BlockedNumber.objects.create(number=f"+{ANA}")
    assert text(code_of(room)) == "ignored"
    assert (answers(), CallRequest.objects.count()) == ([], 0)


def test_one_that_the_account_has_blocked_is_not_called(room: Room, account: Account) -> None:
    blocked.block(account, f"+{ANA}")
    assert text(code_of(room)) == "refused"
    assert not CallRequest.objects.exists()


def test_a_number_is_called_back_once_at_a_time_and_three_times_an_hour(
    vonage_api: Vonage, clock: Any, room: Room
) -> None:
    for turn in range(call_in.BACK_AN_HOUR):
        assert text(code_of(room)) == "called", turn
        assert text(code_of(room)) == "pending", turn
        phone = rung(vonage_api)
        phone.tell("busy")
        clock.shift(dt.timedelta(minutes=1))
    assert text(code_of(room)) == "refused"
    assert "We called you too often in the last hour." in answers()[0]
    assert (sweep(), len(vonage_api.placed)) == (0, 3)
    clock.shift(dt.timedelta(hours=1))
    assert text(code_of(room)) == "called"


def test_no_call_is_placed_once_the_months_money_is_spent(
    vonage_api: Vonage, settings: Any, room: Room
) -> None:
    settings.CALL_CAP_EUROS = 1
    Call.objects.create(uuid="a" * 32, direction="outbound", room=room, price="0.60")
    assert text(code_of(room)) == "refused"
    assert answers()[0].startswith("We cannot call you at the moment. Dial +1")
    settings.CALL_CAP_EUROS = 2
    assert text(code_of(room)) == "called"
    settings.CALL_CAP_EUROS = 1  # it was spent meanwhile
    assert (sweep(), vonage_api.placed) == (0, [])
    assert "cost all that they may" in CallRequest.objects.get().why


def test_an_sms_that_comes_late_calls_nobody(clock: Any, room: Room) -> None:
    assert text(code_of(room), timestamp=earlier(11 * 60)) == "ignored"
    assert text("111222", timestamp=earlier(11 * 60)) == "ignored"
    assert (CallRequest.objects.count(), answers()) == (0, [])
    assert text(code_of(room), timestamp=earlier(-3600)) == "called", "a clock that is ahead"


def test_a_call_that_could_not_be_placed_in_time_is_forgotten(
    vonage_api: Vonage, clock: Any, room: Room
) -> None:
    vonage_api.status = 429
    text(code_of(room))
    for _turn in range(50):
        sweep()
        clock.shift(dt.timedelta(seconds=30))
    vonage_api.status = 200
    assert (sweep(), CallRequest.objects.get().status) == (0, Status.FAILED)


def test_a_number_of_one_account_leads_to_its_rooms_alone(room: Room, charlie: Any) -> None:
    other = charlie.accounts.get()
    PhoneNumber.objects.create(number="+15550199", account=other)
    assert text(code_of(room), to="15550199") == "wrong"
    assert text(code_of(room), to="15550100") == "called"
    assert text(code_of(room), to="15550198") == "ignored", "no number of ours"


def test_stop_holds_until_start(room: Room) -> None:
    assert text("Stop") == "stopped"
    assert text("STOP") == "stopped"
    goodbye = "You will get no more SMS from AnyRoom. Text START to get them again."
    assert answers() == [goodbye]
    with pytest.raises(sms.SmsError, match="has asked for no more SMS") as refused:
        sms.send(to=f"+{ANA}", text="hello")
    assert refused.value.permanent
    assert text("HELP") == "helped"
    assert text("111222") == "wrong"
    assert answers() == [goodbye]
    assert text(code_of(room)) == "called", "a call is no SMS, and it was asked for"
    assert text("START") == "started"
    assert answers()[1:] == ["You will get SMS from AnyRoom again. Text STOP to get no more."]
    assert not SmsWish.objects.filter(stopped=True).exists()


def test_the_confirmation_alone_is_still_sent(vonage_api: Vonage) -> None:
    text("HELP")
    text("STOP")
    for _turn in range(2):
        notice = delivery.claim_next(timezone.now())
        assert notice
        delivery.deliver(notice)
    (sent,) = vonage_api.sent
    assert (sent["to"], sent["text"]) == (ANA, SmsWish.objects.get().goodbye)
    failed = Notice.objects.get(status="failed")
    assert "asked for no more SMS" in failed.error


def test_a_reminder_obeys_it_and_says_so(
    vonage_api: Vonage, clock: Any, room: Room, alice: User
) -> None:
    leads = reminding.leads(30, channel="sms")
    meeting = reminding.plan(room, alice, "2026-12-01 11:00", *leads)
    for number in (ANA, "34600000002"):
        invitees.add(meeting, [Guest(phone=f"+{number}")], by=None)
    text("STOP")
    for _notice in range(10):
        if notice := delivery.claim_next(timezone.now()):
            delivery.deliver(notice)
    vonage_api.sent.clear()
    clock.move_to(NOW + dt.timedelta(minutes=30))
    reminder_sweep.write_due(until=timezone.now() + reminding.HALF_A_MINUTE)
    delivery.deliver_due(until=timezone.now() + reminding.HALF_A_MINUTE)
    assert [one["to"] for one in vonage_api.sent] == ["34600000002"]
    refused = Notice.objects.get(kind="reminder", address=f"+{ANA}")
    assert refused.status == "failed"
    assert refused.error.endswith("This number has asked for no more SMS.")


def test_what_was_said_last_stands_in_whatever_order_it_comes(clock: Any) -> None:
    assert text("START") == "started"
    assert text("STOP", timestamp=earlier(60)) == "overtaken"
    assert not SmsWish.objects.get().stopped
    clock.shift(dt.timedelta(minutes=5))
    assert text("STOP") == "stopped"
    assert text("START", timestamp=earlier(60)) == "overtaken"
    assert SmsWish.objects.get().stopped


def test_stop_is_honoured_from_everywhere(room: Room) -> None:
    assert text("STOP", sender="18765551234") == "stopped"
    assert SmsWish.objects.get().stopped
    assert answers("18765551234") == []


def test_whatever_else_is_explained_once_a_day(clock: Any) -> None:
    """A phone that answers by itself must not talk with us for ever."""
    assert [text("I am driving") for _turn in range(5)] == ["helped", *["ignored"] * 4]
    assert answers() == [
        "AnyRoom, phone conferences. Text a room code to be called into the room, "
        "or STOP to get no more SMS."
    ]
    clock.shift(dt.timedelta(hours=25))
    assert text("I am driving") == "helped"


def test_help_is_answered_a_few_times_an_hour_and_ten_times_a_day(clock: Any) -> None:
    for _hour in range(6):
        for _turn in range(6):
            text("HELP")
        clock.shift(dt.timedelta(hours=1, seconds=1))
    assert len(answers()) == 10


@pytest.mark.parametrize(
    "change",
    [
        {"channel": "whatsapp"},
        {"message_type": "image", "text": None, "image": {"url": "https://x.example/1.png"}},
        {"text": 7},
        {"timestamp": "yesterday"},
        {"from": {"number": "x"}},
        {"sms": None, "new": {"key": 1}},
        {"text": "\0\ud800 STOP"},
    ],
)
def test_odd_payloads_are_taken(change: dict[str, Any]) -> None:
    deliver(payload_of("hi") | change)
    assert IncomingSms.objects.get().processed_at


def test_a_payload_without_its_id_is_refused() -> None:
    response = post("/telephony/message", payload_of("hi") | {"message_uuid": ""})
    assert response.status_code == 400
    assert b"message_uuid" in response.content


def test_what_a_killed_process_left_is_acted_on_by_the_sweep(
    clock: Any, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    payload = payload_of(code_of(room))
    with monkeypatch.context() as broken:
        broken.setattr(messages_in, "_call_back", lambda *_: 1 / 0)
        deliver(payload)
    left = IncomingSms.objects.get()
    assert (left.processed_at, left.attempts) == (None, 1)
    assert "ZeroDivisionError" in left.error
    clock.shift(dt.timedelta(seconds=10))
    assert messages_in.sweep(timezone.now()) == 1
    assert messages_in.sweep(timezone.now()) == 0
    deliver(payload)
    assert CallRequest.objects.count() == 1
    assert IncomingSms.objects.get().did == "called"
    messages_in.tidy(timezone.now() + messages_in.KEPT + dt.timedelta(seconds=1))
    assert not IncomingSms.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_deliveries_at_the_same_time_have_one_effect(vonage_api: Vonage, room: Room) -> None:
    right, wrong = payload_of(code_of(room)), payload_of("111222")
    at_once(*[partial(deliver, right), partial(deliver, wrong)] * 3)
    at_once(*[partial(deliver, payload_of(code_of(room))) for _turn in range(3)])
    assert (CallRequest.objects.count(), WrongCode.objects.count()) == (1, 1)
    assert len(answers()) == 1
    assert not IncomingSms.objects.exclude(error="").exists()
    assert not IncomingSms.objects.filter(processed_at=None).exists()
