"""The policies of one service: what its file ships, what was recorded in its database, and what holds on a day."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
import yaml

from shared import yaml_file
from shared.columns import JSON, UTCDateTime
from shared.policies.rules import CONFIDENCES, SCOPES, Check, Period, Policy, in_force, timeline, value_problems

if TYPE_CHECKING:
    from shared.database import Transaction

UNIT_LENGTH = 100
_COLUMNS = (
    "key",
    "effective_from",
    "edition",
    "value",
    "unit",
    "source",
    "confidence",
    "scope",
    "reason",
    "recorded_at",
    "recorded_by",
)


class PolicyFileError(ValueError):
    """The policy file is wrong; the text says where and why."""


def policy_table(metadata: sa.MetaData) -> sa.Table:
    """The table of values recorded here. Rows are added and never changed; `edition` counts corrections of one day."""
    return sa.Table(
        "policies",
        metadata,
        sa.Column("key", sa.String(50), primary_key=True),
        sa.Column("effective_from", sa.Date, primary_key=True),
        sa.Column("edition", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("value", JSON, nullable=False),
        sa.Column("unit", sa.String(UNIT_LENGTH), nullable=False),
        sa.Column("source", sa.String(300), nullable=False),
        sa.Column("confidence", sa.String(20), nullable=False),
        sa.Column("scope", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("recorded_at", UTCDateTime, nullable=False),
        sa.Column("recorded_by", sa.String(100), nullable=False),
    )


@dataclass(frozen=True)
class Policies:
    """The keys of a service with the check of each, its file of shipped values, and its table of recorded ones."""

    keys: Mapping[str, Check]
    file: Path
    table: Any

    def shipped(self) -> Mapping[str, tuple[Policy, ...]]:
        """The shipped values of every key, by day; raises PolicyFileError."""
        return read_file(self.file, tuple(self.keys.items()))

    def recorded(self, tx: "Transaction", keys: Iterable[str]) -> dict[str, list[Policy]]:
        """Everything recorded for these keys, by day and edition; asked once in a transaction."""
        everything = tx.info.get(_KEPT)
        if everything is None:
            own = self.table.c
            statement = sa.select(*(own[name] for name in _COLUMNS)).order_by(own.effective_from, own.edition)
            everything = tx.info[_KEPT] = [Policy(**row._mapping) for row in tx.execute(statement)]
        return {key: [policy for policy in everything if policy.key == key] for key in keys}

    def record(self, tx: "Transaction", policy: Policy) -> None:
        """Add a value; the primary key refuses a second one of the same day and edition."""
        tx.execute(sa.insert(self.table).values({name: getattr(policy, name) for name in _COLUMNS}))
        tx.info.pop(_KEPT, None)

    def periods_of(self, tx: "Transaction", key: str) -> list[Period]:
        """Which values of a key hold when, in order. An unknown key is a KeyError."""
        return timeline(self.shipped()[key], self.recorded(tx, [key])[key])

    def policy_on(self, tx: "Transaction", key: str, day: date) -> Policy | None:
        """The policy in force on a day, with its source; None before its first value. An unknown key is a KeyError."""
        period = in_force(self.periods_of(tx, key), day)
        return period.policy if period else None

    def value_on(self, tx: "Transaction", key: str, day: date) -> Any:
        """The JSON value in force on a day; None before its first value. An unknown key is a KeyError."""
        policy = self.policy_on(tx, key, day)
        return deepcopy(policy.value) if policy else None  # shipped values are read once and belong to everybody


_KEPT = "recorded policies"


@cache
def read_file(path: Path, keys: tuple[tuple[str, Check], ...]) -> Mapping[str, tuple[Policy, ...]]:
    """The values of a policy file by key and day, each checked; raises PolicyFileError."""
    try:
        entries = yaml_file.read(path)["policies"]
        policies = [Policy(edition=0, **entry) for entry in entries]
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise PolicyFileError(f"{path.name}: {type(error).__name__}: {error}") from error
    found: dict[str, list[Policy]] = {key: [] for key, _check in keys}
    for policy in policies:
        _check(policy, path, dict(keys))
        found[policy.key].append(policy)
    return {key: _in_order(key, values, path) for key, values in found.items()}


def _check(policy: Policy, path: Path, keys: Mapping[str, Check]) -> None:
    problems: dict[str, Any] = dict(value_problems(keys, policy.key, policy.value))
    if policy.confidence not in CONFIDENCES:
        problems["confidence"] = policy.confidence
    if policy.scope not in SCOPES:
        problems["scope"] = policy.scope
    if len(policy.unit) > UNIT_LENGTH:  # a recorded value takes its unit from here
        problems["unit"] = f"is longer than {UNIT_LENGTH}"
    if problems:
        raise PolicyFileError(f"{path.name}: {policy.key}: {problems}")


def _in_order(key: str, values: list[Policy], path: Path) -> tuple[Policy, ...]:
    days = [policy.effective_from for policy in values]
    if not values or len(set(days)) < len(days):
        raise PolicyFileError(f"{path.name}: {key}: needs a value, and one for each day")
    return tuple(sorted(values, key=lambda policy: policy.effective_from))
