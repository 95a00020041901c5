"""Which certificates took the place of one another."""

from collections.abc import Iterable, Mapping
from typing import Any


def around(rows: Iterable[Any], own_id: Any) -> tuple[list[Any], list[Any]]:
    """Of certificates that belong together: those that were replaced until there was this one, oldest first, and those
    that replaced it, one after the other. Each row has an `id` and the id that it is `superseded_by`."""
    by_id = {row.id: row for row in rows}
    before = {row.superseded_by: row for row in by_id.values() if row.superseded_by is not None}
    after = {row.id: by_id[row.superseded_by] for row in by_id.values() if row.superseded_by in by_id}
    return _follow(before, own_id)[::-1], _follow(after, own_id)


def _follow(step: Mapping[Any, Any], own_id: Any) -> list[Any]:
    """From one to the next by id; a circle would be damage, and must not hold us up."""
    found: list[Any] = []
    seen = {own_id}
    place = own_id
    while place in step and step[place].id not in seen:
        found.append(step[place])
        place = step[place].id
        seen.add(place)
    return found
