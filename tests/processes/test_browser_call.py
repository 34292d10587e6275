"""A page calls a room with what the API gave it, through the carrier and every process."""

import pytest

from tests.processes.installation import Installation, wait_for
from tests.processes.phones import Line, Phone


@pytest.mark.timeout(120)
def test_a_page_is_let_in_by_its_token_and_controlled_as_a_phone_is(
    installation: Installation,
) -> None:
    line = Line(installation, guest_pin="97531")
    ana = line.browse("Ana").is_in()
    assert "Welcome to The line, Ana." in ana.heard
    made_up = {"from_user": "somebody", "custom_data": {"join_token": "made up"}}
    host = Phone(installation, "somebody", made_up)
    host.enters(("This way into the room is closed now.", f"{line.code}*{line.host_pin}#"))
    host.forget()
    assert host.key("*1")
    host.hears("Ana")
    (conference,) = line.conferences
    listed = line.listed(f"conferences/{conference['id']}/participants/")
    shown = next(one for one in listed if one["name"] == "Ana")
    assert (shown["caller"], shown["role"]) == ("", "guest")
    line.api(f"participants/{shown['id']}/mute/", {})
    ana.shows("muted", True)
    ana.key("*6")
    ana.shows("muted", False)
    ana.hang_up()
    ana.is_over()
    wait_for(
        "the end to be told",
        lambda: line.api(f"participants/{shown['id']}/")["left_why"] == "hung_up",
        15,
    )
    story = [moment["text"] for moment in line.api(f"calls/{shown['call']}/")["timeline"]]
    assert story[0] == "Called from the browser."
    assert story[-1] == "The caller hung up."
    host.hang_up()
