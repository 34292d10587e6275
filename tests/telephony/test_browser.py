"""Callers from a browser: what a token lets them into, whom it does not, and what they hear."""

import datetime as dt
import html
import json
from collections.abc import Callable, Iterator
from typing import Any

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rooms import changes
from rooms.accounts.models import Account, ApiKey, Membership, User
from rooms.conferences import actions
from rooms.conferences.commands import By
from rooms.conferences.models import Participant, Recording, RecordingNotice
from rooms.meetings.models import Invitee
from rooms.models import PhoneNumber, Room
from rooms.notices.models import Notice
from telephony import browser, entry, guessing
from telephony.browser import BrowserToken, JoinToken
from telephony.models import Call, WrongCode
from telephony.vonage import app_user
from tests.api_client import Api, Person, codes, slug
from tests.at_once import at_once
from tests.meetings.plans import invite, plan
from tests.telephony import vonage
from tests.telephony.doorstep import counts, refused, stay
from tests.telephony.vonage import Phone

NOW = dt.datetime(2026, 12, 1, 9, 0, tzinfo=dt.UTC)
CLOSED = "This way into the room is closed now. Key your room code, then hash."


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def _line(clock: Any, number: PhoneNumber) -> None:
    """The clock stands still, and the service has a number."""


class Browser(Phone):
    """A page that calls, with what the API gave it."""

    def __init__(self, given: dict[str, Any], *, sent: Any = None, to: str = "") -> None:
        super().__init__(to=to)
        self.user = str(given["user"])
        self.custom = {"join_token": given["join_token"]} if sent is None else sent

    @property
    def facts(self) -> dict[str, Any]:
        facts = {key: value for key, value in super().facts.items() if value and key != "from"}
        return {**facts, "from_user": self.user, "endpoint_type": "app"}

    def dial(self) -> "Browser":
        self._heard(vonage.post("/telephony/answer", {**self.facts, "custom_data": self.custom}))
        return self

    def dial_by_get(self) -> "Browser":
        payload = {**self.facts, "custom_data": json.dumps(self.custom)}
        self._heard(vonage.get("/telephony/answer", payload))
        return self


@pytest.fixture
def api(account: Account, alice: User) -> Api:
    return Api(account, "control", made_by=alice)


def give(api: Api, room: Room, **wishes: Any) -> dict[str, Any]:
    answer = api.post(f"rooms/{room.pk}/browser_tokens/", wishes)
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


# What the API gives.


def test_a_token_is_for_one_browser_for_a_quarter_of_an_hour(api: Api, room: Room) -> None:
    given = give(api, room, name="Ana")
    assert given["expires_at"] == "2026-12-01T09:15:00Z"
    assert given["session_expires_at"] == "2026-12-01T12:00:00Z"
    assert given["application_id"] == settings.VONAGE_APPLICATION_ID
    assert give(api, room, name="Ana")["user"] != given["user"], "each browser is a user of its own"


def test_the_jwt_is_a_users_as_vonages_client_sdk_wants_it(api: Api, room: Room) -> None:
    given = give(api, room)
    private = load_pem_private_key(settings.VONAGE_PRIVATE_KEY.encode(), None)
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert jwt.get_unverified_header(given["jwt"])["alg"] == "RS256"
    claims = jwt.decode(given["jwt"], public, algorithms=["RS256"])
    assert claims["sub"] == given["user"]
    assert claims["application_id"] == settings.VONAGE_APPLICATION_ID
    assert set(claims["acl"]["paths"]) >= {"/*/sessions/**", "/*/legs/**", "/*/rtc/**"}
    assert claims["exp"] - claims["iat"] == 3 * 3600
    assert claims["jti"] != jwt.decode(give(api, room)["jwt"], public, ["RS256"])["jti"]


def test_a_users_token_lasts_no_longer_than_vonage_takes() -> None:
    with pytest.raises(ValueError, match="at most"):
        app_user.token(
            application_id="a",
            private_key=settings.VONAGE_PRIVATE_KEY,
            user="u",
            issued_at=NOW,
            expires_at=NOW + dt.timedelta(hours=25),
        )


def test_who_may_give_one(
    account: Account, room: Room, alice: User, bob: User, charlie: User, clock: Any
) -> None:
    path = f"rooms/{room.pk}/browser_tokens/"
    for friend in (Person(alice), Person(bob)):
        assert friend.post(path, {}).status_code == 201
    reader, outsider = Api(account, "read", "rooms"), Api(charlie.accounts.get(), made_by=charlie)
    assert slug(reader.post(path, {})) == "missing-scope"
    for stranger in (outsider, Person(charlie)):
        assert slug(stranger.post(path, {})) == "not-found"
    assert slug(Api().post(path, {})) == "unauthenticated"


