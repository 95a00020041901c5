"""`training docs`: the pages that are written from the code, so that they cannot be wrong about it."""

import inspect
import json
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console

from services.cli.composition import CLASSES, all_subscriptions, service_class
from services.cli.shell import refuse
from shared import asyncapi, openapi, rpc_page
from shared.client import PORTS
from shared.entrypoints import operations_of
from shared.entrypoints.operations import Operation
from shared.errors import KINDS, Internal
from shared.events import REGISTRY
from shared.service import BaseService

GENERATED = "<!-- Written by `training docs`; change the code, not this page. -->"
EXAMPLES = Path("tests/contracts/goldens")

_RPC = """# Calls

Everything that the four services can be asked. The same commands and queries are served twice: as RPC over AMQP,
which any language with an AMQP library can speak, and over HTTP. From a shell, `training call SERVICE.METHOD '{…}'`
does either. OpenAPI documents: {openapi}; each service also serves its own at `/openapi.json`.

Arguments are given by name only, and those that nobody declared are refused. A *command* changes state in one
transaction; a *query* only reads. Lists answer `{"items": […], "next": cursor or null}`: call again with that cursor
to read on.

## Over AMQP

nameko's wire protocol: publish to the topic exchange `nameko-rpc`.

| part of the message | value |
|---|---|
| routing key | `SERVICE.METHOD`, such as `catalog.list_courses` |
| body | `{"args": [], "kwargs": {…}}` as JSON in UTF-8, at most 1 MiB |
| property `content_type` | `application/json` |
| property `reply_to` | a UUID, or `PREFIX.UUID`; bind your reply queue to `nameko-rpc` with exactly this key |
| property `correlation_id` | any text; the reply carries it |
| property `expiration` | your time-out in milliseconds, so that a call you gave up is not carried out later |
| header `nameko.auth_token` | the access token, unless the call needs none |
| header `nameko.correlation_id` | optional; goes from this call through every event to the e-mail |

The reply is `{"result": …, "error": null}`, or `{"result": null, "error": {"exc_type": "Conflict", "exc_path":
"shared.errors.Conflict", "exc_args": [code, message, details], "value": …}}`. A message without a usable `reply_to`
is parked in the dead letters and not carried out.

## Over HTTP

`POST /rpc/METHOD` on the service's port ({ports}), body a JSON object of the
arguments, `Authorization: Bearer TOKEN`. An error is an RFC 9457 problem (`application/problem+json`) with the members
`kind`, `code`, `message` and `details` beside the standard ones. `X-Correlation-ID` is taken and given back.

## Errors

An error has one of these kinds, a stable `code` for programs, a sentence for people, and details.

| kind | HTTP | what it means |
|---|---|---|
{errors}

Every call may also answer `Unauthenticated` (`token_missing`, `token_invalid`, `token_expired`), `Forbidden`
(`role_missing`), `Invalid` (`invalid_arguments`; `details.fields` maps the path of each wrong field to its reasons) and
`Unavailable`. A record of another agency is not found, exactly like one that does not exist.

## Repeating a command

Every command takes `idempotency_key`: any text of 1 to 100 characters, as an argument or as the HTTP header
`Idempotency-Key`. A repeated call of the same system with the same key and arguments gets the first reply and changes
nothing; with other arguments it is a `Conflict` (`idempotency_key_reused`). Keys are kept for 7 days. After a time-out,
repeat the command with its key.

## Types

Texts are normalised at the door: Arabic letters and digits of any script are taken and brought to one form.

{types}
"""

_COMMON = """Every service answers these too; they are for operators, and `training dead-letters`, `training replay` and
`training reconcile` use them."""

