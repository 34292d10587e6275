"""A conference of ten callers, two of them hosts, step by step: entering, and the keys.

Each step is a function of the walk, since all of it is about the same people in the same room; the
panel's steps are in line_panel.py.
"""

from playwright.sync_api import Browser, expect

from tests.processes.installation import Installation
from tests.processes.panel import Panel
from tests.processes.phones import ENTER_CODE, Line, Phone, at_once

PIN = "Key your PIN"
GUEST_PIN = "7788"
GUESTS = [f"+346000000{n}" for n in range(11, 19)]
HOST, LATE, STRANGER = "+34600000020", "+34600000021", "+34600000022"
HERE = "The host is not here yet."


class Walk:
    """A room that asks guests for a PIN and lets them wait, two open pages of it, its callers."""

    def __init__(self, browser: Browser, installation: Installation) -> None:
        self.running = installation.running
        self.line = Line(
            installation,
            guest_pin=GUEST_PIN,
            waits_for_host=True,
            announcements="names",
            known_callers=True,
            after_hosts="end",
        )
        self.errors: list[str] = []
        self.mine = Panel(browser, self.line, self.errors)
        self.theirs = Panel(browser, self.line, self.errors)
        self.panels = (self.mine, self.theirs)
        self.code = f"{self.line.code}#"
        self.host_code = f"{self.line.code}*{self.line.host_pin}#"
        self.guests: list[Phone] = []

    def guest(self, number: str) -> Phone:
        """Comes in by the code and the guests' PIN."""
        return self.line.dial(number).enters((ENTER_CODE, self.code), (PIN, f"{GUEST_PIN}#"))

    @property
    def inside(self) -> list[Phone]:
        phones = [self.host, *self.guests, self.late]
        return [phone.forget() for phone in phones if not phone.seen["ended_at"]]

    def press(self, keys: dict[Phone, str]) -> None:
        """Each forgets what was heard, and keys, all at once."""
        at_once(lambda phone: phone.forget().key(keys[phone]), keys)


def guests_wait(walk: Walk) -> None:
    walk.guests = at_once(walk.guest, GUESTS)
    for phone in walk.guests:
        phone.shows("waiting", True).hears("♪ hold.wav")
        assert f"{HERE} Stay on the line." in phone.heard
    assert any("7 people wait with you." in phone.heard for phone in walk.guests)
    for panel in walk.panels:
        expect(panel.waiting).to_have_count(len(GUESTS))
    first, second, third = walk.guests[:3]
    walk.press({first: "*5", second: "*2", third: "*1"})
    first.hears(HERE)
    second.hears("8 people are waiting.")
    third.hears("With you: ")


def the_host_comes(walk: Walk) -> None:
    walk.host = walk.line.dial(HOST).enters((ENTER_CODE, walk.host_code))
    assert "8 people are here." in walk.host.heard
    at_once(lambda phone: phone.shows("waiting", False).hears("The host is here."), walk.guests)
    for panel in walk.panels:
        expect(panel.waiting).to_have_count(0)
        expect(panel.rows).to_have_count(9)
        panel.shows(walk.host, "host")


def another_is_made_host(walk: Walk) -> None:
    walk.second = walk.guests[0]
    walk.mine.press(walk.second, "Make host")
    for panel in walk.panels:
        panel.shows(walk.second, "host")


def a_latecomer_is_announced(walk: Walk) -> None:
    inside = [walk.host, *walk.guests]
    walk.late = walk.guest(LATE)
    at_once(lambda phone: phone.hears("A caller ending in 0 2 1 joined."), inside)
    assert "joined" not in walk.late.heard


