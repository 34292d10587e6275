"""Several who erase the same person at once, while somebody writes to them."""

import pytest
from django.utils import timezone

from rooms import changes
from rooms.accounts import erasing, people
from rooms.accounts.models import Account, Erasure
from rooms.conferences.models import Participant
from rooms.meetings import mailings
from rooms.models import PhoneNumber
from rooms.notices.models import Notice
from tests.at_once import at_once
from tests.erasing_scene import ANA, ANA_EMAIL, ANA_NAME, MINUTE
from tests.meetings.plans import invite, plan
from tests.on_the_line import enter, go


@pytest.mark.django_db(transaction=True)
def test_they_are_erased_once_and_nothing_is_written_to_them(account: Account) -> None:
    PhoneNumber.objects.create(number="+15550100")
    room = changes.make(account, name="Standup")
    organizer = account.members.create(email="alice@example.com", name="Alice")
    meeting = plan(room, organizer)
    for number in range(5):
        invite(meeting, f"Guest{number}")
    invite(meeting, "Ana", phone=ANA)
    people.make(account, name=ANA_NAME, email=ANA_EMAIL, phone=ANA)
    go(enter(room, ANA, minutes=5))

    def erase() -> Erasure:
        return erasing.erase(account, phone=ANA, by=None)

    def write() -> int:
        return mailings.write_due(until=timezone.now() + MINUTE)

    receipts = [one for one in at_once(erase, write, erase, write) if isinstance(one, Erasure)]
    assert len(receipts) == 2
    counted = [receipt.counts.get(kind, 0) for receipt in receipts for kind in ("people", "stays")]
    assert sorted(counted) == [0, 0, 1, 1]
    write()
    assert not Participant.objects.filter(caller=ANA).exists()
    assert not Notice.objects.filter(address__in=(ANA, "ana@example.org")).exists()
    assert Notice.objects.filter(address="guest0@example.org").exists()
