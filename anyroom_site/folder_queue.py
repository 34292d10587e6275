"""Celery's queue in a folder (kombu's `filesystem` transport), whose files appear whole.

kombu writes a message under the name by which readers find it: one that looks at that moment moves
an empty file away, and its worker ends with an error. Workers that start at the same moment write
over each other's entries in the table of an exchange, and none can read it again. Seen with kombu
5.7.
"""

import fcntl
import uuid
from pathlib import Path
from time import time_ns
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps

SCHEME = "folder"


class Channel(filesystem.Channel):
    # kombu itself names the second argument otherwise in each of its two base classes.
    def _put(self, queue: str, payload: Any, **_kw: Any) -> None:  # type: ignore[override]
        name = f"{time_ns() // 1_000_000}_{uuid.uuid4()}.{queue}.msg"
        _write(Path(self.data_folder_out) / name, payload)

    def _queue_bind(self, exchange: Any, routing_key: Any, pattern: Any, queue: Any) -> None:
        """Add the queue to the exchange's table, one worker at a time."""
        table: Path = self._exchange_file(exchange)  # type: ignore[attr-defined]
        table.parent.mkdir(exist_ok=True)
        entry = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        with table.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            known = self.get_table(exchange)
            if entry not in known:
                _write(table, [entry, *known])


def _write(file: Path, content: Any) -> None:
    """Under a name that no reader looks for, then renamed, which is one step."""
    draft = file.with_name(f"{file.name}.new")
    draft.write_text(dumps(content))
    draft.replace(file)


class Transport(filesystem.Transport):
    Channel = Channel


TRANSPORT_ALIASES[SCHEME] = f"{__name__}:Transport"
