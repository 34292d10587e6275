"""The folder as the queue: whoever looks while a message is written sees all of it, or nothing."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection, Exchange, Queue

from anyroom_site import folder_queue

MESSAGES = 1500
WORKERS = 12
URL = f"{folder_queue.SCHEME}://localhost"


@pytest.fixture
def options(tmp_path: Path) -> dict[str, str]:
    folder = tmp_path / "queue"
    folder.mkdir()
    return {
        "data_folder_in": str(folder),
        "data_folder_out": str(folder),
        "control_folder": str(tmp_path / "control"),
    }


def test_no_reader_sees_half_a_message(options: dict[str, str]) -> None:
    def write() -> None:
        with Connection(URL, transport_options=options) as connection:
            queue = connection.SimpleQueue("work")
            for number in range(MESSAGES):
                queue.put({"number": number})
            queue.close()

    writer = threading.Thread(target=write)
    read: list[int] = []
    with Connection(URL, transport_options=options) as connection:
        queue = connection.SimpleQueue("work", no_ack=True)
        writer.start()
        while True:
            over = not writer.is_alive()
            try:
                read.append(queue.get(block=False).payload["number"])
            except Empty:
                if over:
                    break
        queue.close()
    assert sorted(read) == list(range(MESSAGES))


def test_two_queues_are_read_apart(options: dict[str, str]) -> None:
    with Connection(URL, transport_options=options) as connection:
        first, second = connection.SimpleQueue("celery"), connection.SimpleQueue("hooks")
        for number in range(3):
            first.put(f"a{number}")
            second.put(f"b{number}")
        assert {second.get(block=False).payload for _ in range(3)} == {"b0", "b1", "b2"}
        with pytest.raises(Empty):
            second.get(block=False)
        assert {first.get(block=False).payload for _ in range(3)} == {"a0", "a1", "a2"}


@pytest.mark.parametrize("attempt", range(5))
def test_workers_that_start_at_the_same_moment_are_all_known(
    options: dict[str, str], attempt: int
) -> None:
    exchange = Exchange(f"pidbox{attempt}", type="fanout")  # what is bound is not bound again
    together = threading.Barrier(WORKERS)

    def start(number: int) -> None:
        with Connection(URL, transport_options=options) as connection:
            channel = connection.channel()
            together.wait()
            Queue(f"worker{number}", exchange)(channel).declare()

    with ThreadPoolExecutor(WORKERS) as workers:
        list(workers.map(start, range(WORKERS)))
    with Connection(URL, transport_options=options) as connection:
        channel: Any = connection.channel()
        table = channel.get_table(exchange.name)
    assert {one.queue for one in table} == {f"worker{number}" for number in range(WORKERS)}
