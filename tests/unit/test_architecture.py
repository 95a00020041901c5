"""Which room may import what, and a few things that no room does: read from the sources, nothing is imported."""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
SERVICES = ("catalog", "enrollment", "certification", "notification")
OWN = ("services", "shared", "tests", "bench", "ops")

# Who may import a library that the others must not know: the edges of the house.
EDGES = {
    "eventlet": ("shared/green.py", "shared/messaging/", "shared/entrypoints/", "services/cli/"),
    "greenlet": (),
    "gevent": (),
    "nameko": ("shared/entrypoints/", "shared/service.py", "services/cli/"),
    "kombu": ("shared/messaging/", "shared/entrypoints/rpc.py", "shared/client.py"),
    "amqp": ("shared/messaging/",),
    "smtplib": ("services/notification/mailer/",),
    "imaplib": ("services/notification/mailbox/",),
    "psycopg2": ("shared/green.py",),
    "pymerkle": (),  # GPL: an oracle of tests
}
# Those who sign, and the one command that shows the public halves; a key file is read and written by shared/keys.py.
SIGNERS = ("shared/keys.py", "shared/auth.py", "services/certification/signing/")
PRIVATE_KEYS = {"Ed25519PrivateKey", "EllipticCurvePrivateKey", "PrivateKey", "load_or_create", "read_pem"}
KEY_MATERIAL = {"load_pem_private_key", "load_der_private_key", "private_bytes", "private_bytes_raw"}
# A file with none of these words has no expression that is forbidden, so only its statements are looked at.
WATCHED = re.compile(rf"\b({'|'.join(sorted(PRIVATE_KEYS | KEY_MATERIAL | {'print'}))})\b")


