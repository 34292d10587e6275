"""Attempts that are made at the same moment, each on a connection of its own."""

import threading
from collections.abc import Callable

from django.db import connection

from rooms.accounts import members


def at_once(*attempts: Callable[[], object]) -> list[object]:
    """Run the attempts at the same moment; what each returned, or the Refused it raised."""
    start = threading.Barrier(len(attempts))
    results: list[object] = []

    def run(attempt: Callable[[], object]) -> None:
        start.wait()
        try:
            results.append(attempt())
        except members.Refused as refused:
            results.append(refused)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[attempt]) for attempt in attempts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
