"""For migrations: fewer index writes on PostgreSQL where a caller waits for them.

Django makes a second index there of every text key, for LIKE.
Nobody looks for a part of an id, and a join writes to every index of three tables, so those tables
do without (docs/decisions/0005).
"""

from collections.abc import Callable
from typing import Any


def drop(*tables: str) -> Callable[[Any, Any], None]:
    """The step of a migration that drops these indexes of `tables`; elsewhere it does nothing."""

    def step(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            return
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(
                "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()"
                " AND tablename = ANY(%s) AND indexname LIKE '%%\\_like'",
                [list(tables)],
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP INDEX {schema_editor.quote_name(name)}")

    return step


def leave_room(table: str) -> Callable[[Any, Any], None]:
    """The step that keeps a part of each page free for changed rows, which then need no index."""

    def step(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            name = schema_editor.quote_name(table)
            schema_editor.execute(f"ALTER TABLE {name} SET (fillfactor = 70)")

    return step
