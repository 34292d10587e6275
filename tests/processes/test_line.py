"""The line as a whole, on real processes: callers' phones, two open pages, one walk."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.chromium import chromium, find_chromium
from tests.processes import line_panel, line_walk
from tests.processes.installation import Installation
from tests.processes.line_walk import Walk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_chromium() is None, reason="no Chromium is found"),
]
STEPS = (
    line_walk.guests_wait,
    line_walk.the_host_comes,
    line_walk.another_is_made_host,
    line_walk.a_latecomer_is_announced,
    line_walk.each_key_tells_one_caller,
    line_walk.a_host_mutes_all,
    line_walk.one_drops_out_and_the_room_is_locked,
    line_walk.who_dropped_out_is_led_back,
    line_walk.one_keys_another_code,
    line_walk.a_host_records_by_key,
    line_panel.it_is_locked_on_the_panel,
    line_panel.much_is_asked_at_once,
    line_panel.and_taken_back,
    line_panel.a_sound_is_played,
    line_panel.who_was_removed_is_offered_nothing,
    line_panel.recordings_can_be_heard,
    line_walk.a_host_ends_it_by_key,
    line_panel.nothing_is_left,
    line_panel.a_call_is_told_on_its_page,
    line_panel.without_keys_the_panel_does_it,
    line_panel.nothing_is_left,
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture
def walk(browser: Browser, installation: Installation) -> Iterator[Walk]:
    made = Walk(browser, installation)
    yield made
    made.line.switch(async_digits=True)
    for panel in made.panels:
        panel.page.context.close()


@pytest.mark.timeout(300)
def test_a_whole_conference(walk: Walk) -> None:
    for step in STEPS:
        begun = time.monotonic()
        step(walk)
        print(f"{time.monotonic() - begun:5.1f} s: {step.__name__}")  # shown where it fails
    assert walk.errors == []
