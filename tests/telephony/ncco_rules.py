"""What Vonage takes as an NCCO: every answer that a test's phone gets is held against it."""

from typing import Any

from vonage_voice.models.enums import TtsLanguageCode

from carrier import ncco_check

LONGEST_TEXT = 1500
LONGEST_TIMEOUT = 10
MOST_DIGITS = 20
LONGEST_URL = 500


def vonage_would_take(ncco: list[dict[str, Any]]) -> None:
    """By the SDK's models and the limits of the NCCO reference, and by what a caller needs.

    Raises ncco_check.NccoRefusedError or AssertionError.
    """
    ncco_check.check(list(ncco))
    for action in ncco:
        if action["action"] == "talk":
            assert 0 < len(action["text"]) <= LONGEST_TEXT
            assert action["language"] in {code.value for code in TtsLanguageCode}
            assert "{" not in action["text"], "a blank was not filled"
        for url in action.get("eventUrl", []):
            assert len(url) <= LONGEST_URL
        keys = action.get("dtmf", {})
        assert 0 < keys.get("timeOut", 3) <= LONGEST_TIMEOUT
        assert 0 < keys.get("maxDigits", 4) <= MOST_DIGITS
    kinds = [action["action"] for action in ncco]
    barges = [action for action in ncco if action.get("bargeIn")]
    asks = [one for one in ncco if one["action"] == "input" and one.get("mode") != "asynchronous"]
    assert bool(barges) == bool(asks), "keys interrupt a question, and nothing else"
    if kinds:
        assert kinds[0] == "talk", "nobody hears silence"
        ends = {"talk", "conversation"} if not asks else {"input"}
        assert kinds[-1] in ends
