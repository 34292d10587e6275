"""The folder as the queue: whoever looks while a message is written sees all of it, or nothing."""

import threading
from pathlib import Path
from queue import Empty

from kombu import Connection

from anyroom_site import folder_queue

MESSAGES = 1500


def test_no_reader_sees_half_a_message(tmp_path: Path) -> None:
    folder = tmp_path / "queue"
    folder.mkdir()
    options = {
        "data_folder_in": str(folder),
        "data_folder_out": str(folder),
        "control_folder": str(tmp_path / "control"),
    }
    url = f"{folder_queue.SCHEME}://localhost"

    def write() -> None:
        with Connection(url, transport_options=options) as connection:
            queue = connection.SimpleQueue("work")
            for number in range(MESSAGES):
                queue.put({"number": number})
            queue.close()

    writer = threading.Thread(target=write)
    read: list[int] = []
    with Connection(url, transport_options=options) as connection:
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
