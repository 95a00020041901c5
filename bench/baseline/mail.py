"""The loop that most people would write: one row after the other, one commit each.

    python -m bench.baseline.mail DATABASE_URL SMTP_PORT [--keep]

The same tables, templates and sink as ours; an `EmailMessage`, `smtplib.SMTP` for each mail, or with `--keep` one for
all. It writes down status, answer and time, but neither attempts nor letters, and claims nothing, so that only one of
it may run: that favours it. Prints `ready` and looks for due rows until it is killed.
"""

import smtplib
import sys
import time
from contextlib import nullcontext
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

import sqlalchemy as sa

from services.notification import rendering
from services.notification.models import notifications, recipients

SENDER = "no-reply@training.example"


def main(url: str, port: int, keep: bool) -> None:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        connection.execute(sa.select(1))
        connection.commit()
        print("ready", flush=True)
        while True:
            rows = connection.execute(due()).all()
            connection.commit()
            if rows:
                send_all(connection, rows, port, keep)
            else:
                time.sleep(0.05)


def due() -> sa.Select[Any]:
    return (
        sa.select(notifications, recipients.c.full_name, recipients.c.email, recipients.c.language)
        .join(recipients, recipients.c.employee_id == notifications.c.employee_id)
        .where(notifications.c.status == "pending", notifications.c.due_at <= sa.func.now())
        .order_by(notifications.c.due_at)
    )


def send_all(connection: sa.Connection, rows: Any, port: int, keep: bool) -> None:
    with smtplib.SMTP("127.0.0.1", port) if keep else nullcontext() as kept:
        for row in rows:
            message = composed(row)
            if kept is not None:
                kept.send_message(message)
            else:
                with smtplib.SMTP("127.0.0.1", port) as server:
                    server.send_message(message)
            mine = notifications.c.notification_id == row.notification_id
            said = {"status": "sent", "sent_at": datetime.now(UTC), "last_answer": "250 OK"}
            connection.execute(sa.update(notifications).where(mine).values(said))
            connection.commit()


def composed(row: Any) -> EmailMessage:
    letter = rendering.render(row.template, row.language, row.full_name, row.context)
    message = EmailMessage()
    message["From"] = SENDER
    message["To"] = f"{row.full_name} <{row.email}>"
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = f"<{row.notification_id}@training.example>"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), "--keep" in sys.argv)
