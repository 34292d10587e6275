"""What the product plays into a call that is in a conversation: a talk and a stream at a time."""

import asyncio
from posixpath import basename
from urllib.parse import unquote, urlsplit

from carrier.call import Call
from carrier.ncco_check import Action, spoken
from carrier.settings import Settings

SHORTEST = 0.005  # seconds; even an empty-handed talk lets others run
STREAM_SECONDS = 2.0  # how long a stream is taken to last, for there is no sound yet


def sound(action: Action, settings: Settings) -> tuple[str, float]:
    """The caption of a checked talk or stream, and how many seconds it is heard.

    A stream's file is not fetched: it is a caption of some seconds until there is sound.
    """
    if action["action"] == "talk":
        caption = spoken(action["text"])
        return caption, max(SHORTEST, len(caption) / settings.speech_rate)
    seconds = STREAM_SECONDS * settings.hurry
    return f"♪ {file_name(action['streamUrl'][0])}", max(SHORTEST, seconds)


def file_name(url: str) -> str:
    """The last part of a URL's path, which is what a caption shows of a sound."""
    parts = urlsplit(url)
    return unquote(basename(parts.path)) or parts.netloc


def play(call: Call, action: Action, settings: Settings) -> None:
    """Play a checked talk or stream into a call, in place of the one that plays there.

    A call that is earmuffed hears it too: it hears the others no more, but what is played to it.
    """
    kind = action["action"]
    caption, seconds = sound(action, settings)
    _silence(call, kind)
    call.hear(caption)
    call.playing[kind] = asyncio.create_task(
        _go_on(call, kind, caption, seconds, action.get("loop", 1))
    )


def stop(call: Call, kind: str) -> bool:
    """Stop what plays, talk or stream; whether anything did."""
    stopped = _silence(call, kind)
    if stopped:
        text = f"The {kind} is stopped."
        call.record("note", code="stopped", what=kind, text=text)
    return stopped


def stop_all(call: Call) -> None:
    """The call ends, or runs another script."""
    for kind in list(call.playing):
        _silence(call, kind)


def _silence(call: Call, kind: str) -> bool:
    task = call.playing.pop(kind, None)
    return task is not None and task.cancel()


async def _go_on(call: Call, kind: str, caption: str, seconds: float, loop: int) -> None:
    """The rest of it: an endless one is shown once, and lasts until it is stopped."""
    turn = 1
    await asyncio.sleep(seconds)
    while loop == 0 or turn < loop:
        turn += 1
        if loop:
            call.hear(caption)
        await asyncio.sleep(seconds if loop else 3600)
    del call.playing[kind]
