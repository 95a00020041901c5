"""Shapes of the log's proofs."""

from marshmallow import fields, validate

from services.certification.domain.log import KINDS
from shared.schemas import Integer, Shape


class Proof(Shape):
    """That an entry is in the log (RFC 9162, 2.1.3). Hashes are SHA-256 in hexadecimal.

    `leaf` is the entry, byte by byte as it was hashed; `index` its place, from 0; `path` leads from it to the `root` of
    the tree of `size` leaves, which `checkpoint` repeats with the log's signature (C2SP tlog-checkpoint).
    """

    index = Integer(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    leaf = fields.String(required=True)
    size = Integer(required=True)
    root = fields.String(required=True)
    path = fields.List(fields.String(), required=True)
    checkpoint = fields.String(required=True)


class Proofs(Shape):
    """All that the log says of a certificate, oldest first."""

    serial = fields.String(required=True)
    status = fields.String(required=True)
    items = fields.List(fields.Nested(Proof), required=True)


class LeafRange(Shape):
    """`start` up to, not including, `end`."""

    start = Integer(required=True, min=0)
    end = Integer(required=True, min=1)


class Sizes(Shape):
    """Two sizes of the log, the smaller first."""

    first = Integer(required=True, min=1)
    second = Integer(required=True, min=1)
