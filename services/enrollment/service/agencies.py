"""Agencies: a tree of ministries, organisations, provinces and units."""

from typing import Any

import sqlalchemy as sa

from services.enrollment.models import agencies, queries
from services.enrollment.models.people import agency_tree, height
from services.enrollment.schemas import staff as schemas
from services.enrollment.service import roles
from services.enrollment.service.scope import no_agency
from shared.auth import Caller
from shared.database import Transaction
from shared.entrypoints import command, query
from shared.errors import Conflict, NotFound
from shared.events import AgencyChangedV1, AgencyRegisteredV1, LocalizedText
from shared.paging import decode_cursor, encode_cursor
from shared.schemas import page_of
from shared.tree import MAX_DEPTH


class AgencyCalls:
    @command(schemas.RegisterAgency, reply=schemas.RegisteredAgency, roles=("national",))
    def register_agency(
        self, tx: Transaction, caller: Caller, code: str, name: dict[str, str], **place: Any
    ) -> dict[str, Any]:
        """Let an agency take part, below another one if there is one. The same again answers the same.

        `kind`: ministry, organisation, province, or unit. Conflict `agency_exists`: the code is registered with another
        name, kind or place (`change_agency` changes them); NotFound `parent_not_found`; Conflict `tree_too_deep`.
        """
        known = _agency(tx, code)
        if known is None:
            where = {"parent_code": None, "kind": "organisation"} | place
            _check_parent(tx, code, where["parent_code"])
            tx.execute(sa.insert(agencies).values(code=code, name=name, **where, registered_at=tx.now))
            tx.publish(AgencyRegisteredV1(code=code, name=LocalizedText(**name), **where))
        elif _differs(known, {"name": name} | place):
            raise Conflict("agency_exists", "The code is registered with another name, kind or place.", {"code": code})
        return {"code": code, "name": name}

    @command(schemas.ChangeAgency, reply=schemas.Agency, roles=("national",))
    def change_agency(self, tx: Transaction, caller: Caller, code: str, **changes: Any) -> dict[str, Any]:
        """Give an agency another name, kind, or place in the tree, with all that is below it.

        What is left out stays; the same again changes nothing. From then on the agencies above it in its new place see
        its records, and those above it before do not. NotFound `agency_not_found`, `parent_not_found`; Conflict
        `tree_has_a_circle`, `tree_too_deep`.
        """
        # All moves in the tree wait for each other, so that two of them never make a circle together; registrations of
        # people, which only need the agency to exist, do not wait.
        tx.execute(sa.select(agencies.c.code).order_by(agencies.c.code).with_for_update(key_share=True)).all()
        known = _agency(tx, code)
        if known is None:
            raise no_agency()
        if not _differs(known, changes):
            return dict(known._mapping)
        if changes.get("parent_code") is not None:
            _check_parent(tx, code, changes["parent_code"])
        tx.execute(sa.update(agencies).where(agencies.c.code == code).values(**changes))
        row = _agency(tx, code)
        name = LocalizedText(**row.name)
        tx.publish(AgencyChangedV1(code=code, name=name, parent_code=row.parent_code, kind=row.kind))
        return dict(row._mapping)

    @query(schemas.GetAgency, reply=schemas.Agency, roles=roles.EVERYBODY)
    def get_agency(self, tx: Transaction, caller: Caller, code: str) -> dict[str, Any]:
        """Name and place of an agency; the tree is open to every caller. NotFound `agency_not_found`."""
        found = _agency(tx, code)
        if found is None:
            raise no_agency()
        return dict(found._mapping)

    @query(schemas.ListAgencies, reply=page_of(schemas.Agency), roles=roles.EVERYBODY)
    def list_agencies(
        self, tx: Transaction, caller: Caller, parent_code: str | None, limit: int, cursor: str | None
    ) -> dict[str, Any]:
        """All agencies by code, or those directly below one."""
        statement = sa.select(agencies).order_by(agencies.c.code)
        if parent_code is not None:
            statement = statement.where(agencies.c.parent_code == parent_code)
        if cursor is not None:
            statement = statement.where(agencies.c.code > decode_cursor(cursor, {"code": str})["code"])
        rows, last = queries.page(tx, statement, limit)
        items = [dict(row._mapping) for row in rows]
        return {"items": items, "next": last and encode_cursor({"code": last.code})}


def _agency(tx: Transaction, code: str) -> Any:
    return tx.execute(sa.select(agencies).where(agencies.c.code == code)).first()


def _differs(known: Any, said: dict[str, Any]) -> bool:
    return any(getattr(known, name) != value for name, value in said.items())


def _check_parent(tx: Transaction, code: str, parent_code: str | None) -> None:
    if parent_code is None:
        return
    if _agency(tx, parent_code) is None:
        raise NotFound("parent_not_found", "There is no such agency above.", {"parent_code": parent_code})
    chain = agency_tree.above(tx, parent_code)
    if code in chain:
        raise Conflict("tree_has_a_circle", "An agency cannot be below itself.", {"chain": chain})
    if len(chain) + max(1, height(tx, code)) > MAX_DEPTH:
        raise Conflict("tree_too_deep", f"The tree has at most {MAX_DEPTH} levels.", {"chain": chain})
