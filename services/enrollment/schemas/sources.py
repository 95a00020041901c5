"""The shape in which replies name the numbers that they rest on."""

from marshmallow import fields

from shared.schemas import IsoDate, Shape


class PolicyUsed(Shape):
    """A number that a reply rests on: its value, the day from which it holds, its source.

    `confidence`: F found in the source, I inferred, G general knowledge, X looked for and not found, policy_default
    ours. `scope`: national or provincial. `basis`: `regulation` (found in a national text), `provincial_rule`, or
    `default` (ours, or not certain).
    """

    key = fields.String()
    value = fields.Raw()
    effective_from = IsoDate()
    source = fields.String()
    confidence = fields.String()
    scope = fields.String()
    basis = fields.String()
