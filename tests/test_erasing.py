"""A person who has left traces everywhere is erased: nothing of them is found, all else stays."""

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from django.db import transaction
from django.dispatch import receiver
from django.utils import timezone

from rooms.accounts import erasing, people
from rooms.accounts.erasing import BeingRecorded, IsMember, NobodyNamed, OnTheLine
from rooms.accounts.erasing_subject import Known, Reach, Subject
from rooms.accounts.models import Account, Erasure, Membership, Person, User
from rooms.conferences import recording_files
from rooms.conferences.models import Participant, Recording, RecordingNotice, UsageRecord
from rooms.meetings import attendance, call_me, invitees, mailings, reminder_sweep
from rooms.meetings.models import CallRequest, Invitee
from rooms.notices import delivery
from rooms.notices.models import Notice
from telephony import guessing, lines, nobodys
from telephony.models import Call, IncomingSms, MovedCall, SmsWish, WebhookReceipt
from tests import erasing_scene
from tests.erasing_scene import (
    ANA,
    ANA_EMAIL,
    ANA_NAME,
    BEN,
    BEN_EMAIL,
    BEN_NAME,
    MASKED,
    MINUTE,
    OF_THE_SERVICE,
    TRACES,
    Scene,
    dump,
    found_in,
    rows_of,
    travelling,
)
from tests.on_the_line import enter
from tests.telephony import texting
from tests.telephony.vonage import Phone, post


@pytest.fixture(scope="module")
def _made(django_db_setup: None, django_db_blocker: Any) -> Iterator[Scene]:
    """It takes a while, so it is made once, and every test is undone."""
    lines.forget()
    guessing.forget()
    with django_db_blocker.unblock(), transaction.atomic(), travelling() as clock:
        yield Scene("Acme", clock).happen()
        transaction.set_rollback(True)


@pytest.fixture
def scene(_made: Scene, db: None) -> Iterator[Scene]:
    ended = timezone.now()
    yield _made
    _made.clock.move_to(ended)


@pytest.fixture
def other(scene: Scene) -> Scene:
    """The same in another account."""
    return Scene("Other", scene.clock)


def _covered() -> set[tuple[str, str]]:
    split = [field.rsplit(".", 1) for field in erasing.COVERED]
    return {(label, column) for label, column in split}


# What is theirs without naming them: it is looked at below.
NAMELESS = {
    ("meetings.Invitee", "pin"),
    ("meetings.Invitee", "token"),
    ("meetings.Invitee", "reply"),
    ("telephony.KeyPress", "digits"),
    ("telephony.WrongCode", "digits"),
    ("telephony.IncomingSms", "text"),
}


def test_nothing_of_them_is_found_afterwards(scene: Scene) -> None:
    erasing_scene.name_her_everywhere(scene.account)
    before = dump()
    untraced = _covered() - found_in(before, TRACES) - NAMELESS
    assert not untraced, "what is erased is there to be erased"
    receipt = erasing.erase(scene.account, phone=ANA, by=scene.user)
    after = dump()
    left = {one for one in found_in(after, TRACES) if one[0] not in OF_THE_SERVICE}
    assert left == {("accounts.Erasure", "hint")}
    assert receipt.hint == "+34 ••• •• •• 56, a•••@e•••.com"
    assert receipt.by == scene.user
    assert ANA[-4:] not in json.dumps(receipt.subject_hashes)
    for kind in ("people", "invitees", "stays", "calls", "keys", "wrong_codes", "recordings"):
        assert receipt.counts[kind], kind
    assert set(receipt.counts) == set(erasing.KINDS), "the scene has all there is"


def test_all_that_is_somebody_else_s_stays_as_it_was(scene: Scene) -> None:
    before = dump()
    receipt = erasing.erase(scene.account, phone=ANA, by=scene.user)
    after = dump()
    for trace in (BEN, BEN_EMAIL, BEN_NAME):
        theirs = rows_of(before, trace)
        both = rows_of(theirs, ANA_NAME)
        for label, rows in theirs.items():
            for pk, row in rows.items():
                alone = pk not in both[label] and pk not in rows_of(theirs, ANA)[label]
                if label not in ("hooks.WebhookEvent", "hooks.DeliveryAttempt") and alone:
                    assert after[label][pk] == row, label
                elif pk in after[label] and label != "hooks.DeliveryAttempt":
                    assert trace in after[label][pk], "what tells of both tells of him still"
    assert receipt.pk in after["accounts.Erasure"]


