"""What takes its time on the line: waiting for a host, being alone, the end after the last host."""

import time

import pytest

from tests.processes.installation import Installation, wait_for
from tests.processes.phones import ENTER_CODE, Line, Phone, at_once

pytestmark = [pytest.mark.soak, pytest.mark.timeout(420)]
TALK_EVERY = 45  # seconds: words come every 40, and need some to be said
GRACE = 120


def guest(line: Line, number: str) -> Phone:
    """Presses hash where only a host has a PIN."""
    phone = line.dial(number)
    return phone.enters((ENTER_CODE, f"{line.code}#"), ("If you are the host", "#"))


def host(line: Line, number: str) -> Phone:
    return line.dial(number).enters((ENTER_CODE, f"{line.code}*{line.host_pin}#"))


def test_waits_and_ends(installation: Installation) -> None:
    at_once(lambda test: test(installation), (waited_and_left, came_back, alone, no_host))


def waited_and_left(installation: Installation) -> None:
    line = Line(installation, waits_for_host=True, after_hosts="end")
    guests = [guest(line, f"+3460000002{n}") for n in range(2)]
    begun = time.monotonic()
    for phone in guests:
        phone.hears("The host is not here yet. You are one of 2 waiting.", TALK_EVERY)
        assert phone.seen["waiting"], "the music goes on"
    assert time.monotonic() - begun > 20, "not over the greeting"
    for phone in guests:
        phone.forget().hears("The host is not here yet. You are one of 2 waiting.", TALK_EVERY)
    one = host(line, "+34600000029")
    for phone in guests:
        phone.hears("The host is here.").shows("waiting", False)
    one.hang_up()
    at_once(lambda one: one.hears("The host has left. This call ends in two minutes."), guests)
    left = time.monotonic()
    [conference] = line.conferences
    assert conference["ends_at"]
    last = "No host has come back. This call ends in a few seconds."
    at_once(lambda one: one.hears(last, GRACE), guests)
    text = "The hosts have left, so this call ends. Goodbye."
    at_once(lambda one: one.hears(text, 60).is_over(), guests)
    assert GRACE - 10 < time.monotonic() - left < GRACE + 30
    wait_for("the conference to end", lambda: line.conferences[0]["ended_at"])


def came_back(installation: Installation) -> None:
    line = Line(installation, waits_for_host=True, after_hosts="end")
    one = host(line, "+34600000039")
    other = guest(line, "+34600000030")
    one.hang_up()
    other.hears("The host has left. This call ends in two minutes.")
    again = host(line, "+34600000039")
    other.hears("The host is back.")
    assert not line.conferences[0]["ends_at"]
    time.sleep(GRACE + 20)
    assert other.seen["conversation"]
    assert again.seen["conversation"]
    assert "No host has come back" not in other.heard
    for phone in (again, other):
        phone.hang_up()


def alone(installation: Installation) -> None:
    line = Line(installation, alone_minutes=1)
    one = line.dial("+34600000041").enters((ENTER_CODE, f"{line.code}#"))
    one.hears("Nobody else is here. This call ends in one minute.", 30)
    other = line.dial("+34600000042").enters((ENTER_CODE, f"{line.code}#"))
    other.hears("One person is here.").shows("waiting", False)
    time.sleep(70)
    assert one.seen["conversation"], "somebody came in time"
    other.hang_up()
    one.forget().hears("Nobody else is here. This call ends in one minute.", 90)
    told = time.monotonic()
    one.hears("Nobody else has come. Call again when the others are here. Goodbye.", 90).is_over()
    assert time.monotonic() - told > 55


def no_host(installation: Installation) -> None:
    line = Line(installation, alone_minutes=1, waits_for_host=True)
    one = guest(line, "+34600000051").hears("♪ hold.wav")
    one.hears("No host has come. This call ends in one minute.", 30)
    told = time.monotonic()
    one.hears("No host has come. Please call again later. Goodbye.", 90).is_over()
    assert time.monotonic() - told > 55
    stays = line.listed(f"conferences/{line.conferences[0]['id']}/participants/")
    assert [stay["left_why"] for stay in stays] == ["waited"]
