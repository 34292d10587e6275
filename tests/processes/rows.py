"""The rows of an installation's database, read from outside."""

import sqlite3
from typing import Any

import psycopg

from tests.processes.installation import Installation


class Rows:
    """A connection; each thread needs one of its own."""

    def __init__(self, installation: Installation) -> None:
        address = installation.environment["DATABASE_URL"]
        file = f"file:{installation.home / 'anyroom.sqlite3'}?mode=ro"
        self._connection: Any = (
            psycopg.connect(address, autocommit=True)
            if address
            else sqlite3.connect(file, uri=True, timeout=20, check_same_thread=False)
        )

    def read(self, statement: str) -> list[Any]:
        return [tuple(row) for row in self._connection.execute(statement).fetchall()]

    def close(self) -> None:
        self._connection.close()
