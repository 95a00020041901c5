"""What all tables of the catalog are declared on."""

from typing import Any

from sqlalchemy.orm import DeclarativeBase

from shared.columns import new_metadata


class Base(DeclarativeBase):
    metadata = new_metadata()


def columns_of(row: Base) -> dict[str, Any]:
    """The columns of a row by name, as most replies show them."""
    return {column.name: getattr(row, column.name) for column in row.__table__.columns}