def violations(path: str, source: str) -> list[str]:
    """What a file, named by its path in the project, must not do; one line each."""
    reasons: list[str] = []
    tree = parsed(source)
    for node in ast.walk(tree) if WATCHED.search(source) else statements(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            reasons += [import_refusal(path, name) for name in imported(node)]
        elif isinstance(node, ast.ExceptHandler | ast.Call | ast.Name | ast.Attribute):
            reasons.append(habit_refusal(path, node))
    return [f"{path}: {reason}" for reason in reasons if reason]


@cache
def parsed(source: str) -> ast.Module:
    """Files are parsed once, for whichever test asks first."""
    return ast.parse(source)


def tree_of(file: Path) -> ast.Module:
    return parsed(file.read_text())


def statements(tree: ast.Module) -> Iterator[ast.AST]:
    """All statements and exception handlers, without the expressions in them, which are most of a file."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for part in ("body", "orelse", "handlers", "finalbody", "cases"):
            waiting += getattr(node, part, ())


def imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    """What a statement imports: `package.module`, with the imported name where one is named."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    start = "." * node.level + (node.module or "")
    return [f"{start}.{alias.name}" for alias in node.names]


def import_refusal(path: str, name: str) -> str:
    """Why `path` must not import `name`; empty when it may."""
    top = name.partition(".")[0]
    if not top:
        return "imports relatively; rooms are named in full"
    if top in EDGES and not path.startswith(EDGES[top]):
        return f"imports {top}, which is known only to {', '.join(EDGES[top]) or 'nobody'}"
    if path.startswith("shared/"):
        return "" if top not in OWN or top == "shared" else f"imports {name}; shared is below all services"
    if path.startswith("services/cli/"):
        return "" if top not in OWN or top in ("services", "shared") else f"imports {name}"
    return service_refusal(path, name, top)


def service_refusal(path: str, name: str, top: str) -> str:
    own, room = owner_and_room(path)
    if room == "domain":
        allowed = top in sys.stdlib_module_names or is_in(name, "shared.errors") or is_in(name, f"{own}.domain")
        return "" if allowed else f"imports {name}; rules know the standard library and shared.errors alone"
    if top not in OWN or is_in(name, "shared"):
        return ""
    if room in ("models", "schemas"):
        rooms = ("models", "schemas", "domain")
        return "" if any(is_in(name, f"{own}.{each}") for each in rooms) else f"imports {name}; {room} knows no service"
    return "" if is_in(name, own) else f"imports {name}; a service knows its own rooms and shared"


def owner_and_room(path: str) -> tuple[str, str]:
    """`services/catalog/models/queries.py` → `("services.catalog", "models")`."""
    parts = path.removesuffix(".py").split("/")
    return ".".join(parts[:2]), parts[2] if len(parts) > 2 else ""


def is_in(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def habit_refusal(path: str, node: ast.AST) -> str:
    """Why a statement must not stand where it stands; empty when it may."""
    if isinstance(node, ast.ExceptHandler):
        return silence(node)
    is_print = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    if is_print and not path.startswith("services/cli/"):
        return f"line {getattr(node, 'lineno', 0)} prints; services log"
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    if name in KEY_MATERIAL and path != "shared/keys.py":
        return f"{name} belongs to shared/keys.py"
    return f"{name} belongs to those who sign" if name in PRIVATE_KEYS and not path.startswith(SIGNERS) else ""


def silence(handler: ast.ExceptHandler) -> str:
    if handler.type is None:
        return f"line {handler.lineno} catches everything by a bare except"
    caught = handler.type.id if isinstance(handler.type, ast.Name) else ""
    does_nothing = all(
        isinstance(each, ast.Pass | ast.Continue)
        or (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
        for each in handler.body
    )
    broad = caught in ("Exception", "BaseException") and does_nothing
    return f"line {handler.lineno} swallows every error" if broad else ""


def sources() -> list[Path]:
    return sorted(file for package in ("services", "shared") for file in (PROJECT / package).rglob("*.py"))


def test_every_file_keeps_to_its_room() -> None:
    files = sources()
    assert len(files) > 50
    found = [line for file in files for line in violations(file.relative_to(PROJECT).as_posix(), file.read_text())]
    assert found == []


def attributes_twice(service: str, trees: dict[str, list[ast.Module]]) -> list[str]:
    """Attributes that two of a service's mixin classes define though neither inherits the other: one of them is lost
    without a word, and with it a call, a timer, or what a private method did."""
    classes = {
        node.name: node
        for folder in ("shared", f"services/{service}/service")
        for tree in trees[folder]
        for node in tree.body
        if isinstance(node, ast.ClassDef)
    }

    def ancestors(name: str) -> set[str]:
        bases = [getattr(base, "id", "") for base in classes[name].bases] if name in classes else []
        return set(bases).union(*map(ancestors, bases))

    mixins = ancestors(f"{service.capitalize()}Service") & classes.keys()
    assert mixins, service
    owners: dict[str, list[str]] = {}
    for name in sorted(mixins):
        for attribute in defined(classes[name]):
            owners.setdefault(attribute, []).append(name)
    return [
        f"{service}: {attribute} of {one} and {other}"
        for attribute, names in owners.items()
        for one, other in combinations(names, 2)
        if one not in ancestors(other) and other not in ancestors(one)
    ]


def defined(node: ast.ClassDef) -> Iterator[str]:
    """What the body of a class gives a value to; names that only have a type are somebody else's."""
    for each in node.body:
        if isinstance(each, ast.FunctionDef):
            yield each.name
        elif isinstance(each, ast.Assign):
            yield from (target.id for target in each.targets if isinstance(target, ast.Name))
        elif isinstance(each, ast.AnnAssign) and each.value is not None and isinstance(each.target, ast.Name):
            yield each.target.id


def asked_by(trees: dict[str, list[ast.Module]]) -> dict[str, set[str]]:
    """Whom each service asks over the broker: the names in `Asking("…")` of its files."""
    return {
        service: {
            node.args[0].value
            for tree in found
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Asking"
            if isinstance(node.args[0], ast.Constant)
        }
        for service, found in trees.items()
    }


def test_no_service_asks_one_that_asks_others() -> None:
    """Else all workers of both could wait for one another (decision 0022)."""
    folders = {service: sorted((PROJECT / "services" / service / "service").rglob("*.py")) for service in SERVICES}
    asked = asked_by({service: [tree_of(file) for file in files] for service, files in folders.items()})
    assert {service: others for service, others in asked.items() if others} == {"notification": {"certification"}}


def test_no_two_mixins_of_a_service_define_the_same() -> None:
    folders = ["shared", *(f"services/{service}/service" for service in SERVICES)]
    trees = {folder: [tree_of(file) for file in sorted((PROJECT / folder).rglob("*.py"))] for folder in folders}
    assert [line for service in SERVICES for line in attributes_twice(service, trees)] == []


def test_what_two_mixins_define_is_found() -> None:
    source = """
class One:
    db: "Database"
    def _page(self): ...
class Two:
    db: "Database"
    _page = 1
class Three(One):
    def _page(self): ...
class CatalogService(One, Two, Three): ...
"""
    trees = {"shared": [], "services/catalog/service": [ast.parse(source)]}
    assert attributes_twice("catalog", trees) == ["catalog: _page of One and Two", "catalog: _page of Three and Two"]


def test_every_service_has_the_same_rooms() -> None:
    for service in SERVICES:
        folder = PROJECT / "services" / service
        rooms = {each.stem for each in folder.iterdir()}
        assert {"domain", "models", "schemas", "service", "migrations", "__init__"} <= rooms, service
        assert ast.get_docstring(ast.parse((folder / "__init__.py").read_text())), f"{service} has no door sign"


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("services/catalog/domain.py", "import sqlalchemy"),
        ("services/catalog/domain.py", "from shared.database import Transaction"),
        ("services/catalog/domain.py", "from shared import errors_of_another_name"),
        ("services/catalog/domain.py", "from services.catalog import models"),
        ("services/catalog/domain/seats.py", "from services.enrollment.domain import Seats"),
        ("services/catalog/models.py", "from services.catalog.service import CatalogService"),
        ("services/catalog/schemas.py", "from services.enrollment import schemas"),
        ("services/catalog/service.py", "import services.enrollment.domain"),
        ("services/catalog/service.py", "def later():\n    from services.enrollment import domain"),
        ("services/catalog/service.py", "from services import enrollment"),
        ("services/catalog/service.py", "from services.cli import running"),
        ("services/catalog/service.py", "from tests.harness import Harness"),
        ("services/catalog/service.py", "from . import domain"),
        ("services/catalog/service.py", "import eventlet"),
        ("services/catalog/service.py", "from nameko.rpc import rpc"),
        ("services/catalog/service.py", "import kombu"),
        ("services/notification/sending/postman.py", "import smtplib"),
        ("services/certification/service.py", "import smtplib"),
        ("services/cli/demo.py", "from tests.support import client"),
        ("shared/database.py", "from services.catalog import models"),
        ("shared/database.py", "import eventlet.green"),
        ("shared/outbox.py", "from kombu import Queue"),
        ("shared/outbox.py", "from nameko.extensions import DependencyProvider"),
        ("shared/paging.py", "try:\n    pass\nexcept:\n    raise"),
        ("shared/paging.py", "try:\n    pass\nexcept Exception:\n    pass"),
        ("shared/paging.py", "for each in ():\n    try:\n        pass\n    except BaseException:\n        continue"),
        ("shared/paging.py", "try:\n    pass\nexcept Exception:\n    'Never mind.'"),
        ("shared/paging.py", "print('here')"),
        ("services/catalog/service.py", "def method():\n    print('here')"),
        ("services/certification/service/minting.py", "found = keys.read_pem(text)"),
        ("services/notification/service.py", "key = ed25519.Ed25519PrivateKey.generate()"),
        ("services/certification/signing/stores.py", "pem = key.private_bytes(encoding)"),
        ("shared/auth.py", "key = load_pem_private_key(pem, None)"),
    ],
)
def test_a_file_out_of_its_room_is_found(path: str, source: str) -> None:
    assert len(violations(path, source)) == 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("services/catalog/domain.py", "from datetime import date\nfrom shared.errors import Conflict"),
        ("services/catalog/domain/seats.py", "from services.catalog.domain import places"),
        (
            "services/catalog/models.py",
            "import sqlalchemy\nfrom shared import columns\nfrom services.catalog import domain",
        ),
        ("services/catalog/service.py", "from services.catalog import domain, models\nfrom shared.auth import Caller"),
        ("services/cli/app.py", "import nameko\nfrom services.catalog import curriculum\nprint('the story')"),
        ("services/notification/mailer/smtp.py", "import smtplib"),
        ("shared/messaging/relay.py", "import eventlet\nimport kombu"),
        ("shared/paging.py", "try:\n    pass\nexcept ValueError:\n    pass"),
        ("shared/paging.py", "try:\n    pass\nexcept Exception:\n    log.exception('failed')"),
        ("shared/keys.py", "key = load_pem_private_key(pem, None)"),
    ],
)
def test_a_file_in_its_room_is_left_alone(path: str, source: str) -> None:
    assert violations(path, source) == []
