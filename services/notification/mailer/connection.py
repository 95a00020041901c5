"""One mail after the other over one connection, with as few waits for the server as it allows.

A server that offers PIPELINING (RFC 2920) gets sender, recipient and DATA in one write and is waited for once, not
three times. It may then take DATA although it has refused what came before: an empty message ends that.
"""

import smtplib
import time
from typing import NamedTuple

from services.notification.channels import Deferred, DeliveryError, Refused, Unreachable
from services.notification.mailer.dialogue import TROUBLE, Dialogue
from services.notification.mailer.server import Server

MAIL, RCPT, DATA = STAGES = ("mail", "rcpt", "data")
GO_ON, CLOSING = 354, 421


class Answer(NamedTuple):
    """What the server said to one step."""

    stage: str
    code: int
    text: bytes

    @property
    def fits(self) -> bool:
        """Whether the dialogue goes on."""
        return self.code == GO_ON if self.stage == DATA else 200 <= self.code < 300

    def __str__(self) -> str:
        return f"{self.code} {self.text.decode('utf-8', 'replace')}"


class Connection:
    """Used by one thread at a time. `stands`: the last mail has left it ready for the next one."""

    def __init__(self, server: Server, ends: float) -> None:
        """Connect by `ends` (of the monotonic clock). Raises Unreachable."""
        try:
            self._dialogue = Dialogue(server, ends)
        except (*TROUBLE, ValueError) as error:  # whatever it says before the first mail is no fault of the mail
            raise Unreachable(_reason(error)) from error
        self._pipelining = self._dialogue.has_extn("pipelining")
        self.stands = True
        self.used_at = time.monotonic()

    def post(self, sender: str, recipient: str, content: bytes, ends: float) -> str:
        """Hand one mail over by `ends`, but for the server's word on it; its acceptance. Raises a DeliveryError;
        ValueError for an address that cannot be said."""
        envelope = (f"MAIL FROM:{_path(sender)}\r\n", f"RCPT TO:{_path(recipient)}\r\n", "DATA\r\n")
        self.stands, self._dialogue.ends = False, ends
        refusal = self._together(envelope) if self._pipelining else self._one_by_one(envelope)
        if refusal is not None:
            self._begin_anew(refusal)
            raise _refused(refusal)
        return str(self._content(content))

    def close(self) -> None:
        """Without a word, as after trouble."""
        self.stands = False
        self._dialogue.close()

    def leave(self) -> None:
        self.stands = False
        self._dialogue.leave()

    def _one_by_one(self, envelope: tuple[str, ...]) -> Answer | None:
        """Say each line when the one before was taken; the answer that ended it, None when the content may come."""
        for stage, line in zip(STAGES, envelope, strict=True):
            answer = self._asked(stage, line)
            if not answer.fits:
                return answer
        return None

    def _together(self, envelope: tuple[str, ...]) -> Answer | None:
        """Say all lines at once; the first answer that refuses, None when the content may come."""
        refusal: Answer | None = None
        line = "".join(envelope)
        for stage in STAGES:
            try:
                answer = self._asked(stage, line)
            except DeliveryError:
                if refusal is None:
                    raise
                return refusal  # that it has gone away since changes nothing about its answer
            if refusal is not None and answer.stage == DATA and answer.fits:
                self._end_empty()
            if refusal is None and not answer.fits:
                refusal = answer
            if answer.code == CLOSING:
                return refusal
            line = ""
        return refusal

    def _asked(self, stage: str, line: str) -> Answer:
        """The answer to a step. Trouble before the sender is taken is the server's; later it may be the mail's."""
        try:
            if line:
                self._dialogue.send(line)
            return Answer(stage, *self._dialogue.getreply())
        except TROUBLE as error:
            self._dialogue.close()
            raise (Unreachable if stage == MAIL else Deferred)(_reason(error)) from error

    def _end_empty(self) -> None:
        """A server that has refused the recipient and waits for the content all the same gets none (RFC 2920, 3.1)."""
        try:
            self._dialogue.send(".\r\n")
            self._dialogue.getreply()
        except TROUBLE:
            self._dialogue.close()

    def _content(self, content: bytes) -> Answer:
        """The server's last word on a mail, if it is a good one."""
        try:
            self._dialogue.send(_stuffed(content))
            answer = Answer(DATA, *self._dialogue.verdict())
        except TROUBLE as error:
            self._dialogue.close()
            raise Deferred(_reason(error)) from error
        is_good = 200 <= answer.code < 300
        self.stands = is_good or (400 <= answer.code < 600 and answer.code != CLOSING)
        self.used_at = time.monotonic()
        if not is_good:
            raise _refused(answer)
        return answer

    def _begin_anew(self, refusal: Answer) -> None:
        """Make the connection ready for the next mail, if it can be."""
        if not 400 <= refusal.code < 600 or refusal.code == CLOSING or self._dialogue.sock is None:
            return
        try:
            code, _ = self._dialogue.docmd("RSET")
        except TROUBLE:
            self._dialogue.close()
        else:
            self.stands, self.used_at = code == 250, time.monotonic()


def _refused(answer: Answer) -> DeliveryError:
    """What an answer means. A 5xx to the sender is about us: bouncing every mail of the day for it would punish those
    they were meant for."""
    if answer.stage == MAIL:
        is_about_us = answer.code >= 500 or answer.code == CLOSING
        return (Unreachable if is_about_us else Deferred)(f"sender: {answer}")
    return Refused(str(answer), answer.stage) if 500 <= answer.code < 600 else Deferred(str(answer))


def _path(address: str) -> str:
    if not address.isascii() or not address.isprintable() or set(address) & set(" <>"):
        raise ValueError("the address has characters that SMTP cannot carry")
    return f"<{address}>"


def _stuffed(content: bytes) -> bytes:
    """The content as DATA wants it (RFC 5321, 4.5.2): lines that begin with a dot get another one, a dot ends it."""
    content = content.replace(b"\r\n.", b"\r\n..")
    if content.startswith(b"."):
        content = b"." + content
    return content + (b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n")


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        return f"{error.smtp_code} {text.decode('utf-8', 'replace') if isinstance(text, bytes) else text}"
    return f"{type(error).__name__}: {error}"
