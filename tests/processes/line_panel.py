"""The steps of the walk that are done on the panel, and what is left when all have gone."""

import io
import wave

from playwright.sync_api import expect

from tests.processes.installation import wait_for
from tests.processes.line_walk import GUEST_PIN, HOST, STRANGER, Walk
from tests.processes.panel import frozen_worker
from tests.processes.phones import ENTER_CODE, Phone, at_once

DONE = 20_000  # milliseconds that the carrier may take for what was asked
WORDS = "We go on in five minutes"
LEFT = """
import json
from rooms.conferences.models import Command, Participant, UsageRecord
from rooms.models import Room
room = Room.objects.get(pk="ROOM")
stays = Participant.objects.filter(room=room)
print(json.dumps({
    "counts": [room.people_in, room.people_waiting, room.hosts_in],
    "flags": [room.locked, room.begun, bool(room.recording_id), bool(room.open_conference_id)],
    "open": stays.filter(left_at=None).count(),
    "unpaid": stays.count() - UsageRecord.objects.filter(participant__in=stays).count(),
    "pending": list(Command.objects.pending().filter(conference__room=room).values_list("kind")),
}))
"""


def it_is_locked_on_the_panel(walk: Walk) -> None:
    """What needs no carrier is done at once."""
    walk.mine.page.locator("#all-lock", has_text="Lock").click()
    for panel in walk.panels:
        panel.says("locked")
    walk.theirs.page.locator("#all-lock", has_text="Unlock").click()
    for panel in walk.panels:
        expect(panel.live.locator(".badge", has_text="locked")).to_have_count(0)


def much_is_asked_at_once(walk: Walk) -> None:
    """Pending on both pages within a second, and done once the carrier has done it."""
    walk.muted, walk.held, walk.removed = walk.guests[1], walk.guests[3], walk.guests[4]
    inside = walk.inside
    with frozen_worker(walk.running):
        walk.mine.press(walk.muted, "Mute")
        for panel in walk.panels:
            panel.shows(walk.muted, "muting…")
        walk.mine.press(walk.held, "Hold")
        for panel in walk.panels:
            panel.shows(walk.held, "being put on hold…")
        walk.mine.page.locator("#all-record").click()
        for panel in walk.panels:
            panel.says("recording is being started…")
        walk.mine.page.get_by_label("Say to everybody").fill(WORDS)
        walk.mine.page.get_by_role("button", name="Say it").click()
        for panel in walk.panels:
            panel.says(f"being said to 10: “{WORDS}”")
        assert not walk.muted.seen["muted"]
    walk.mine.shows(walk.muted, "muted", DONE)
    walk.theirs.shows(walk.muted, "muted")
    walk.mine.shows(walk.held, "on hold", DONE)
    walk.theirs.shows(walk.held, "on hold")
    walk.muted.hears("You have been muted. Press star 6 to be heard again.")
    held = walk.held.hears("♪ hold.wav").seen
    assert (held["earmuffed"], held["muted"]) == (True, True)
    at_once(lambda phone: phone.hears(WORDS).hears("This call is being recorded."), inside)
    for panel in walk.panels:
        expect(panel.live.locator(".badge.danger", has_text="recording")).to_be_visible()
        expect(panel.live.locator(".badge", has_text="being said")).to_have_count(0)


def and_taken_back(walk: Walk) -> None:
    others = [phone for phone in walk.inside if phone is not walk.removed]
    with frozen_worker(walk.running):
        walk.theirs.press(walk.muted, "Unmute")
        walk.theirs.press(walk.held, "Take off hold")
        walk.theirs.press(walk.removed, "Remove")
        walk.theirs.page.locator("#all-record").click()
        for panel in walk.panels:
            panel.shows(walk.muted, "unmuting…")
            panel.shows(walk.held, "being taken off hold…")
            panel.shows(walk.removed, "being hung up…")
            panel.says("recording is being stopped…")
    walk.removed.hears("The host has removed you from this call. Goodbye.").is_over()
    walk.muted.hears("You can be heard again.").shows("muted", False)
    held = walk.held.hears("You are back in the call.").seen
    assert (held["earmuffed"], held["muted"]) == (False, False)
    at_once(lambda phone: phone.hears("The recording has stopped."), others)
    for panel in walk.panels:
        expect(panel.rows).to_have_count(9, timeout=DONE)
        expect(panel.live.locator(".badge.warning, .badge.danger")).to_have_count(0)
    walk.guests.remove(walk.removed)


