"""Checks an NCCO before a word of it is spoken.

An NCCO is refused for one of two reasons, told apart in words: Vonage would refuse it (its
official SDK's models, and the limits that its NCCO reference documents), or this carrier does not
do it yet.
"""

import html
import json
import re
from typing import Any
from xml.etree import ElementTree

from pydantic import BaseModel, ValidationError
from vonage_voice.models import ncco as sdk
from vonage_voice.models.enums import TtsLanguageCode

from carrier.settings import is_absolute_url

Action = dict[str, Any]

MODELS: dict[str, type[BaseModel]] = {
    "talk": sdk.Talk,
    "stream": sdk.Stream,
    "input": sdk.Input,
    "conversation": sdk.Conversation,
    "record": sdk.Record,
    "connect": sdk.Connect,
    "notify": sdk.Notify,
    "wait": sdk.Wait,
    "transfer": sdk.Transfer,
}
IMPLEMENTED = {"talk", "stream", "input", "conversation"}

# Documented, but missing from the models of SDK 4.9.1, which would drop them without a word.
MISSING_FROM_SDK = {"input": {"mode"}, "conversation": {"transcription"}, "connect": {"from"}}

# Of a conversation: who hears whom is not told apart yet.
CONVERSATION_LACKS = ("canSpeak", "canHear", "transcription")
LANGUAGES = {code.value for code in TtsLanguageCode}
TAG = re.compile(r"</?[A-Za-z][^<>]*>")


class NccoRefusedError(Exception):
    """The NCCO will not be run; the text is the reason, ready for the error event."""


class NccoMissingError(NccoRefusedError):
    """Vonage would run the NCCO; this carrier does not do all of it yet."""


def spoken(text: str) -> str:
    """What is heard of a talk's text: without SSML tags, with single spaces."""
    plain = TAG.sub(" ", text)
    if is_ssml(text):
        plain = html.unescape(plain)
    return " ".join(plain.split())


def is_ssml(text: str) -> bool:
    """Vonage reads SSML only inside a speak element."""
    return text.lstrip().startswith("<speak")


def is_asynchronous(action: Action) -> bool:
    """Whether this is an input that waits for nothing and is told each key from now on."""
    return action["action"] == "input" and action.get("mode") == "asynchronous"


def check(ncco: list[object]) -> list[Action]:
    """Check every action, and the order of those that depend on each other.

    Returns the same actions, now known to be objects of a known shape.

    Raises:
        NccoRefusedError: Vonage would refuse it, or this carrier does not implement it.
    """
    actions = [_check_action(number, action) for number, action in enumerate(ncco, 1)]
    _check_barge_in(actions)
    return actions


def _check_action(number: int, action: object) -> Action:
    if not isinstance(action, dict):
        raise _refused(number, "?", "an action must be an object")
    name = action.get("action")
    if not isinstance(name, str) or name not in MODELS:
        raise _refused(number, str(name), "there is no such action")
    _check_keys(number, name, action)
    _check_model(number, name, action)
    if name not in IMPLEMENTED:
        raise _missing(number, name, f"the action {name}")
    _check_urls(number, name, action)
    if name in CHECKS:  # the model and the URL say all there is to say of a stream
        CHECKS[name](number, action)
    return action


def _check_keys(number: int, name: str, action: Action) -> None:
    known = set(MODELS[name].model_fields) | MISSING_FROM_SDK.get(name, set())
    for key in action:
        if key not in known:
            raise _refused(number, name, f"unknown key {key!r}")
    dtmf = action.get("dtmf")
    if name == "input" and isinstance(dtmf, dict):
        for key in dtmf:
            if key not in {"timeOut", "maxDigits", "submitOnHash"}:
                raise _refused(number, name, f"unknown key 'dtmf.{key}'")


