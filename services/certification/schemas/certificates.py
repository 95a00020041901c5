"""Shapes of certification's arguments and replies."""

from marshmallow import fields, validate

from services.certification.domain.designs import VARIANTS
from services.certification.schemas.log import Proof
from services.certification.schemas.profiles import Signatory
from shared.schemas import Integer, IsoDate, LocalizedTextField, Moment, Page, Shape

KINDS = ("type1", "type2")
LANGUAGES = ("fa", "en")
STATUSES = ("valid", "suspended", "superseded", "revoked", "expired")


class ListCertificates(Page):
    employee_id = fields.UUID(required=True)


class CertificateById(Shape):
    certificate_id = fields.UUID(required=True)


class GetDocument(CertificateById):
    variant = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(VARIANTS))


class GetPublicDocument(Shape):
    """A verification code as it was typed. `variant` as for `get_document`; without one, the document is in the
    `language` of its reader, fa or en."""

    code = fields.String(required=True)
    variant = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(VARIANTS))
    language = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(LANGUAGES))


class Verify(Shape):
    """A verification code as it was typed: any case, with or without hyphens and spaces, digits of any script."""

    code = fields.String(required=True)


class ListIssued(Page):
    """`since` is inclusive; without it the list begins with the first certificate."""

    since = Moment(load_default=None, allow_none=True)


class Organisation(Shape):
    code = fields.String(required=True)
    name = LocalizedTextField(required=True)


class CoveredEnrollment(Shape):
    enrollment_id = fields.UUID(required=True)
    completed_on = IsoDate(required=True)


class Certificate(Shape):
    """What the holder's agency sees of a certificate. `hours` is a number of hours, days are Gregorian.

    `valid_until` is the last day it holds, wholly inside (Tehran); null: it never expires. One of `kind` type2 has its
    level (skill, specialist, specialist_research) as `course_code` and `course_title`, 0 as `course_version`, the
    counted hours as `hours`, and the day of the award as `completed_on`.
    """

    certificate_id = fields.UUID(required=True)
    serial = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    course_code = fields.String(required=True)
    course_version = Integer(required=True)
    course_title = LocalizedTextField(required=True)
    hours = fields.Float(required=True)
    completed_on = IsoDate(required=True)
    issued_at = Moment(required=True)
    verification_code = fields.String(required=True)
    verification_url = fields.String(required=True)
    valid_until = IsoDate(required=True, allow_none=True)
    also_covers = fields.List(fields.Nested(CoveredEnrollment))


class Decision(Shape):
    """A written decision: number and day, who stands behind it, and as what."""

    number = fields.String(required=True)
    decided_on = IsoDate(required=True)
    name = fields.String(required=True)
    title = LocalizedTextField(required=True)


class RestsOn(Shape):
    """A value of a policy that was decided by. `confidence` F was found in a regulation, any other was not; it and
    `source` are null where the decision did not say them. `source_fa`: the source in Persian, where it was said."""

    key = fields.String(required=True)
    effective_from = IsoDate(required=True)
    source = fields.String(required=True, allow_none=True)
    source_fa = fields.String(allow_none=True)
    confidence = fields.String(required=True, allow_none=True)


class Award(Shape):
    """What a type-2 certificate says beside what all say. It is no degree: it has benefits like those of `benefit`.

    `job_side_hours` of its hours are of the job or of management. `research_title` and `research_hours` where the level
    asks for a project. `committee` is the decision of the agency's committee, `organisation` that of the Organisation.
    `base_degree`, `base_degree_field` and `research_title` are null once the holder's data was erased.
    """

    level = fields.String(required=True)
    base_degree = fields.String(required=True, allow_none=True)
    base_degree_field = fields.String(required=True, allow_none=True)
    benefit = LocalizedTextField(required=True)
    job_side_hours = fields.Float(required=True)
    exam_on = IsoDate(required=True)
    research_title = fields.String(required=True, allow_none=True)
    research_hours = fields.Float(required=True, allow_none=True)
    committee = fields.Nested(Decision, required=True)
    organisation = fields.Nested(Decision, required=True)
    organisation_name = LocalizedTextField(required=True)
    policies = fields.List(fields.Nested(RestsOn), required=True)


class FullCertificate(Certificate):
    """A certificate with all that its snapshot says; `score` is of 100.

    `basis` is null where the platform saw the course, else what a record of the agency's own older books said of it
    (`kind` past_record, `original_serial`, `original_date`, `original_type`): then `course_version` is 0, and `score`
    null where the record has none. Of a type-2 certificate `course_type` and `delivery_mode` are null, `score` is that
    of the comprehensive exam, `starts_on` and `ends_on` bound the training that counts, and `award` says the rest.
    """

    holder_name = fields.String(required=True, allow_none=True)
    personnel_number = fields.String(required=True, allow_none=True)
    job_title = fields.String(required=True, allow_none=True)
    course_type = fields.String(required=True, allow_none=True)
    delivery_mode = fields.String(required=True, allow_none=True)
    starts_on = IsoDate(required=True)
    ends_on = IsoDate(required=True)
    score = fields.Float(required=True, allow_none=True)
    basis = fields.Dict(required=True, allow_none=True)
    award = fields.Nested(Award, required=True, allow_none=True)
    issuer = fields.Nested(Organisation, required=True)
    provider = fields.Nested(Organisation, required=True)
    key_id = fields.String(required=True)