def each_key_tells_one_caller(walk: Walk) -> None:
    _second, helped, named, counted, raised, muted, *_rest = walk.guests
    told = {
        helped: ("*0", "5: raise or lower your hand."),
        named: ("*1", "With you: "),
        counted: ("*2", "10 people are here."),
        raised: ("*5", "Your hand is raised."),
        muted: ("*6", "You are muted."),
        walk.guests[6]: ("*7", "Only hosts can do that."),
        walk.guests[7]: ("*3", "There is no such key."),
        walk.host: ("*8", "Announcements are off."),
    }
    quiet = [walk.late.forget(), walk.second.forget()]
    walk.press({phone: keys for phone, (keys, _text) in told.items()})
    for phone, (keys, text) in told.items():
        phone.hears(text)
        others = [one for one in told if one is not phone]
        assert not any(text in one.heard for one in [*quiet, *others]), keys
    assert [one.heard for one in quiet] == ["", ""]
    muted.shows("muted", True)
    for panel in walk.panels:
        panel.shows(raised, "hand raised")
        panel.shows(muted, "muted")
        panel.says("announcements off")
    walk.press({raised: "*5", muted: "*6", walk.host: "*8"})
    raised.hears("Your hand is lowered.")
    muted.hears("You can be heard again.").shows("muted", False)
    walk.host.hears("Announcements are on.")
    for panel in walk.panels:
        panel.shows_not(raised, "hand raised")
        panel.shows_not(muted, "muted")


def a_host_mutes_all(walk: Walk) -> None:
    guests = [*walk.guests[1:], walk.late]
    walk.press({walk.second: "*4"})
    walk.second.hears("Everybody but hosts is being muted.")
    at_once(lambda phone: phone.shows("muted", True).hears("You have been muted."), guests)
    assert not walk.host.seen["muted"]
    assert not walk.second.seen["muted"]
    for panel in walk.panels:
        expect(panel.live.locator(".badge", has_text="muted")).to_have_count(len(guests))
    walk.press(dict.fromkeys(guests, "*6"))
    at_once(lambda phone: phone.hears("You can be heard again."), guests)
    assert not any(phone.seen["muted"] for phone in guests)


def one_drops_out_and_the_room_is_locked(walk: Walk) -> None:
    walk.dropped = walk.guests.pop()
    others = walk.inside
    walk.dropped.hang_up()
    at_once(lambda phone: phone.hears("A caller ending in 0 1 8 left."), others)
    walk.press({walk.second: "*7"})
    walk.second.hears("The room is locked.")
    for panel in walk.panels:
        panel.says("locked")
    refused = walk.line.dial(STRANGER)
    refused.hears(ENTER_CODE).key(walk.code)
    refused.hears(PIN).key(f"{GUEST_PIN}#")
    refused.hears("This room is locked.").is_over()
    walk.press({walk.second: "*7"})
    walk.second.hears("The room is unlocked.")


def who_dropped_out_is_led_back(walk: Walk) -> None:
    back = walk.line.dial(walk.dropped.number)
    back.enters(("Press 1 to go back to The line", "1#"), (PIN, f"{GUEST_PIN}#"))
    walk.guests.append(back)
    assert "9 people are here." in back.heard
    for panel in walk.panels:
        expect(panel.rows).to_have_count(10)


def one_keys_another_code(walk: Walk) -> None:
    one = walk.guests[2]
    walk.press({one: "**"})
    one.enters(("Key another room code", walk.code), (PIN, f"{GUEST_PIN}#"))
    one.shows("waiting", False).hears("9 people are here.")
    for panel in walk.panels:
        expect(panel.rows).to_have_count(10)


def a_host_records_by_key(walk: Walk) -> None:
    inside = walk.inside
    walk.host.key("*9")
    walk.host.hears("The recording is being started.")
    at_once(lambda phone: phone.hears("This call is being recorded."), inside)
    assert all(phone.seen["recording"] for phone in inside)
    walk.second.key("*9")
    walk.second.hears("The recording is being stopped.")
    at_once(lambda phone: phone.hears("The recording has stopped."), inside)
    assert not any(phone.seen["recording"] for phone in inside)


def a_host_ends_it_by_key(walk: Walk) -> None:
    inside = walk.inside
    walk.second.key("*#")
    walk.second.hears("Press 1 to end the call for everybody.").key("1")
    text = "The host has ended the call. Goodbye."
    at_once(lambda phone: phone.hears(text).is_over(), inside)
    for panel in walk.panels:
        expect(panel.live).to_contain_text("Nobody is on the line")