def _check_model(number: int, name: str, action: Action) -> None:
    """By the SDK's model, strictly: JSON's types count, "3" is not 3."""
    shown = dict(action)
    if isinstance(shown.get("text"), str):
        # The limit of 1500 is documented without SSML tags; the model counts them.
        shown["text"] = spoken(shown["text"])
    try:
        MODELS[name].model_validate_json(json.dumps(shown), strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or name
        raise _refused(number, name, f"{where}: {first['msg']}") from None
    except Exception as error:  # the models raise the SDK's own errors for what depends on two keys
        raise _refused(number, name, str(error)) from None
    for key, value in action.items():
        if value is None:
            raise _refused(number, name, f"{key} is null; leave it out")


def _check_urls(number: int, name: str, action: Action) -> None:
    for key in ("eventUrl", "streamUrl", "musicOnHoldUrl"):
        urls = action.get(key)
        if urls is None:
            continue
        if not isinstance(urls, list) or len(urls) != 1:
            raise _refused(number, name, f"{key} must be an array of one URL")
        if not isinstance(urls[0], str) or not is_absolute_url(urls[0]):
            raise _refused(number, name, f"{key} must hold an absolute http or https URL")
    if action.get("eventMethod", "POST") not in {"GET", "POST"}:
        raise _refused(number, name, "eventMethod must be GET or POST")


def _check_talk(number: int, action: Action) -> None:
    text = str(action["text"])
    if not spoken(text):
        raise _refused(number, "talk", "text is empty")
    language = action.get("language", "en-US")
    if language not in LANGUAGES:
        raise _refused(number, "talk", f"there is no language {language!r}")
    if action.get("style", 0) < 0:
        raise _refused(number, "talk", "style must be 0 or more")
    if is_ssml(text):
        if "<!" in text:  # SSML needs no declarations, and entities that grow begin with one
            raise _refused(number, "talk", "text may not hold declarations or comments")
        try:
            ElementTree.fromstring(text.strip())  # noqa: S314 (no declarations, see above)
        except ElementTree.ParseError as error:
            raise _refused(number, "talk", f"text is not well-formed SSML ({error})") from None


def _check_input(number: int, action: Action) -> None:
    kinds = action["type"]
    if not kinds:
        raise _refused(number, "input", "type must name dtmf, speech or both")
    if "speech" in kinds or "speech" in action:
        raise _missing(number, "input", "input of type speech")
    mode = action.get("mode", "synchronous")
    if mode not in {"synchronous", "asynchronous"}:
        raise _refused(number, "input", "mode must be synchronous or asynchronous")
    if mode == "asynchronous" and "dtmf" in action:
        why = "dtmf settings cannot be given when mode is asynchronous"
        raise _refused(number, "input", why)


def _check_conversation(number: int, action: Action) -> None:
    if not str(action["name"]).strip():
        raise _refused(number, "conversation", "name is empty")
    for key in CONVERSATION_LACKS:
        if key in action:
            raise _missing(number, "conversation", f"conversation with {key}")


CHECKS = {
    "talk": _check_talk,
    "input": _check_input,
    "conversation": _check_conversation,
}


def _check_barge_in(actions: list[Action]) -> None:
    """After bargeIn the next action that does not speak must be an input (NCCO reference, talk).

    One that gathers keys: an asynchronous input does not wait for any.
    """
    since: int | None = None
    for number, action in enumerate(actions, 1):
        if action["action"] in {"talk", "stream"}:
            if since is None and action.get("bargeIn"):
                since = number
        elif since is not None and (action["action"] != "input" or is_asynchronous(action)):
            break
        else:
            since = None
    if since is not None:
        name = actions[since - 1]["action"]
        raise _refused(since, name, "bargeIn must be followed by an input")


def _refused(number: int, name: str, why: str) -> NccoRefusedError:
    # The opening words are Vonage's own in its error event for such an NCCO.
    return NccoRefusedError(f"Syntax error in NCCO. Action {number} ({name}): {why}.")


def _missing(number: int, name: str, what: str) -> NccoMissingError:
    return NccoMissingError(f"This carrier does not implement {what} (action {number}, {name}).")
