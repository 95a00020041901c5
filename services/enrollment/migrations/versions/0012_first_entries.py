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
WITH years (year, first, last) AS (VALUES {years}),
done AS (
    SELECT e.id, e.employee_id, e.completed_at, e.agency_code, e.score, e.completed_on, e.offering_id, y.year,
           row_number() OVER (PARTITION BY e.employee_id, o.course_code ORDER BY e.completed_on, e.id) AS of_all,
           row_number() OVER (PARTITION BY e.employee_id, o.course_code, y.year
                              ORDER BY e.completed_on, e.id) AS of_year
    FROM enrollments e
    JOIN offerings o ON o.id = e.offering_id
    JOIN years y ON e.completed_on BETWEEN y.first AND y.last
    WHERE e.status = 'completed')
SELECT d.id, d.employee_id, d.id, 'own', CASE WHEN o.refresh_every_months IS NULL THEN d.of_all ELSE d.of_year END = 1,
       d.completed_at, 'migration', COALESCE(d.agency_code, m.agency_code), o.course_code, o.course_version,
       o.course_title, o.course_type, o.delivery_mode, COALESCE(o.provider_code, o.agency_code),
       COALESCE(o.provider_name, a.name), o.permit, o.refresh_every_months, o.hours, d.score, o.starts_on,
       d.completed_on, d.year
FROM done d
JOIN offerings o ON o.id = d.offering_id
JOIN employees m ON m.id = d.employee_id
LEFT JOIN agencies a ON a.code = o.agency_code
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
    day = "'{}'"  # SQLite keeps days as text
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SET LOCAL statement_timeout = 0"))  # a million completions take half a minute
        day = "DATE '{}'"
    first, last = (each if isinstance(each, date) else date.fromisoformat(each) for each in known)
    bounds = {year: jalali_year_bounds(year) for year in range(jalali_year(first), jalali_year(last) + 1)}
    years = (f"({year}, {day.format(days[0])}, {day.format(days[1])})" for year, days in bounds.items())
    connection.execute(sa.text(ENTRIES.format(years=", ".join(years))))
    connection.execute(sa.text(SUMS))


def downgrade() -> None:
    op.execute("DELETE FROM training_entries")
    op.execute("DELETE FROM person_years")
