"""The migration makes exactly the tables of the models."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.notification import models
from tests.integration.notification.conftest import Ledger


def test_the_migrated_database_is_that_of_the_models(ledger: Ledger) -> None:
    with ledger.db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, models.metadata) == []
