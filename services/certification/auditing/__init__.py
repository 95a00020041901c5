"""The audit: the whole database held against the public keys, the log, and heads of the log that somebody kept.

It trusts nothing that is stored: signatures and hashes are computed anew, from the first entry and certificate to the
last, in one snapshot of the database and in constant memory.
"""

from services.certification.auditing.findings import Finding, Report
from services.certification.auditing.run import audit

__all__ = ["Finding", "Report", "audit"]
