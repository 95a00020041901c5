"""Figures of what training did, from counted answers. No figure shows what a few people said.

Answers of the caller's own agency are known there anyway. So figures that others are part of leave those others out
while they are too few: else whoever subtracts their own people would read the answers of single ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar


class Tally(NamedTuple):
    """So many people answered an item with this number; `own` are those of the caller's agency."""

    own: bool
    number: float
    people: int


class Pairs(NamedTuple):
    """Sums over people with a score before and after; `normalised` over those who could still gain."""

    own: bool
    people: int
    before: float
    after: float
    normalised: float
    could_gain: int


Counted = TypeVar("Counted", Tally, Pairs)


@dataclass(frozen=True)
class ItemFigures:
    """Of `n` people; of too few there is no mean and no share, and `n` are all of them."""

    n: int
    mean: float | None = None
    share_high: float | None = None
    shares: dict[str, float] | None = None


def shown_part(counted: Sequence[Counted], least: int) -> list[Counted]:
    """What may be shown: nothing of fewer than `least` people, and nothing of fewer than `least` others."""
    others = sum(one.people for one in counted if not one.own)
    kept = [one for one in counted if one.own or others >= least]
    return kept if sum(one.people for one in kept) >= least else []


def item_figures(item: Any, tallies: Sequence[Tally], least: int) -> ItemFigures:
    """Mean and share of high answers of a scale (the upper quarter: 4 and 5 of 5) and of yes; the shares of choices."""
    shown = shown_part(tallies, least)
    if not shown:
        return ItemFigures(sum(tally.people for tally in tallies))
    count = sum(tally.people for tally in shown)
    if item["kind"] == "choice":
        return ItemFigures(count, shares=_shares(item, shown, count))
    low, high = (item["min"], item["max"]) if item["kind"] == "scale" else (0, 1)
    mean = sum(tally.number * tally.people for tally in shown) / count
    upper = sum(tally.people for tally in shown if tally.number >= low + 0.75 * (high - low))
    return ItemFigures(count, round(mean, 2), round(upper / count, 2))


def learning_figures(pairs: Sequence[Pairs], least: int) -> dict[str, Any]:
    """Mean scores before and after, the gain, and the normalised gain: the share of what could be gained that was.

    Who had 100 before could gain nothing and is left out of the normalised gain alone.
    """
    shown = shown_part(pairs, least)
    if not shown:
        empty = dict.fromkeys(("pre", "post", "gain", "normalised_gain", "normalised_n"))
        return {"n": sum(one.people for one in pairs), **empty}
    count = sum(one.people for one in shown)
    before, after = sum(one.before for one in shown) / count, sum(one.after for one in shown) / count
    gainers = shown_part([one._replace(people=one.could_gain) for one in shown], least)
    could_gain = sum(one.people for one in gainers)
    return {
        "n": count,
        "pre": round(before, 2),
        "post": round(after, 2),
        "gain": round(after - before, 2),
        "normalised_gain": round(sum(one.normalised for one in gainers) / could_gain, 2) if gainers else None,
        "normalised_n": could_gain,
    }


def rate(part: int, whole: int) -> float | None:
    return round(part / whole, 2) if whole else None


def _shares(item: Any, tallies: Sequence[Tally], people: int) -> dict[str, float]:
    codes = [choice["code"] for choice in item["choices"]]
    chosen = dict.fromkeys(codes, 0)
    for tally in tallies:
        chosen[codes[int(tally.number)]] += tally.people
    return {code: round(each / people, 2) for code, each in chosen.items()}
