"""A server's worker ends with the process that started it.

granian's workers outlive their parent if that is killed, and hold on to its port: old code would
answer beside the new, also after everything was stopped.
"""

import multiprocessing
import os
import threading


def end_with_parent() -> None:
    """Watch the parent from a thread; nothing to do in a process that no server started."""
    if multiprocessing.parent_process():
        threading.Thread(target=_wait, name="parent", daemon=True).start()


def _wait() -> None:
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os._exit(1)
