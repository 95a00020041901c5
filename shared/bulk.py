"""Many rows in one statement.

psycopg2 quotes values one at a time in Python, which costs more than everything else about an insert. PostgreSQL
therefore gets the rows as one JSON document (measured: a third of the CPU time); SQLite binds them as usual.
"""

from collections.abc import Mapping, Sequence
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
    parameters: Any = document(rows) if on_postgresql else rows
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
        source = given_rows({name: _json_type(table.c[name].type) for name in names})
        statement = statement.from_select(
            names, sa.select(*(_read(source.c[name], table.c[name].type) for name in names))
        )
    if skip_known:
        statement = statement.on_conflict_do_nothing()
    if adding:
        sums = {name: table.c[name] + statement.excluded[name] for name in adding}
        statement = statement.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=sums)
    if returning:
        names = (returning,) if isinstance(returning, str) else returning
        statement = statement.returning(*(table.c[name] for name in names))
    return statement


def given_rows(columns: Mapping[str, Any]) -> Any:
    """The rows of `document` as a table `given` with these columns, for a statement on PostgreSQL; see `document`."""
    text = sa.cast(sa.bindparam("document", type_=sa.Text), postgresql.JSON)
    given = [sa.column(name, kind) for name, kind in columns.items()]
    return sa.func.json_to_recordset(text).table_valued(*given, name="given").render_derived(with_types=True)


def document(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The parameter of a statement that reads rows from `given_rows`."""
    return {"document": msgspec.json.encode(rows).decode()}


def _json_type(kind: Any) -> Any:
    """The type a column is read as; bytes travel as base64 text."""
    return sa.Text() if isinstance(kind, sa.LargeBinary) else kind


def _read(column: Any, kind: Any) -> Any:
    return sa.func.decode(column, "base64") if isinstance(kind, sa.LargeBinary) else column