def test_what_it_does_not_take(api: Api, room: Room, alice: User) -> None:
    path = f"rooms/{room.pk}/browser_tokens/"
    elsewhere = invite(plan(changes.make(room.account, name="Other"), alice), "Ben")
    assert codes(api.post(path, {"invitee": elsewhere.pk})) == {"/invitee": "not_found"}
    assert codes(api.post(path, {"name": "A\nB"})) == {"/name": "invalid"}
    assert codes(api.post(path, {"name": "A" * 101})) == {"/name": "max_length"}
    changes.archive(room)
    assert slug(api.post(path, {})) == "conflict"


def test_a_request_that_is_repeated_gives_the_same_token(api: Api, room: Room) -> None:
    path = f"rooms/{room.pk}/browser_tokens/"
    first, again = (api.post(path, {"name": "Ana"}, Idempotency_Key="one") for _ in range(2))
    assert first.json() == again.json()


# What it opens.


def test_a_browser_enters_by_its_token_and_is_a_participant_like_any_other(
    api: Api, room: Room, alice_client: Client
) -> None:
    one = Browser(give(api, room, name="Ana Ruiz")).dial()
    assert one.heard == "Welcome to Standup, Ana Ruiz. You are the first here. Stay on the line."
    assert one.conversation_name == room.pk
    there = stay(one)
    assert (there.caller, there.name, there.role, there.waiting) == ("", "Ana Ruiz", "guest", False)
    call = Call.objects.get(pk=one.uuid)
    assert (call.caller, call.dialled, call.room, call.direction) == ("", "", room, "inbound")
    panel = html.unescape(alice_client.get(f"/rooms/{room.pk}/live/").content.decode())
    assert "Ana Ruiz" in panel
    assert "number withheld" not in panel
    assert actions.mute(there, True, By()).status == "pending"
    notice = Notice.objects.filter(kind="presence")
    assert not notice.exists(), "as for any caller, a sweep tells of it"


def test_a_repeat_gets_the_same_and_counts_nobody_twice(api: Api, room: Room, clock: Any) -> None:
    one = Browser(give(api, room, name="Ana"))
    first = one.dial().ncco
    assert one.dial().ncco == first
    assert one.dial_by_get().ncco == first
    clock.shift(dt.timedelta(minutes=20))
    assert one.dial().ncco == first, "the token has run out since, the call has not"
    assert counts(room) == (1, 0, 0)
    changes.archive(room)
    assert one.dial().ncco == first


@pytest.mark.django_db(transaction=True)
def test_deliveries_at_the_same_time_are_one_call(api: Api, room: Room) -> None:
    one = Browser(give(api, room, name="Ana"))
    payload = {**one.facts, "custom_data": one.custom}
    answers = at_once(*[lambda: vonage.post("/telephony/answer", payload).json()] * 4)
    assert all(answer == answers[0] for answer in answers)
    assert counts(room) == (1, 0, 0)


def test_the_token_may_come_as_text_in_a_query(api: Api, room: Room) -> None:
    assert Browser(give(api, room)).dial_by_get().conversation_name == room.pk


@pytest.mark.parametrize("to", ["", "15550100", "browser"])
def test_it_does_not_matter_which_number_the_page_names(to: str, api: Api, room: Room) -> None:
    assert Browser(give(api, room), to=to).dial().conversation_name == room.pk


def test_an_invitee_is_known_and_comes_in_at_the_times_of_the_meeting(
    api: Api, room: Room, alice: User, clock: Any
) -> None:
    Room.objects.update(opens_before=15, personal_pins=True)
    ana = invite(plan(room, alice), "Ana")
    starts = ana.meeting.occurrences.first()
    assert starts
    clock.move_to(starts.starts_at - dt.timedelta(hours=1))
    refused(Browser(give(api, room, invitee=ana.pk)).dial(), "This meeting has not begun.", room)
    clock.move_to(starts.starts_at - dt.timedelta(minutes=10))
    one = Browser(give(api, room, invitee=ana.pk)).dial()
    assert one.heard.startswith("Welcome to Standup, Ana.")
    assert (stay(one).invitee, stay(one).role) == (ana, "guest")
    two = Browser(give(api, room, invitee=ana.pk, name="Ana's daughter")).dial()
    assert stay(two).name == "Ana's daughter"
    organizer = Invitee.objects.get(meeting=ana.meeting, is_organizer=True)
    assert stay(Browser(give(api, room, invitee=organizer.pk)).dial()).is_host


