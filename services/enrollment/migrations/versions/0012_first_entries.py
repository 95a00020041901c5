"""Training records of what was completed before there were any.

Each completion that stands becomes an entry, known since it was recorded (`completed_at`), and the sums of years
follow. Corrections of before are not reconstructed: the history of an enrollment has them, and the record begins with
what held when it was set up. A course that somebody completed more than once counts the first time, or once in each
Jalali year if it is to be refreshed, as the policy `repeat_counts` has it by default. Groups of courses of which one
counts are not looked at: nobody could enter a second one.
"""

from datetime import date

import sqlalchemy as sa
from alembic import op

from shared.persian import jalali_year, jalali_year_bounds

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# Of a person's completions of a course, and in one Jalali year if it is to be refreshed, the first one counts.
ENTRIES = """
INSERT INTO training_entries (
    id, employee_id, line_id, source, counted, recorded_at, recorded_by, agency_code, course_code, course_version,
    course_title, course_type, delivery_mode, provider_code, provider_name, permit, refresh_every_months, hours, score,
    starts_on, completed_on, jalali_year)
SELECT e.id, e.employee_id, e.id, 'own', NOT EXISTS (
           SELECT 1 FROM enrollments f JOIN offerings p ON p.id = f.offering_id
           WHERE f.employee_id = e.employee_id AND f.completed_on IS NOT NULL AND f.status = 'completed'
             AND p.course_code = o.course_code
             AND (f.completed_on < e.completed_on OR (f.completed_on = e.completed_on AND f.id < e.id))
             AND (o.refresh_every_months IS NULL OR f.completed_on >= :first)),
       e.completed_at, 'migration', COALESCE(e.agency_code, m.agency_code), o.course_code, o.course_version,
       o.course_title, o.course_type, o.delivery_mode, COALESCE(o.provider_code, o.agency_code),
       COALESCE(o.provider_name, a.name), o.permit, o.refresh_every_months, o.hours, e.score, o.starts_on,
       e.completed_on, :year
FROM enrollments e
JOIN offerings o ON o.id = e.offering_id
JOIN employees m ON m.id = e.employee_id
LEFT JOIN agencies a ON a.code = o.agency_code
WHERE e.status = 'completed' AND e.completed_on BETWEEN :first AND :last
"""

SUMS = """
INSERT INTO person_years (employee_id, jalali_year, agency_code, lines, induction_hours, job_hours,
    general_ability_hours, cultural_hours, managerial_hours)
SELECT employee_id, jalali_year, agency_code, count(*),
       sum(CASE course_type WHEN 'induction' THEN hours ELSE 0 END),
       sum(CASE course_type WHEN 'job' THEN hours ELSE 0 END),
       sum(CASE course_type WHEN 'general_ability' THEN hours ELSE 0 END),
       sum(CASE course_type WHEN 'cultural' THEN hours ELSE 0 END),
       sum(CASE course_type WHEN 'managerial' THEN hours ELSE 0 END)
FROM training_entries WHERE counted GROUP BY employee_id, jalali_year, agency_code
"""


def upgrade() -> None:
    connection = op.get_bind()
    known = connection.execute(sa.text("SELECT min(completed_on), max(completed_on) FROM enrollments")).one()
    if known[0] is None:
        return
    first, last = (day if isinstance(day, date) else date.fromisoformat(day) for day in known)
    for year in range(jalali_year(first), jalali_year(last) + 1):
        days = jalali_year_bounds(year)
        entries = sa.text(ENTRIES).bindparams(*(sa.bindparam(name, type_=sa.Date) for name in ("first", "last")))
        connection.execute(entries, {"year": year, "first": days[0], "last": days[1]})
    connection.execute(sa.text(SUMS))


def downgrade() -> None:
    op.execute("DELETE FROM training_entries")
    op.execute("DELETE FROM person_years")
