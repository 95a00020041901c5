"""The Compose file, checked against the code it starts: no Docker engine is needed."""

import ast
import importlib.util
import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from shared.config import Config

PROJECT = Path(__file__).resolve().parents[3]
COMPOSE = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OWN = {name: service for name, service in SERVICES.items() if "build" in service}
PORTS = {"certification": 8000, "catalog": 8001, "enrollment": 8002, "notification": 8003}
VARIABLE = re.compile(r"\$\{(\w+)(:[?-][^}]*)?\}")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value


def _commands_of_the_cli() -> set[str]:
    """Names of `@….command(…)` functions, read without importing: the CLI patches the process it is in."""
    names = set()
    for file in sorted((PROJECT / "services").glob("cli*")):
        for path in [file] if file.is_file() else sorted(file.rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.FunctionDef):
                    names |= {name for decorator in node.decorator_list for name in _command_name(decorator, node.name)}
    return names


def _command_name(decorator: ast.expr, function: str) -> Iterator[str]:
    if not (isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute)):
        return
    if decorator.func.attr == "command":
        given = [argument.value for argument in decorator.args if isinstance(argument, ast.Constant)]
        yield str(given[0]) if given else function.replace("_", "-")


def test_the_file_follows_the_compose_specification() -> None:
    # The schema is read where check-jsonschema keeps it; importing that package would take half a second.
    package = importlib.util.find_spec("check_jsonschema")
    assert package is not None and package.origin is not None
    schema = json.loads((Path(package.origin).parent / "builtin_schemas/vendor/compose-spec.json").read_text())
    validator = jsonschema.validators.validator_for(schema)(schema)
    assert [error.message for error in validator.iter_errors(COMPOSE)] == []


def _has_docker_compose() -> bool:
    try:
        return subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


if _has_docker_compose():

    def test_docker_compose_itself_accepts_the_file() -> None:
        secrets = dict.fromkeys(_required_variables(), "x")
        done = subprocess.run(
            ["docker", "compose", "--env-file", os.devnull, "config", "-q"],
            cwd=PROJECT,
            env=os.environ | secrets,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")


def _required_variables() -> set[str]:
    return {m[1] for text in _texts(SERVICES) for m in VARIABLE.finditer(text) if (m[2] or "").startswith(":?")}


def test_each_of_the_four_services_is_started_under_its_own_name() -> None:
    started = {name: service["command"] for name, service in OWN.items() if service["command"][0] == "run"}
    assert started == {name: ["run", name] for name in PORTS}
    assert all((PROJECT / "services" / name / "__init__.py").exists() for name in PORTS)


def test_every_command_is_one_of_the_command_line() -> None:
    assert {service["command"][0] for service in OWN.values()} <= _commands_of_the_cli()


def test_the_ports_are_those_of_the_code() -> None:
    # Read without importing: the client brings eventlet with it.
    tree = ast.parse((PROJECT / "shared/client.py").read_text())
    values = [n.value for n in tree.body if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "PORTS"]
    assert [ast.literal_eval(value) for value in values] == [PORTS]


@pytest.mark.parametrize("name", PORTS)
def test_a_service_is_healthy_when_it_is_ready_on_its_port(name: str) -> None:
    service = SERVICES[name]
    assert service["healthcheck"]["test"][-2:] == ["/readyz", str(PORTS[name])]
    assert service["ports"] == [f"127.0.0.1:{PORTS[name]}:{PORTS[name]}"]


@pytest.mark.parametrize("name", OWN)
def test_only_variables_that_the_code_reads_are_set(name: str) -> None:
    assert set(OWN[name]["environment"]) <= set(Config.VARIABLES)


def test_the_settings_are_ones_the_code_starts_with(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, text in OWN["catalog"]["environment"].items():
        value = VARIABLE.sub(lambda found: (found[2] or "")[2:] if (found[2] or "").startswith(":-") else "x", text)
        monkeypatch.setenv(variable, value)
    config = Config.from_environment()
    assert not config.embedded
    assert (
        config.database_url_of("catalog") == "postgresql+psycopg2://training_catalog:x@postgres:5432/training_catalog"
    )


def test_the_database_script_makes_what_the_services_connect_to() -> None:
    script = (PROJECT / "ops/postgres/databases.sh").read_text()
    loop = re.search(r"for service in (.*); do", script)
    assert loop is not None
    assert set(loop[1].split()) == set(PORTS)
    assert '"training_$service"' in script


@pytest.mark.parametrize("name", SERVICES)
def test_everything_waits_for_what_exists_and_can_tell_that_it_is_ready(name: str) -> None:
    for target, wait in SERVICES[name].get("depends_on", {}).items():
        if wait["condition"] == "service_healthy":
            assert SERVICES[target]["healthcheck"]["test"]
        else:
            assert wait["condition"] == "service_completed_successfully"
            assert SERVICES[target]["restart"] == "no"


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_reaps_its_children_and_restarts_unless_it_is_a_job(name: str) -> None:
    service = SERVICES[name]
    is_job = service["restart"] == "no"
    assert service["init"] is True
    assert is_job or service["restart"] == "unless-stopped"
    assert is_job or ("stop_grace_period" in service and "test" in service["healthcheck"])


def test_images_are_pinned_and_mounted_files_exist() -> None:
    for service in SERVICES.values():
        assert re.fullmatch(r"[\w./-]+:[\w.-]*\d[\w.-]*|training:local", service["image"])
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (PROJECT / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]


def test_no_secret_has_a_value_in_the_file_and_each_is_in_the_example_without_one() -> None:
    for service in SERVICES.values():
        for variable, value in service.get("environment", {}).items():
            if "PASS" in variable:
                assert re.fullmatch(r"\$\{\w+:(\?[^}]+|-)\}", value), variable
    for text in _texts(SERVICES):
        for userinfo in re.findall(r"://[^/@\s]+?:(.+?)@", text):
            assert userinfo.startswith("${"), text
    example = dict(re.findall(r"^(\w+)=(.*)$", (PROJECT / ".env.example").read_text(), re.MULTILINE))
    assert example == dict.fromkeys(_required_variables(), "")
