"""One function for each NCCO action, as a plain dict.

The SDK's models drop fields that they lack, so they only check these in the tests.
Reference: https://developer.vonage.com/en/voice/voice-api/ncco-reference
"""

from typing import Any

Action = dict[str, Any]
Ncco = list[Action]

MOST_DIGITS = 20


def talk(text: str, *, language: str, barge_in: bool = False) -> Action:
    """Say `text` (plain or SSML) in a BCP 47 language such as `en-US`."""
    return {"action": "talk", "text": text, "language": language, "bargeIn": barge_in}


def gather(event_url: str, *, timeout: int, most_digits: int = MOST_DIGITS) -> Action:
    """Take keys until `#`, `most_digits`, or `timeout` seconds of silence; post to `event_url`."""
    return {
        "action": "input",
        "type": ["dtmf"],
        "dtmf": {"timeOut": timeout, "maxDigits": most_digits, "submitOnHash": True},
        "eventUrl": [event_url],
    }


def single_keys(event_url: str) -> Action:
    """From now on post every key to `event_url` by itself, while the call goes on."""
    return {
        "action": "input",
        "type": ["dtmf"],
        "mode": "asynchronous",
        "eventUrl": [event_url],
    }


def conversation(name: str) -> Action:
    """Enter the named conversation, which begins with the first who enters."""
    return {"action": "conversation", "name": name}
