"""What is due goes out, and what came of it is written down: a postman with its batches, a lane for each webhook, and
what servers report of mails afterwards."""

from services.notification.sending.postman import Postman, count_followed

__all__ = ["Postman", "count_followed"]