def test_of_what_tells_of_two_the_other_is_told_still(scene: Scene) -> None:
    erasing.erase(scene.account, phone=ANA, by=scene.user)
    texts = Notice.objects.filter(kind__in=("presence", "report")).values_list("text", flat=True)
    assert len(texts) == 3
    for text in texts:
        assert BEN_NAME in text
        assert "•••" in text
    report = attendance.of(
        scene.meeting.occurrences.select_related("meeting__room__account").get(), timezone.now()
    )
    assert [row.who for row in report.rows] == [BEN_NAME, "number withheld"]
    assert (report.came, report.invited) == (2, 3), "Alice did not come"
    notes = scene.meeting.occurrences.get().notes
    assert notes == "••• was late; her number is •••, mail •••."


def test_what_was_used_and_what_is_proof_stays(scene: Scene) -> None:
    used = list(UsageRecord.objects.order_by("pk").values())
    told = RecordingNotice.objects.count()
    stays = Participant.objects.order_by("pk").values_list("pk", "joined_at", "left_at")
    there = list(stays)
    assert used
    assert told
    erasing.erase(scene.account, phone=ANA, by=scene.user)
    assert list(stays.all()) == there


def test_what_names_nobody_is_theirs_as_well(scene: Scene) -> None:
    """PINs, join pages, replies, keys, SMS; the files of recordings go with the next sweep."""
    known = list(Invitee.objects.filter(phone=ANA))
    erasing.erase(scene.account, email=ANA_EMAIL, by=scene.user)
    kept = Invitee.objects.get(pk__in=[one.pk for one in known])
    assert kept.meeting == scene.meeting, "of the one to come nothing is left"
    assert (kept.pin, kept.reply, kept.name) == ("", "", "")
    assert kept.removed_at
    assert kept.token not in {one.token for one in known}
    assert str(kept) == "somebody who was erased"
    assert not IncomingSms.objects.filter(sender=ANA).exists()
    assert IncomingSms.objects.filter(sender=BEN).exists()
    recording = Recording.objects.get()
    assert recording.deleted_at
    assert recording_files.erase_deleted() == 1


def test_a_preview_tells_what_would_go_and_nothing_goes(scene: Scene) -> None:
    before = dump()
    preview = erasing.preview(scene.account, email=ANA_EMAIL.upper())
    assert dump() == before
    assert preview.subject.phones == {ANA}, "what belongs to the address counts too"
    assert preview.subject.emails == {ANA_EMAIL}
    assert preview.subject.names == [ANA_NAME]
    assert preview.before == []
    receipt = erasing.erase(scene.account, email=ANA_EMAIL, by=scene.user)
    assert receipt.counts == preview.counts


def test_it_is_all_or_nothing(scene: Scene) -> None:
    before = dump()

    @receiver(erasing.erasing, dispatch_uid="killed")
    def _killed(**_sent: Any) -> None:
        assert found_in(dump(), [ANA_NAME]) != found_in(before, [ANA_NAME]), "it was under way"
        raise KeyboardInterrupt

    try:
        with pytest.raises(KeyboardInterrupt):
            erasing.erase(scene.account, phone=ANA, by=scene.user)
    finally:
        erasing.erasing.disconnect(dispatch_uid="killed")
    assert dump() == before


def test_once_more_erases_what_came_since(scene: Scene) -> None:
    first = erasing.erase(scene.account, phone=ANA, by=scene.user)
    after = dump()
    again = erasing.erase(scene.account, phone=ANA, by=None)
    assert again.counts == {}
    assert {**dump(), "accounts.Erasure": {}} == {**after, "accounts.Erasure": {}}
    people.make(scene.account, name=ANA_NAME, phone=ANA)
    preview = erasing.preview(scene.account, phone=ANA)
    assert preview.counts == {"people": 1}
    assert preview.before == [again, first]
    assert erasing.preview(scene.account, phone=BEN).before == []
    other = Account.objects.create(name="Other")
    assert erasing.preview(other, phone=ANA).before == [], "another account's is not told"


