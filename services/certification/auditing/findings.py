"""What an audit found."""

from dataclasses import dataclass, field
from typing import Any

READ = ("entries", "certificates", "credentials", "records")
MOST = 1000  # findings that are named; of a thousand altered certificates the rest is only counted


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it was: `code` is stable, `serial` None where no certificate can be named."""

    code: str
    serial: str | None
    message: str


@dataclass
class Report:
    """What was read, and what is not as it should be."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(READ, 0))
    findings: list[Finding] = field(default_factory=list)
    found: int = 0
    root: str | None = None
    size: int = 0

    def add(self, code: str, serial: str | None, message: str) -> None:
        self.found += 1
        if len(self.findings) < MOST:
            self.findings.append(Finding(code, serial, message))

    def as_dict(self) -> dict[str, Any]:
        findings = [{"code": each.code, "serial": each.serial, "message": each.message} for each in self.findings]
        read = {"read": self.counts, "log": {"size": self.size, "root": self.root}}
        return {"altered": self.found > 0, "found": self.found, "findings": findings, **read}
