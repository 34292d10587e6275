"""Call requests on the API."""

import pytest

from rooms.accounts.models import Account, User
from rooms.meetings import planning
from rooms.meetings.models import CallRequest, Invitee, Meeting
from tests.api_client import Api, codes
from tests.meetings.plans import invite


@pytest.fixture
def api(account: Account, alice: User) -> Api:
    return Api(account, "read", "meetings", made_by=alice)


def test_an_invitee_is_called_and_not_called(api: Api, ana: Invitee, alice: User) -> None:
    first = api.post(f"invitees/{ana.pk}/call/", {})
    assert first.status_code == 201
    asked = first.json()
    occurrence = ana.meeting.occurrences.get()
    assert (asked["status"], asked["occurrence"]) == ("waiting", occurrence.pk)
    assert asked["asked_by"] == alice.pk
    again = api.post(f"invitees/{ana.pk}/call/", {"occurrence": occurrence.pk})
    assert again.json()["id"] == asked["id"]
    listed = api.get(f"call_requests/?invitee={ana.pk}").json()["data"]
    assert [one["id"] for one in listed] == [asked["id"]]
    withdrawn = api.post(f"call_requests/{asked['id']}/withdraw/", {})
    assert withdrawn.json()["status"] == "withdrawn"
    assert api.get(f"call_requests/{asked['id']}/").json()["status"] == "withdrawn"


def test_what_cannot_be_called(api: Api, ana: Invitee, meeting: Meeting) -> None:
    without = invite(meeting, "Ben")
    refused = api.post(f"invitees/{without.pk}/call/", {})
    assert (refused.status_code, codes(refused)) == (400, {"": "no_phone"})
    assert codes(api.post(f"invitees/{ana.pk}/call/", {"occurence": "x"})) == {
        "/occurence": "unknown"
    }
    other = {"occurrence": "oc_01jd2q7c9v1b3n5m7k9j1h3g5f"}
    assert codes(api.post(f"invitees/{ana.pk}/call/", other)) == {"/occurrence": "not_found"}
    assert codes(api.get("call_requests/?invitee=%00")) == {"invitee": "not_found"}
    planning.cancel(meeting, by=None)
    assert api.post(f"invitees/{ana.pk}/call/", {}).status_code == 409
    assert not CallRequest.objects.exists()


def test_others_find_nothing(ana: Invitee, charlie: User, account: Account) -> None:
    reader = Api(account, "read")
    assert reader.post(f"invitees/{ana.pk}/call/", {}).status_code == 403
    other = Api(charlie.accounts.get(), "read", "meetings", made_by=charlie)
    assert other.post(f"invitees/{ana.pk}/call/", {}).status_code == 404
    assert other.get("call_requests/").json()["data"] == []