def test_nothing_is_sent_to_them_any_more(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = invitees.add(scene.coming, [invitees.Guest("Ana", ANA_EMAIL, ANA)], by=scene.user)
    assert waiting.repeated, "she is invited, and it was not sent"
    assert Notice.objects.filter(address=ANA_EMAIL, status="pending").exists()
    mailings.start(scene.coming, "update", by=scene.user)
    erasing.erase(scene.account, phone=ANA, by=scene.user)
    mailings.write_due(until=timezone.now() + MINUTE)
    scene.clock.shift(22 * 60 * MINUTE)
    reminder_sweep.write_due(until=timezone.now() + MINUTE)
    monkeypatch.setattr(call_me, "PACE", 0)
    call_me.place_due(until=timezone.now() + MINUTE)
    delivery.deliver_due(until=timezone.now() + MINUTE)
    traces = {one for one in found_in(dump(), TRACES) if one[0] not in OF_THE_SERVICE}
    assert traces == {("accounts.Erasure", "hint")}
    assert not CallRequest.objects.filter(status="waiting", phone=ANA).exists()
    assert Notice.objects.filter(address=BEN_EMAIL, status="sent").exists()


def test_what_the_carrier_tells_late_brings_nobody_back(scene: Scene) -> None:
    call = Call.objects.filter(caller=ANA, price=None).first() or Call.objects.filter(caller=ANA)[0]
    phone = Phone(ANA[1:])
    phone.uuid = call.pk
    erasing.erase(scene.account, phone=ANA, by=scene.user)
    post("/telephony/event", phone.completed(call.created_at, timezone.now()))
    call.refresh_from_db()
    assert (call.caller, call.steps) == ("", {})
    assert WebhookReceipt.objects.filter(call=call.pk).exclude(body={}).count() == 1


# --- Who is meant ---------------------------------------------------------------------------


def test_a_phone_that_several_share_is_nobody_s_by_the_address(scene: Scene) -> None:
    """Of the list, which each has once, and of invitations, where an office's phone is many's."""
    office = "+34911222333"
    for name in ("Cid", "Dora"):
        guest = invitees.Guest(name, f"{name.lower()}@example.com", office)
        invitees.add(scene.meeting, [guest], by=None, tell=False)
    preview = erasing.preview(scene.account, email="cid@example.com")
    assert (preview.subject.phones, preview.counts) == (frozenset(), {"invitees": 1})
    both = erasing.preview(scene.account, phone=office)
    assert both.subject.names == ["Cid", "Dora"], "the page tells who is meant before it asks"
    assert both.counts == {"invitees": 2}


def test_a_pin_tells_who_called_from_another_phone(scene: Scene) -> None:
    invitee = scene.meeting.invitees.get(phone=ANA)
    stay = enter(scene.room, "+34911222333", invitee_id=invitee.pk, name=ANA_NAME)
    other = enter(scene.room, "+34911222333", name="Zed")
    Participant.objects.filter(room=scene.room).update(left_at=timezone.now())
    erasing.erase(scene.account, email=ANA_EMAIL, by=scene.user)
    stay.refresh_from_db()
    other.refresh_from_db()
    assert (stay.caller, stay.name) == ("", "")
    assert (other.caller, other.name) == ("+34911222333", "Zed")


def test_a_name_that_another_has_too_is_left_in_texts(scene: Scene) -> None:
    people.make(scene.account, name=ANA_NAME, email="another.ana@example.com")
    erasing.erase(scene.account, phone=ANA, by=scene.user)
    assert ANA_NAME in scene.room.meetings.first().agenda  # type: ignore[union-attr]
    assert Person.objects.filter(name=ANA_NAME).count() == 1


SUBJECT = Subject(
    Account(pk="ac_1"),
    Known(frozenset({ANA}), frozenset({ANA_EMAIL}), frozenset({ANA_NAME, "Ann"})),
)


@pytest.mark.parametrize(
    "written",
    [
        "+34600123456",
        "call 600123456 now",
        "0034 600 12 34 56",
        "tel:+34-600-123-456",
        "(600) 123.456",
        "+34 (0)600 123456",
        "Ana.Ruiz@Example.com",
        "ask ana  ruiz!",
    ],
)
def test_they_are_found_however_it_is_written(written: str) -> None:
    assert "•••" in SUBJECT.without(written)


@pytest.mark.parametrize(
    "written",
    ["6001234567", "1600123456", "600123", "xana.ruiz@example.com", "Ann", "Diana Ruizo", MASKED],
)
def test_others_are_not_taken_for_them(written: str) -> None:
    assert SUBJECT.without(written) == written


@pytest.mark.parametrize("written", ["Ann left.", "a caller ending in 4 5 6"])
def test_around_them_less_is_enough(written: str) -> None:
    assert SUBJECT.without(written) == written
    assert "•••" in SUBJECT.without(written, Reach.AROUND)
    shared = replace(SUBJECT, known=replace(SUBJECT.known, others=frozenset({"ann"})))
    assert ("•••" in shared.without(written, Reach.AROUND)) == ("Ann" not in written)
    assert "•••" in shared.without(written, Reach.OWN)


# --- When it is refused ---------------------------------------------------------------------


def _refused(account: Account, why: type[Exception], **who: str) -> None:
    before = dump()
    for attempt in (erasing.preview, partial(erasing.erase, by=None)):
        with pytest.raises(why):
            attempt(account, **who)  # type: ignore[arg-type]
    assert dump() == before


def test_whoever_is_on_the_line_is_not_erased(scene: Scene) -> None:
    scene.account.blocked_numbers.all().delete()
    stay = enter(scene.room, ANA)
    _refused(scene.account, OnTheLine, email=ANA_EMAIL)
    Participant.objects.filter(pk=stay.pk).update(left_at=timezone.now())
    Phone(ANA[1:]).dial().key("1234#")
    Call.objects.filter(caller=ANA, ended_at=None).update(room=scene.room, account=scene.account)
    _refused(scene.account, OnTheLine, phone=ANA)
    Call.objects.filter(ended_at=None).update(ended_at=timezone.now())
    CallRequest.objects.filter(phone=ANA, kind="called_in").update(status="placing")
    _refused(scene.account, OnTheLine, phone=ANA)
    CallRequest.objects.update(status="failed")
    assert erasing.erase(scene.account, phone=ANA, by=None)


def test_a_recording_that_goes_on_is_stopped_first(scene: Scene) -> None:
    Recording.objects.update(status="recording", stopped_at=None)
    _refused(scene.account, BeingRecorded, phone=ANA)


def test_a_member_is_removed_first(scene: Scene, other: Scene) -> None:
    bob = scene.member()
    _refused(scene.account, IsMember, email=bob.email)
    User.objects.filter(pk=bob.pk).update(phone=BEN)
    _refused(scene.account, IsMember, phone=BEN)
    mailings.start(scene.coming, "update", by=bob)
    Membership.objects.filter(user=bob).delete()
    erasing.erase(scene.account, email=bob.email, by=scene.user)
    assert not scene.coming.mailings.filter(started_by=bob).exists()
    assert User.objects.get(pk=bob.pk).email == bob.email, "the login is their own"
    charlie = other.user.email
    people.make(scene.account, name="Charlie", email=charlie)
    assert erasing.erase(scene.account, email=charlie, by=None).counts == {"people": 1}


def test_somebody_has_to_be_named(scene: Scene) -> None:
    _refused(scene.account, NobodyNamed)
    _refused(scene.account, NobodyNamed, phone="", email="")


# --- What is not the account's --------------------------------------------------------------


def test_another_account_s_rows_of_the_same_person_stay(scene: Scene, other: Scene) -> None:
    other.happen()
    before = dump()
    erasing.erase(scene.account, phone=ANA, by=scene.user)
    after = dump()
    theirs = rows_of(before, other.account.pk)
    rooms = rows_of(before, other.room.pk)
    for label in before:
        for pk, row in {**theirs[label], **rooms[label]}.items():
            assert after[label][pk] == row, label
    assert Person.objects.get(phone=ANA).account == other.account


def test_a_call_that_went_on_to_another_account_is_left_to_that(scene: Scene, other: Scene) -> None:
    call = Call.objects.get(pk=Participant.objects.get(caller=ANA).call)
    said = {"2": {"room": other.room.pk, "said": "enter", "ncco": []}}
    call.steps, call.room, call.account = {**call.steps, **said}, other.room, other.account
    call.save()
    MovedCall.objects.create(account=scene.account, call=call)
    stay = enter(other.room, ANA)
    Participant.objects.filter(pk=stay.pk).update(call=call.pk, left_at=timezone.now())
    erasing.erase(scene.account, phone=ANA, by=scene.user)
    call.refresh_from_db()
    assert (call.caller, call.account, call.steps) == (ANA, other.account, said)
    assert not MovedCall.objects.exists()
    assert Participant.objects.get(call=call.pk).room == other.room
    assert nobodys.shared(scene.account, [call.pk]) == {call.pk}


def test_lost_calls_go_if_nobody_else_knows_the_number(scene: Scene) -> None:
    lost = Call.objects.create(uuid="lost", caller=ANA, ended_at=timezone.now(), steps={"1": {}})
    known = people.make(Account.objects.create(name="Other"), name="Ana", phone=ANA)
    with transaction.atomic():
        erasing.erase(scene.account, phone=ANA, by=None)
        lost.refresh_from_db()
        assert lost.caller == ANA
        transaction.set_rollback(True)
    known.delete()
    erasing.erase(scene.account, phone=ANA, by=None)
    lost.refresh_from_db()
    assert (lost.caller, lost.steps) == ("", {})


def test_who_wants_no_sms_gets_none_afterwards_either(scene: Scene) -> None:
    assert texting.text("STOP", ANA[1:]) == "stopped"
    erasing.erase(scene.account, phone=ANA, by=None)
    assert SmsWish.objects.get(pk=ANA).stopped


def test_receipts_outlive_those_who_made_them(scene: Scene) -> None:
    bob = scene.member()
    receipt = erasing.erase(scene.account, phone=ANA, by=bob)
    bob.delete()
    assert Erasure.objects.get(pk=receipt.pk).by is None