class Accreditation(Shape):
    """The right of a provider to give the course, from a day to a day; without an end: until it is withdrawn."""

    number = fields.String(required=True)
    valid_from = IsoDate(required=True)
    valid_to = IsoDate(allow_none=True)


class Provider(Organisation):
    accreditation = fields.Nested(Accreditation, allow_none=True)


class Permit(Shape):
    """The permit of the course."""

    number = fields.String(required=True)
    issued_on = IsoDate(allow_none=True)


class Replaced(Shape):
    """An earlier certificate; whoever holds its code finds it there."""

    serial = fields.String(required=True)
    replaced_at = Moment(required=True)
    reason = fields.String(allow_none=True)


class Replacement(Replaced):
    """A later certificate: since when, why, and where it is found."""

    status = fields.String(required=True)
    verification_code = fields.String(required=True)
    verification_url = fields.String(required=True)


class Verification(Shape):
    """What anybody may know who holds the code: never a national code, a personnel number or an address.

    All but the status, the chain of replacements and `checked_at` was signed with the key `key_id` of
    `/.well-known/jwks.json`, and with `cosigner_key_id` by the provider where there is one, or for the Organisation
    under a type-2 certificate. `replaces` has the earlier
    certificates of the same completion, oldest first; `replaced_by` those that came after it, one after the other.
    `score` is of 100, `grade` the word for it. `holder_name` is null once the holder's data was erased (`erased_at`);
    that it was issued stays provable. One that was superseded, suspended or revoked says since when (`status_since`)
    and why (`reason`, and for a revocation the kind of it, `reason_title`). `log` is the proof that its issue is in the
    public log; `get_proof` gives those of all that happened to it since. `basis` is there when it rests on a record of
    the agency's own older books, whose score may not be known (null). `award` is there for `kind` type2, whose
    `course_type` and `delivery_mode` are null and whose course is the level.
    """

    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    serial = fields.String(required=True)
    holder_name = fields.String(required=True, allow_none=True)
    course_title = LocalizedTextField(required=True)
    hours = fields.Float(required=True)
    completed_on = IsoDate(required=True)
    issued_at = Moment(required=True)
    issuer = fields.Nested(Organisation, required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    course_code = fields.String(required=True)
    course_version = Integer(required=True)
    course_type = fields.String(required=True, allow_none=True)
    delivery_mode = fields.String(required=True, allow_none=True)
    starts_on = IsoDate(required=True)
    ends_on = IsoDate(required=True)
    score = fields.Float(required=True, allow_none=True)
    grade = LocalizedTextField()
    valid_until = IsoDate()
    provider = fields.Nested(Provider, required=True)
    permit = fields.Nested(Permit)
    signatories = fields.List(fields.Nested(Signatory), required=True)
    verification_code = fields.String(required=True)
    key_id = fields.String(required=True)
    cosigner_key_id = fields.String()
    status_since = Moment()
    superseded_by = fields.String()
    revoked_on = IsoDate()
    erased_at = Moment()
    reason = fields.String()
    replaces = fields.List(fields.Nested(Replaced), required=True)
    replaced_by = fields.List(fields.Nested(Replacement), required=True)
    checked_at = Moment(required=True)
    basis = fields.Dict()
    award = fields.Nested(Award)
    reason_title = LocalizedTextField()
    log = fields.Nested(Proof)


class Document(Shape):
    filename = fields.String(required=True)
    content_type = fields.String(required=True)
    content_base64 = fields.String(required=True)


class PublicDocument(Document):
    """A document, and whether its certificate holds now."""

    status = fields.String(required=True, validate=validate.OneOf(STATUSES))


class Issued(Shape):
    """An enrollment and its certificate. `is_covered`: issued for another enrollment; `issued_at` is then the moment
    at which this one was found to be covered. `mail`: whether the holder was to be written to. `is_past_record`: no
    completion was heard of it; the agency brought it from its own older records. Of a certificate of `kind` type2
    `enrollment_id` is the award."""

    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    certificate_id = fields.UUID(required=True)
    enrollment_id = fields.UUID(required=True)
    employee_id = fields.UUID(required=True)
    issued_at = Moment(required=True)
    mail = fields.Boolean(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    is_past_record = fields.Boolean(required=True)
    is_covered = fields.Boolean(required=True)
