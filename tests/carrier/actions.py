"""NCCO actions, as a product would write them."""

from typing import Any

from tests.carrier.product import Json, World


def talk(text: str = "Hello", **more: Any) -> Json:
    return {"action": "talk", "text": text, **more}


def ask_for_digits(world: World, path: str = "/input", **dtmf: Any) -> Json:
    action = {"action": "input", "type": ["dtmf"], "eventUrl": [world.product.url(path)]}
    return action | ({"dtmf": dtmf} if dtmf else {})


def each_key(world: World, path: str = "/keys", **more: Any) -> Json:
    """From now on, each key is told."""
    action = ask_for_digits(world, path) | {"mode": "asynchronous"}
    return action | more


def conversation(name: str = "room-7", **more: Any) -> Json:
    return {"action": "conversation", "name": name, **more}
