"""Celery's queue in a folder (kombu's `filesystem` transport), whose messages appear whole.

kombu writes a message under the name by which readers find it: one that looks at that moment moves
an empty file away, and its worker ends with an error. Seen with kombu 5.7.
"""

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
        """Written under a name that no reader looks for, then renamed, which is one step."""
        name = f"{time_ns() // 1_000_000}_{uuid.uuid4()}.{queue}.msg"
        folder = Path(self.data_folder_out)
        draft = folder / f"{name}.new"
        draft.write_text(dumps(payload))
        draft.replace(folder / name)


class Transport(filesystem.Transport):
    Channel = Channel


TRANSPORT_ALIASES[SCHEME] = f"{__name__}:Transport"
