"""The receiver in JavaScript that docs/webhooks.md shows, run by Node.js on messages that we signed."""

import json
import re
import subprocess
import time
from pathlib import Path

from services.notification.domain.webhooks import secret_of, signature

PAGE = Path(__file__).parents[2] / "docs/webhooks.md"
ASK = """
import { readFileSync } from "node:fs";
import { isOurs } from "./receiver.mjs";
const cases = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(cases.map((one) => isOurs(one.secret, one.headers, Buffer.from(one.body)))));
"""


def test_the_receiver_in_javascript_takes_what_is_ours_and_nothing_else(tmp_path: Path) -> None:
    (code,) = re.findall(r"```javascript\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    (tmp_path / "receiver.mjs").write_text(code, "utf-8")
    (tmp_path / "ask.mjs").write_text(ASK, "utf-8")
    secret, other, body, now = secret_of(b"a" * 32), secret_of(b"b" * 32), '{"text": "دورهٔ"}', int(time.time())

    def case(sent_at: int = now, received: str = body, signers: tuple[str, ...] = (secret,)) -> dict[str, object]:
        signed = " ".join(signature(each, "id-1", sent_at, body.encode()) for each in signers)
        headers = {"webhook-id": "id-1", "webhook-timestamp": str(sent_at), "webhook-signature": signed}
        return {"secret": secret, "headers": headers, "body": received}

    ours = [case(), case(signers=(other, secret)), case(signers=(secret, other))]
    others = [case(received=body + " "), case(signers=(other,)), case(sent_at=now - 600)]
    done = subprocess.run(
        ["node", "ask.mjs"], cwd=tmp_path, input=json.dumps(ours + others).encode(), capture_output=True, check=True
    )
    assert json.loads(done.stdout) == [True] * 3 + [False] * 3
