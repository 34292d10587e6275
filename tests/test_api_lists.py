"""Lists on the API: pages by cursor, and a constant number of statements."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rooms import changes
from rooms.accounts.models import Account, ApiKey, Invitation, Membership, User
from rooms.conferences.models import Conference, Participant
from rooms.models import PhoneNumber, Room
from rooms.notices.models import Notice
from tests.api_client import Api, codes


@pytest.fixture
def api(account: Account) -> Api:
    return Api(account)


def test_pages_hold_every_room_once(api: Api, account: Account) -> None:
    made = [changes.make(account, name=f"Room {n}").pk for n in range(7)]
    # Equal times are told apart by the id.
    Room.objects.filter(pk__in=made[:5]).update(created_at=timezone.now())
    expected = list(Room.objects.order_by("-created_at", "-id").values_list("pk", flat=True))
    seen: list[str] = []
    cursor = ""
    for size in (3, 3, 1):
        page = api.get(f"rooms/?limit=3&cursor={cursor}").json()
        assert len(page["data"]) == size
        seen += [one["id"] for one in page["data"]]
        cursor = page["next_cursor"]
        if size == 3:
            # A room that is made meanwhile neither shifts the pages nor shows in them.
            changes.make(account, name="Late")
    assert cursor is None
    assert seen == expected


def test_a_page_has_50_rooms_and_at_most_200(api: Api, account: Account) -> None:
    Room.objects.bulk_create(Room(account=account, name=f"Room {n}") for n in range(201))
    assert len(api.get("rooms/").json()["data"]) == 50
    assert len(api.get("rooms/?limit=200").json()["data"]) == 200
    for wrong in ("0", "201", "-1", "x", "1e3", "٣"):
        assert codes(api.get(f"rooms/?limit={wrong}")) == {"limit": "invalid"}


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "!!!!",
        "W10",
        "WzFd",
        "bnVsbA",
        "WyIyMDI2LTAxLTAxIiwgInJtXzEiXQ",
        "WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzE0OjAwIiwgInJtIl0",
        "e30",
    ],
)
def test_a_cursor_that_was_not_given_out_is_refused(api: Api, cursor: str) -> None:
    assert codes(api.get(f"rooms/?cursor={cursor}")) == {"cursor": "invalid"}


LISTS = ["rooms", "numbers", "conferences", "notices", "members", "invitations", "api_keys"]


def test_lists_need_as_many_statements_for_60_rows_as_for_3(api: Api, account: Account) -> None:
    first = Conference.objects.create(
        room=changes.make(account, name="First"), started_at=timezone.now()
    )
    paths = [*LISTS, f"conferences/{first.pk}/participants"]
    _make_rows(first, range(3))
    api.get("rooms")  # writes that the key was used; the next minute's requests do not
    few = {path: _statements(api, path) for path in paths}
    _make_rows(first, range(3, 60))
    assert {path: _statements(api, path) for path in paths} == few
    for path in paths:
        assert len(api.get(f"{path}?limit=200").json()["data"]) >= 60, path


def _statements(api: Api, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert api.get(path).status_code == 200
    # How the request is counted depends on the backend of the counters, and on the minute.
    counting = ("shared_counters", "SAVEPOINT")
    return len([one for one in queries if not any(word in one["sql"] for word in counting)])


def _make_rows(conference: Conference, numbers: range) -> None:
    """One row for each number of everything that is listed."""
    account, now = conference.room.account, timezone.now()
    for n in numbers:
        room = changes.make(account, name=f"Room {n}")
        PhoneNumber.objects.create(number=f"+1555020{n:02}", room=room if n % 2 else None)
        Conference.objects.create(room=room, started_at=now)
        Participant.objects.create(
            conference=conference, room=conference.room, call=f"{n}", joined_at=now
        )
        user = User.objects.create_user(f"user{n}@example.com")
        Membership.objects.create(account=account, user=user)
        Invitation.objects.create(account=account, email=f"{n}@example.com", token_hash=f"{n}")
        Notice.objects.create(account=account, room=room, recipient=user, key=f"{n}")
        ApiKey.make(account, name=f"Key {n}", scopes=["read"])