def a_sound_is_played(walk: Walk) -> None:
    inside = walk.inside
    walk.mine.page.get_by_label("Play a sound to everybody").select_option("Music")
    walk.mine.page.get_by_role("button", name="Play", exact=True).click()
    at_once(lambda phone: phone.hears("♪ hold.wav"), inside)


def who_was_removed_is_offered_nothing(walk: Walk) -> None:
    again = walk.line.dial(walk.removed.number).hears(ENTER_CODE)
    assert "Press 1" not in again.heard
    again.hang_up()


def recordings_can_be_heard(walk: Walk) -> None:
    """Both, in the player, to the last byte, while the call goes on."""
    page = walk.theirs.page.context.new_page()
    page.goto(f"{walk.line.installation.url}/rooms/{walk.line.room}/recordings/")
    players = page.locator("audio")
    expect(players).to_have_count(2, timeout=60_000)
    for n in range(2):
        address = players.nth(n).get_attribute("src") or ""
        answer = page.request.get(f"{walk.line.installation.url}{address}")
        assert answer.ok
        with wave.open(io.BytesIO(answer.body())) as sound:
            assert 0.5 < sound.getnframes() / sound.getframerate() < 60
    seconds = players.first.evaluate(
        """(one) => new Promise((done) => {
            one.addEventListener("loadedmetadata", () => done(one.duration));
            one.addEventListener("error", () => done(-1));
            one.load(); one.preload = "metadata";
        })"""
    )
    assert seconds > 0.5, "the browser cannot play it"
    page.close()


def nothing_is_left(walk: Walk) -> None:
    """Every count is zero, the conference is closed, and every stay is paid for."""

    def settled() -> bool:
        return not any(stay["left_at"] is None for stay in _stays(walk))

    wait_for("all to have left", settled)
    left = walk.line.installation.shell(LEFT.replace("ROOM", walk.line.room))
    assert left == {"counts": [0] * 3, "flags": [False] * 4, "open": 0, "unpaid": 0, "pending": []}
    assert all(one["ended_at"] for one in walk.line.conferences)


def _stays(walk: Walk) -> list[dict[str, object]]:
    return walk.line.listed(f"conferences/{walk.line.conferences[0]['id']}/participants/")


def a_call_is_told_on_its_page(walk: Walk) -> None:
    _read(
        walk,
        walk.muted,
        "came to “The line” and waited for a host.",
        "A host was there: the wait was over.",
        "Pressed *2 in the call.",
        "Pressed *6 in the call.",
        "Mute, asked by Demo.",
        f"Heard: “{WORDS}”",
        "They left the room: a host ended the call for all.",
    )
    _read(walk, walk.removed, "They left the room: was removed.", "Remove, asked by Demo.")


def _read(walk: Walk, phone: Phone, *texts: str) -> None:
    page = walk.mine.page.context.new_page()
    page.goto(f"{walk.line.installation.url}/calls/{phone.uuid}/")
    story = page.locator(".moments").inner_text()
    for text in texts:
        assert text in story, story
    for secret in (walk.line.code, walk.line.host_pin, GUEST_PIN):
        assert secret not in story
    page.close()


def without_keys_the_panel_does_it(walk: Walk) -> None:
    """A carrier that tells no keys inside a conversation: a mute can be undone all the same."""
    walk.line.switch(async_digits=False)
    host = walk.line.dial(HOST).enters((ENTER_CODE, walk.host_code))
    guest = walk.guest(STRANGER)
    assert not guest.key("*6")
    walk.mine.press(guest, "Mute")
    guest.shows("muted", True)
    walk.theirs.shows(guest, "muted", DONE)
    assert not guest.key("*6")
    walk.theirs.press(guest, "Unmute")
    guest.shows("muted", False)
    walk.mine.shows_not(guest, "muted", DONE)
    assert not host.key("*#")
    walk.line.switch(async_digits=True)
    with frozen_worker(walk.running):
        walk.mine.page.locator("#all-end-asks").click()
        walk.mine.page.locator("#all-end-now").click()
        for panel in walk.panels:
            panel.shows(host, "being hung up…")
            panel.shows(guest, "being hung up…")
    for phone in (host, guest):
        phone.hears("The host has ended the call. Goodbye.").is_over()
    for panel in walk.panels:
        expect(panel.live).to_contain_text("Nobody is on the line", timeout=DONE)
