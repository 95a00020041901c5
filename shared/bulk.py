"""Many rows in one statement.

psycopg2 quotes values one at a time in Python, which costs more than everything else about an insert. PostgreSQL
therefore gets the rows as one JSON document (measured: a third of the CPU time); SQLite binds them as usual.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def insert_rows(
    tx: "Session",
    table: sa.Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    returning: str | tuple[str, ...] | None = None,
    skip_known: bool = False,
    adding: tuple[str, ...] = (),
) -> list[Any]:
    """Insert rows that all have the same columns; the `returning` column of those inserted, or a row of these columns.

    `skip_known` leaves out rows that any unique constraint knows already, `adding` adds these columns to the row that
    has the same primary key; otherwise such a row fails the statement. Whoever adds sorts the rows by their key first,
    so that two transactions wait for each other and never deadlock.
    """
    if not rows:
        return []
    on_postgresql = tx.get_bind().dialect.name == "postgresql"
    statement = _statement(table, tuple(rows[0]), returning, skip_known, adding, on_postgresql)
    parameters: Any = _document(rows) if on_postgresql else rows
    result = tx.execute(statement, parameters)
    if not returning:
        return []
    return list(result.scalars() if isinstance(returning, str) else result.all())


@cache
def _statement(
    table: sa.Table,
    names: tuple[str, ...],
    returning: str | tuple[str, ...] | None,
    skip_known: bool,
    adding: tuple[str, ...],
    on_postgresql: bool,
) -> Any:
    statement: Any = postgresql.insert(table) if on_postgresql else sqlite.insert(table)
    if on_postgresql:
        given = _given({name: table.c[name].type for name in names})
        statement = statement.from_select(names, sa.select(*given.values()))
    if skip_known:
        statement = statement.on_conflict_do_nothing()
    if adding:
        sums = {name: table.c[name] + statement.excluded[name] for name in adding}
        statement = statement.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=sums)
    if returning:
        names = (returning,) if isinstance(returning, str) else returning
        statement = statement.returning(*(table.c[name] for name in names))
    return statement


class EachRow:
    """An UPDATE that is told something else of each row: one statement on PostgreSQL, one a row on SQLite, which is in
    the process and is fastest so.

    `write` makes the statement from what it is told: an expression for each of `columns`, by their names. These must be
    no columns of the table that is written to, since SQLAlchemy keeps their names for itself.
    """

    def __init__(self, columns: Mapping[str, Any], write: Callable[[Mapping[str, Any]], Any]) -> None:
        self._in_one = write(_given(columns))
        self._one_by_one = write({name: sa.bindparam(name, type_=kind) for name, kind in columns.items()})

    def run(self, tx: "Session", rows: Sequence[Mapping[str, Any]]) -> None:
        """Write what these rows say; each has all the columns."""
        if not rows:
            return
        if tx.get_bind().dialect.name == "postgresql":
            tx.execute(self._in_one, _document(rows))
        else:
            tx.execute(self._one_by_one, rows)


def _given(columns: Mapping[str, Any]) -> dict[str, Any]:
    """What the rows of `_document` say in these columns, for a statement on PostgreSQL."""
    text = sa.cast(sa.bindparam("document", type_=sa.Text), postgresql.JSON)
    columns_read = [sa.column(name, _json_type(kind)) for name, kind in columns.items()]
    rows = sa.func.json_to_recordset(text).table_valued(*columns_read, name="given").render_derived(with_types=True)
    return {name: _read(rows.c[name], kind) for name, kind in columns.items()}


def _document(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    return {"document": msgspec.json.encode(rows).decode()}


def _json_type(kind: Any) -> Any:
    """The type a column is read as; bytes travel as base64 text."""
    return sa.Text() if isinstance(kind, sa.LargeBinary) else kind


def _read(column: Any, kind: Any) -> Any:
    return sa.func.decode(column, "base64") if isinstance(kind, sa.LargeBinary) else column