def test_no_pin_is_asked_but_guests_wait_for_a_host(api: Api, room: Room) -> None:
    Room.objects.update(guest_pin="13579", waits_for_host=True, asks_when_alone=True)
    guest = Browser(give(api, room, name="Ana")).dial()
    assert "The host is not here yet." in guest.heard
    assert (stay(guest).waiting, counts(room)) == (True, (0, 1, 0))
    host = Browser(give(api, room, name="Olga", host=True)).dial()
    assert "One person is here." in host.heard
    assert counts(room) == (2, 0, 1)


def test_a_room_that_has_the_first_press_1_lets_a_browser_in(api: Api, room: Room) -> None:
    Room.objects.update(asks_when_alone=True)
    assert Browser(give(api, room, name="Ana")).dial().conversation_name == room.pk


def test_a_recorded_call_is_told(api: Api, room: Room) -> None:
    Room.objects.update(records=True)
    one = Browser(give(api, room)).dial()
    assert "This call is recorded." in one.heard
    assert RecordingNotice.objects.get().participant == stay(one)
    assert Recording.objects.get().from_the_first


# Whom it does not let in.


def _archive(room: Room) -> None:
    changes.archive(room)


def _lock(room: Room) -> None:
    Room.objects.filter(pk=room.pk).update(locked=True)


def _end_hosting(room: Room) -> None:
    Account.objects.update(hosting_until=NOW - dt.timedelta(hours=5))


def _use_up(room: Room) -> None:
    Account.objects.update(capped_until=NOW + dt.timedelta(days=3))


@pytest.mark.parametrize(
    ("change", "heard"),
    [
        (_lock, "This room is locked."),
        (_end_hosting, "This room is not active at the moment."),
        (_use_up, "The minutes of this room are used up."),
    ],
)
def test_the_room_refuses_it_as_any_caller(
    change: Callable[[Room], None], heard: str, api: Api, room: Room
) -> None:
    one = Browser(give(api, room, name="Ana"))
    change(room)
    refused(one.dial(), heard, room)
    first = one.ncco
    assert one.dial().ncco == first


def test_a_full_room_refuses_it(api: Api, room: Room, settings: Any) -> None:
    settings.ROOM_CAPACITY = 1
    Phone().dial().key(room.access_code or "")
    refused(Browser(give(api, room)).dial(), "This room is full.", room)


def test_a_lock_does_not_hold_a_host(api: Api, room: Room) -> None:
    _lock(room)
    assert Browser(give(api, room, host=True)).dial().conversation_name == room.pk


def _shift(clock: Any, given: dict[str, Any], room: Room) -> None:
    clock.shift(dt.timedelta(minutes=15, seconds=1))


def _tamper(clock: Any, given: dict[str, Any], room: Room) -> None:
    told, signature = given["join_token"].rsplit(":", 1)
    given["join_token"] = f"{told[:-4]}AAAA:{signature}"


def _sign_elsewhere(clock: Any, given: dict[str, Any], room: Room) -> None:
    told = signing.Signer(salt="telephony.browser").unsign_object(given["join_token"])
    given["join_token"] = signing.Signer(salt="telephony.step").sign_object(told)


def _grow_old(clock: Any, given: dict[str, Any], room: Room) -> None:
    """A token of a version that told other things."""
    given["join_token"] = signing.Signer(salt="telephony.browser").sign_object({"place": room.pk})


def _take_another_session(clock: Any, given: dict[str, Any], room: Room) -> None:
    given["user"] = "browser_01jd2m8q7w9e1r3t5y7u9i1o3p"


def _archived(clock: Any, given: dict[str, Any], room: Room) -> None:
    _archive(room)


def _revoke(clock: Any, given: dict[str, Any], room: Room) -> None:
    ApiKey.objects.update(revoked_at=NOW)


def _narrow(clock: Any, given: dict[str, Any], room: Room) -> None:
    ApiKey.objects.update(scopes=["read"])


SPOILT = [
    _shift,
    _tamper,
    _sign_elsewhere,
    _grow_old,
    _take_another_session,
    _archived,
    _revoke,
    _narrow,
]


