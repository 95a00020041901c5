"""The printed form of a certificate: one A4 page as PDF, made from what was fixed at its issue and from nothing else.

`words` what stands on the page in each language · `content` which of it this certificate says · `symbol` the QR code ·
`templates` where it stands · `typesetting` the compilers · `sealing` the signature that PDF viewers check · `printing`
all of that together, with a cache. A training record has the same parts: `record_words`, `record`, and its template.

The same snapshot, link, credential and key give the same bytes on every machine: the time in the file is the time of
issue, fonts come from packages, no path and no clock is read.
"""

from services.certification.document.printing import Copy, RecordCopy, printed, printed_record

__all__ = ["Copy", "RecordCopy", "printed", "printed_record"]
