"""Migrations: alembic, configured here instead of in an ini file and four env.py files."""

from importlib import import_module
from pathlib import Path

import sqlalchemy as sa
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory

from shared.database import Database

_LOCK = 7_235_001  # any number that nobody else locks in a database of ours


def upgrade(service: str, url: str, revision: str = "head") -> str:
    """Bring a service's database up to `revision`; returns the revision it is at. Safe to run from several places."""
    config = AlembicConfig()
    folder = Path(str(import_module(f"services.{service}").__file__)).parent / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    script = ScriptDirectory.from_config(config)

    def steps(current: object, _context: MigrationContext) -> list[object]:
        return list(script._upgrade_revs(revision, current))  # type: ignore[arg-type]

    engine = Database(url).engine
    try:
        with engine.connect() as connection, EnvironmentContext(config, script, fn=steps) as environment:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
                connection.commit()
            else:
                # A table written anew is dropped for a moment while others refer to it; checked again below. The
                # driver is asked itself, as the pragma does nothing inside the transaction that a statement begins.
                connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
            environment.configure(
                connection=connection, render_as_batch=connection.dialect.name == "sqlite", transactional_ddl=True
            )
            with environment.begin_transaction():
                environment.run_migrations()
            if connection.in_transaction():
                connection.commit()
            _refuse_broken_keys(connection)
            current = MigrationContext.configure(connection).get_current_revision()
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
                connection.commit()
        return str(current)
    finally:
        engine.dispose()


def _refuse_broken_keys(connection: sa.Connection) -> None:
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        connection.rollback()
        if broken:
            raise RuntimeError(f"rows refer to rows that are not there: {broken[:5]}")
