"""Tells the live process that a room has changed.

What it is told is only "look": it reads `Room.live_version` and decides. With Redis this is a
published message; without, the live process sees SQLite's `data_version` rise and needs no word.
"""

import logging
from functools import cache

import redis
from django.conf import settings
from django.db import transaction

CHANNEL = "anyroom.live"
log = logging.getLogger(__name__)


@cache
def _redis() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1)


def nudge_on_commit(room_id: str) -> None:
    if settings.REDIS_URL:
        transaction.on_commit(lambda: _publish(room_id))


def _publish(room_id: str) -> None:
    try:
        _redis().publish(CHANNEL, room_id)
    except redis.RedisError as error:  # the live process looks by itself; a call must not fail
        log.warning("could not publish a live update: %s", error)