_EVENTS = """# Events

Facts in the past tense, published to the durable topic exchange `training.events`. The routing key is the event type.
The body is JSON; CloudEvents 1.0 attributes travel as AMQP headers `cloudEvents_…` (binary mode), and the id, the type
and the correlation id also as the AMQP properties made for them. The same is said for programs in
[asyncapi.yaml](asyncapi.yaml).

* An event may come more than once and in any order: remember the ids you have handled (`cloudEvents_id`).
* Ignore fields that you do not know. A released version changes by added optional fields only; anything else is a new
  type ending in `.v2`, said beside the old one.
* Messages are persistent; bind a durable queue of your own before the events that you must not miss.

"""


def pages(root: Path) -> dict[Path, str]:
    """The text of every generated page by its path in the project's folder `root`."""
    operations = {name: operations_of(service_class(name)) for name in CLASSES}
    found = {Path("docs/rpc.md"): _rpc_page(operations), Path("docs/events.md"): _events_page(root)}
    for name in CLASSES:
        document = openapi.document(name, operations[name])
        found[Path(f"docs/openapi/{name}.json")] = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    events = asyncapi.document(all_subscriptions())
    found[Path("docs/asyncapi.yaml")] = yaml.dump(
        events, Dumper=_NoAliases, sort_keys=False, allow_unicode=True, width=120
    )
    return found


def run(root: Path, console: Console, *, check: bool) -> int:
    """Write the pages (0), or only compare them (1 when one is out of date)."""
    if not (root / EXAMPLES).is_dir():
        refuse(f"run it in the project's folder: {EXAMPLES} is not here")
    written = pages(root)
    outdated = [path for path, text in written.items() if not _is(root / path, text)]
    if check:
        for path in outdated:
            console.print(f"{path} is out of date: run `training docs`")
        return 1 if outdated else 0
    for path in outdated:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(written[path])
        console.print(f"written: {path}")
    console.print(f"{len(outdated)} of {len(written)} pages changed")
    return 0


class _NoAliases(yaml.SafeDumper):
    """YAML without anchors: what is the same in two places is written twice, for readers of both."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _is(path: Path, text: str) -> bool:
    return path.exists() and path.read_text() == text


def _rpc_page(operations: Mapping[str, Mapping[str, Operation]]) -> str:
    everywhere = {name: item for name, item in operations["catalog"].items() if _is_common(item)}
    every = [item for own in operations.values() for item in own.values()]
    kinds = [(name, kind.http_status, kind.__doc__) for name, kind in KINDS.items()]
    kinds.append((Internal.__name__, Internal.http_status, "A bug of ours; `details.reference` finds it in the log."))
    errors = "\n".join(f"| `{name}` | {status} | {_line(doc)} |" for name, status, doc in kinds)
    replaced = {
        "{openapi}": ", ".join(f"[{name}](openapi/{name}.json)" for name in CLASSES),
        "{ports}": ", ".join(f"{name} {port}" for name, port in PORTS.items()),
        "{errors}": errors,
        "{types}": rpc_page.glossary(every),
    }
    intro = _RPC
    for mark, text in replaced.items():
        intro = intro.replace(mark, text)
    sections = [
        rpc_page.section(name, _door_sign(name), {key: item for key, item in own.items() if not _is_common(item)})
        for name, own in operations.items()
    ]
    sections.append(rpc_page.section("SERVICE", _COMMON, everywhere).replace("## SERVICE", "## Every service", 1))
    return "\n\n".join([GENERATED, intro.strip(), *sections]) + "\n"


def _events_page(root: Path) -> str:
    examples = {name: (root / EXAMPLES / f"{name}.json").read_text() for name in REGISTRY}
    return f"{GENERATED}\n\n{_EVENTS}{asyncapi.markdown(all_subscriptions(), examples)}\n"


def _is_common(operation: Operation) -> bool:
    return operation.method.__module__ == BaseService.__module__


def _door_sign(service: str) -> str:
    """What the service owns, says and hears, as its package tells it."""
    return f"```text\n{inspect.getdoc(import_module(f'services.{service}'))}\n```"


def _line(text: str | None) -> str:
    return " ".join((text or "").split())
