"""Figures of agencies as CSV: an agency person by person, and all agencies; in parts, and over HTTP as one file."""

from operator import itemgetter
from typing import Any
from uuid import UUID

from werkzeug.wrappers import Request, Response

from services.enrollment.domain import compliance as domain
from services.enrollment.models import compliance as models
from services.enrollment.schemas import compliance as schemas
from services.enrollment.service import roles
from services.enrollment.service.compliance.reading import Year, items_of, own_agency, visible
from services.enrollment.service.hours.figures import MINIMUMS
from services.enrollment.service.sources import sources
from shared.auth import Caller
from shared.csv_export import Column, CsvPart, text
from shared.database import Transaction
from shared.entrypoints import http, query, streamed
from shared.paging import decode_cursor, encode_cursor

GROUP_TITLES = {
    "manager": {"fa": "مدیر", "en": "manager"},
    "staff": {"fa": "کارمند", "en": "staff"},
    "contract": {"fa": "قراردادی", "en": "contract"},
    "unknown": {"fa": "نامعلوم", "en": "unknown"},
}
BASES = {
    "regulation": {"fa": "مقررات", "en": "regulation"},
    "provincial_rule": {"fa": "ضابطهٔ استانی", "en": "provincial rule"},
    "default": {"fa": "پیش‌فرض سامانه", "en": "default of this system"},
}
PERSON_COLUMNS = (
    Column("شماره پرسنلی", "personnel number", itemgetter("personnel_number")),
    Column("نام و نام خانوادگی", "full name", itemgetter("full_name")),
    Column("گروه", "group", itemgetter("group")),
    Column("روزهای اشتغال", "days employed", itemgetter("days")),
    Column("تعداد دوره", "courses", itemgetter("lines")),
    Column("ساعت", "hours", itemgetter("hours")),
    Column("ساعت شغلی", "job-side hours", itemgetter("job_hours")),
    Column("ساعت عمومی", "general-side hours", itemgetter("general_hours")),
    Column("ساعت لازم", "required hours", itemgetter("required_hours")),
    Column("کسری", "missing hours", itemgetter("missing_hours")),
    Column("مبنای ساعت لازم", "basis of the required hours", itemgetter("basis")),
)
AGENCY_COLUMNS = (
    Column("کد دستگاه", "agency code", itemgetter("agency_code")),
    Column("دستگاه", "agency", itemgetter("agency_name")),
    Column("دستگاه بالادست", "agency above", itemgetter("parent_code")),
    Column("کارکنان", "people", itemgetter("people")),
    Column("آموزش‌دیده", "trained", itemgetter("trained")),
    Column("پوشش", "coverage", itemgetter("coverage")),
    Column("تعداد دوره", "completions", itemgetter("completions")),
    Column("ساعت", "hours", itemgetter("hours")),
    Column("سرانه", "hours per head", itemgetter("hours_per_head")),
    Column("ساعت شغلی", "job-side hours", itemgetter("job_hours")),
    Column("ساعت عمومی", "general-side hours", itemgetter("general_hours")),
    Column("ساعت لازم", "required hours", lambda item: item["average"]["required_hours"]),
    Column("افراد دارای کسری", "people short", lambda item: item["person"]["people_short"]),
    Column("جمع کسری افراد", "missing hours of people", lambda item: item["person"]["missing_hours"]),
    Column("تحقق میانگین", "average reached", lambda item: item["average"]["reached"]),
    Column("کسری میانگین دستگاه", "missing hours of the average", lambda item: item["average"]["missing_hours"]),
    Column("ساعت برنامه", "planned hours", itemgetter("planned_hours")),
    Column("بودجه (ریال)", "budget in rials", lambda item: item["budget"] and str(item["budget"])),
)


class ComplianceExports:
    @query(schemas.ExportAgencyCompliance, reply=CsvPart, roles=roles.READERS)
    def export_agency_compliance(
        self,
        tx: Transaction,
        caller: Caller,
        agency_code: str,
        jalali_year: int,
        language: str,
        limit: int,
        cursor: str | None,
    ) -> dict[str, Any]:
        """An agency's people in a Jalali year as CSV, a part at a time: hours there, what was asked, what is missing.

        By id of the person, with the personnel number that they had there last; those of agencies below are not among
        them. Over HTTP as one file: `GET /exports/agency-compliance.csv`. NotFound `agency_not_found`.
        """
        own_agency(tx, caller, agency_code)
        year = Year(tx, jalali_year)
        after = decode_cursor(cursor, {"id": UUID})["id"] if cursor else None
        rows = models.people_after(tx, agency_code, jalali_year, after, limit + 1)
        bases = _bases(tx, year)
        shown = [_person(row, year, bases) for row in rows[:limit]]
        following = encode_cursor({"id": rows[limit - 1].employee_id}) if len(rows) > limit else None
        return {
            "filename": f"compliance-{agency_code}-{jalali_year}.csv",
            "content": text(PERSON_COLUMNS, shown, language, with_header=cursor is None),
            "rows": len(shown),
            "next": following,
        }

    @query(schemas.ExportCompliance, reply=CsvPart, roles=roles.READERS)
    def export_compliance(
        self,
        tx: Transaction,
        caller: Caller,
        jalali_year: int,
        agency_code: str | None,
        language: str,
        limit: int,
        cursor: str | None,
    ) -> dict[str, Any]:
        """The figures of `list_agency_compliance` as CSV, a part at a time. Over HTTP as one file:
        `GET /exports/compliance.csv`. NotFound `agency_not_found`."""
        codes = visible(tx, caller, agency_code)
        after = decode_cursor(cursor, {"code": str})["code"] if cursor else None
        rows = models.agencies_after(tx, codes, after, limit + 1)
        shown = rows[:limit]
        plans = {plan.agency_code: plan for plan in models.plans_of(tx, [row.code for row in shown], jalali_year)}
        items = items_of(tx, shown, Year(tx, jalali_year), plans)
        return {
            "filename": f"compliance-{jalali_year}.csv",
            "content": text(AGENCY_COLUMNS, items, language, with_header=cursor is None),
            "rows": len(items),
            "next": encode_cursor({"code": shown[-1].code}) if len(rows) > limit else None,
        }

    @http("GET", "/exports/agency-compliance.csv")
    def agency_compliance_csv(self: Any, request: Request) -> Response:
        """`export_agency_compliance` as one file; its arguments are those of the address."""
        return streamed(self, "export_agency_compliance", request)

    @http("GET", "/exports/compliance.csv")
    def compliance_csv(self: Any, request: Request) -> Response:
        """`export_compliance` as one file; its arguments are those of the address."""
        return streamed(self, "export_compliance", request)


def _bases(tx: Transaction, year: Year) -> dict[str, Any]:
    """By group of staff: what the required hours rest on, on the last day of the year."""
    used = {one["key"]: BASES[one["basis"]] for one in sources(tx, MINIMUMS, year.last)}
    of_all, of_contract = MINIMUMS
    asked = {"manager": of_all, "staff": of_all, "contract": of_contract}
    return {group: used.get(key) for group, key in asked.items()}


def _person(row: Any, year: Year, bases: dict[str, Any]) -> dict[str, Any]:
    group = row.staff_group if row.days and row.staff_group else "unknown"
    return {
        **{name: getattr(row, name) for name in ("personnel_number", "full_name", "days", "lines")},
        **domain.person(row._mapping, year.induction_side),
        "group": GROUP_TITLES[group],
        "basis": bases.get(group),
    }
