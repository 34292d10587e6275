"""The API's list of calls: all that led to an account's rooms, each once and in their order."""

import datetime as dt
import importlib

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rooms import changes
from rooms.accounts.models import Account, User
from rooms.conferences import leaving
from rooms.conferences.models import Participant
from rooms.models import PhoneNumber, Room
from telephony import entry
from telephony.models import Call, MovedCall
from tests.api_client import Api
from tests.telephony.vonage import Phone


@pytest.fixture
def theirs(number: PhoneNumber, charlie: User) -> Room:
    return changes.make(charlie.accounts.get(), name="Theirs")


def _moved_on(room: Room, *others: Room) -> str:
    """Somebody who was in `room` leaves it by ** and keys the code of another; the call's id."""
    phone = Phone().dial().key(room.access_code or "")
    for other in others:
        stay = Participant.objects.select_related("room").get(call=phone.uuid, left_at=None)
        phone.ncco = entry.again(stay.call, "en")
        leaving.leave(stay.room, call=stay.call, at=timezone.now(), why=stay.LeftWhy.MOVED)
        phone.key(other.access_code or "")
    return f"cl_{phone.uuid}"


def _listed(account: Account, size: int = 200) -> list[str]:
    api, seen, cursor = Api(account, "read"), [], ""
    while cursor is not None:
        page = api.get(f"calls/?limit={size}&cursor={cursor}").json()
        seen += [one["id"] for one in page["data"]]
        cursor = page["next_cursor"]
    return seen


def test_a_call_that_moved_on_is_listed_by_both_accounts(
    room: Room, theirs: Room, account: Account
) -> None:
    first = f"cl_{Phone('15550199').dial().key(room.access_code or '').uuid}"
    moved = _moved_on(room, theirs)
    last = f"cl_{Phone('15550198').dial().key(room.access_code or '').uuid}"
    assert _listed(account) == _listed(account, 1) == [last, moved, first]
    assert _listed(theirs.account) == [moved]
    [told] = [one for one in Api(account).get("calls/").json()["data"] if one["id"] == moved]
    assert told["room"] is None, "where it went is another account's business"


def test_one_that_came_back_is_listed_once(room: Room, theirs: Room, account: Account) -> None:
    moved = _moved_on(theirs, room, theirs)
    assert MovedCall.objects.count() == 2
    assert _listed(account) == _listed(theirs.account) == _listed(theirs.account, 1) == [moved]


def test_within_an_account_nothing_needs_to_be_remembered(room: Room, account: Account) -> None:
    PhoneNumber.objects.create(number="+15550100")
    moved = _moved_on(room, changes.make(account, name="Second"))
    assert _listed(account) == [moved]
    assert not MovedCall.objects.exists()


def test_calls_made_at_one_moment_are_told_apart(room: Room, account: Account) -> None:
    at = timezone.now() - dt.timedelta(days=1)
    Call.objects.bulk_create(
        Call(uuid=f"{n}", room=room, account=account, created_at=at) for n in range(5)
    )
    assert _listed(account, 2) == [f"cl_{n}" for n in (4, 3, 2, 1, 0)]


def test_the_carriers_own_id_is_no_id_here(room: Room, account: Account) -> None:
    Call.objects.create(uuid="63f61863-4a51-4f6b-86e1-46edebcf9356", room=room)
    api = Api(account, "read")
    [listed] = api.get("calls/").json()["data"]
    assert listed["id"] == "cl_63f61863-4a51-4f6b-86e1-46edebcf9356"
    assert api.get(f"calls/{listed['id']}/").json()["id"] == listed["id"]
    for wrong in ("63f61863-4a51-4f6b-86e1-46edebcf9356", f"rm_{listed['id'][3:]}"):
        assert api.get(f"calls/{wrong}/").status_code == 404


def test_a_list_takes_as_many_statements_for_60_calls_as_for_3(
    room: Room, account: Account
) -> None:
    api, counted = Api(account, "read"), []
    api.get("calls/")  # writes that the key was used
    for numbers in (range(3), range(3, 60)):
        for n in numbers:
            Call.objects.create(uuid=f"{n}", room=room)
        with CaptureQueriesContext(connection) as queries:
            assert len(api.get("calls/?limit=200").json()["data"]) == numbers.stop
        counting = ("shared_counters", "SAVEPOINT")
        counted.append([one for one in queries if not any(word in one["sql"] for word in counting)])
    assert len(counted[0]) == len(counted[1])


def test_calls_of_before_are_listed_too(room: Room, theirs: Room, account: Account) -> None:
    """What the migration does with rows that know no account yet."""
    moved = _moved_on(room, theirs)
    Call.objects.update(account=None)
    MovedCall.objects.all().delete()
    assert _listed(account) == _listed(theirs.account) == []
    migration = importlib.import_module("telephony.migrations.0009_the_rooms_account")
    migration.fill(apps, None)
    for _again in range(2):
        migration.keep_moved(apps, None)
    assert _listed(account) == _listed(theirs.account) == [moved]
    assert [one.account_id for one in MovedCall.objects.all()] == [account.pk]