@pytest.mark.parametrize("spoil", SPOILT)
def test_without_a_token_that_counts_a_code_is_asked(
    spoil: Callable[..., None], api: Api, room: Room, clock: Any
) -> None:
    given = give(api, room, name="Ana", host=True)
    spoil(clock, given, room)
    one = Browser(given).dial()
    assert one.heard == CLOSED
    assert [action["action"] for action in one.ncco] == ["talk", "input"]
    first = one.ncco
    assert one.dial().ncco == first
    assert not Participant.objects.exists()


@pytest.mark.parametrize(
    "sent", ["", "no JSON", "[1]", "[" * 5000, {}, {"join_token": 7}, {"join_token": ["x"]}, 4]
)
def test_what_a_page_sends_along_is_not_believed(sent: Any, room: Room) -> None:
    one = Browser({"user": "browser_x", "join_token": ""}, sent=sent).dial()
    assert one.heard == CLOSED
    one.key(room.access_code or "")
    assert one.conversation_name == room.pk
    assert (stay(one).name, stay(one).caller) == ("", "")


def test_a_members_token_is_worth_nothing_once_they_have_left(room: Room, bob: User) -> None:
    given = give(Person(bob), room)
    Membership.objects.filter(user=bob).delete()
    assert Browser(given).dial().heard == CLOSED


def test_an_invitee_who_was_taken_off_the_list_is_not_let_in(
    api: Api, room: Room, alice: User
) -> None:
    ana = invite(plan(room, alice), "Ana")
    given = give(api, room, invitee=ana.pk)
    Invitee.objects.filter(pk=ana.pk).update(removed_at=NOW)
    assert Browser(given).dial().heard == CLOSED


def test_it_is_asked_in_the_language_of_the_room_it_named(api: Api, room: Room, clock: Any) -> None:
    Room.objects.update(language="de")
    given = give(api, room)
    clock.shift(dt.timedelta(hours=1))
    assert Browser(given).dial().ncco[0]["language"] == "de-DE"


def test_who_names_a_rooms_own_number_does_not_walk_in_by_it(room: Room) -> None:
    PhoneNumber.objects.create(number="+15550111", room=room)
    one = Browser({"user": "browser_x", "join_token": ""}, to="15550111").dial()
    assert one.heard == CLOSED
    assert not Participant.objects.exists()


def test_a_user_named_like_a_number_is_not_taken_for_one(room: Room) -> None:
    one = Browser({"user": "34600123456", "join_token": ""}).dial()
    one.key(room.access_code or "")
    assert stay(one).caller == ""


def test_codes_keyed_in_a_browser_are_counted_as_those_of_hidden_numbers(room: Room) -> None:
    one = Browser({"user": "browser_x", "join_token": ""}).dial()
    before = guessing.week(timezone.now()).lately
    one.key("99999999")
    assert "is not a room" in one.heard
    assert guessing.week(timezone.now()).lately == before + 1
    assert WrongCode.objects.get().caller == ""


def test_it_may_leave_and_key_another_code(api: Api, room: Room) -> None:
    other = changes.make(room.account, name="Other")
    one = Browser(give(api, room, name="Ana")).dial()
    one.ncco = entry.again(one.uuid, "en")
    one.key(other.access_code or "")
    assert one.conversation_name == other.pk
    assert stay(one).room == other


# What is told of it.


def test_the_story_of_its_call(api: Api, room: Room, alice_client: Client) -> None:
    one = Browser(give(api, room, name="Ana")).dial()
    page = html.unescape(alice_client.get(f"/calls/{one.uuid}/").content.decode())
    assert "Called from the browser." in page
    assert "Ana came into “Standup”." in page
    assert "in a browser" in html.unescape(
        alice_client.get(f"/rooms/{room.pk}/calls/").content.decode()
    )


def test_it_takes_few_statements(api: Api, room: Room) -> None:
    given = give(api, room)
    with CaptureQueriesContext(connection) as queries:
        Browser(given).dial()
    told = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
    counted = [one["sql"] for one in queries if not one["sql"].startswith(told)]
    assert len(counted) <= 8, counted


def test_a_token_is_read_as_it_was_written() -> None:
    token = JoinToken("rm_1", "browser_1", "mb_1", 17, "Ána 🙂", "iv_1", True)
    assert JoinToken.from_text(token.text()) == token


def test_it_is_made_without_asking_the_carrier(room: Room) -> None:
    made = browser.let_in(room, by="mb_1", at=NOW)
    assert isinstance(made, BrowserToken)
    assert made.expires_at - NOW == dt.timedelta(minutes=15)
