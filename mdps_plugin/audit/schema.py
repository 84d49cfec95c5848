"""The tables of the audit store as SQL text, and the test that a database has exactly these.

Append-only triggers stop an honest mistake, not an attacker: what an attacker changes is found by
the tree. A database whose schema differs in one character is refused, since a view or a trigger
under a known name could answer anything.
"""

from __future__ import annotations

import sqlite3

FORMAT = "mdps-audit-store/1"

# What reading a damaged database raises: Python decodes SQLite's own messages and column texts.
DATABASE_FAULTS = (sqlite3.Error, UnicodeError)

_ABORT = "BEGIN SELECT RAISE(ABORT, 'append-only'); END"


def _tables() -> tuple[str, ...]:
    return (
        "CREATE TABLE meta (name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) WITHOUT ROWID",
        "CREATE TABLE entry (idx INTEGER PRIMARY KEY, data BLOB NOT NULL, leaf BLOB NOT NULL)",
        "CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, note TEXT NOT NULL)",
    )


def _guards(table: str) -> tuple[str, ...]:
    return (
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {_ABORT}",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {_ABORT}",
    )


def _order(table: str, column: str) -> str:
    # Also stops INSERT OR REPLACE, which deletes a row without asking the trigger above.
    following = f"(SELECT coalesce(max({column}) + 1, 0) FROM {table})"  # noqa: S608 (constants)
    return (
        f"CREATE TRIGGER {table}_in_order BEFORE INSERT ON {table} "
        f"WHEN NEW.{column} IS NOT {following} {_ABORT}"
    )


STATEMENTS = (
    *_tables(),
    *_guards("meta"),
    *_guards("entry"),
    *_guards("checkpoint"),
    _order("entry", "idx"),
    _order("checkpoint", "size"),
)


def schema_of(connection: sqlite3.Connection) -> frozenset[str]:
    """The SQL of everything in the database, internal objects left out."""
    rows = connection.execute("SELECT sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
    return frozenset(str(row[0]) for row in rows)


def schema_holds(connection: sqlite3.Connection) -> bool:
    """True if the database has exactly our tables and triggers."""
    return schema_of(connection) == frozenset(STATEMENTS)


def has_nothing(connection: sqlite3.Connection) -> bool:
    """True for a database in which nothing was made yet."""
    (count,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return int(count) == 0
