"""The locks, the Makefile and the image fit together and fit pyproject.toml."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).resolve().parents[3]
PYPROJECT = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
RUNTIME, DEVELOPMENT = "requirements.lock", "requirements-dev.lock"


def _locked(*names: str) -> dict[str, str]:
    text = "".join((PROJECT / name).read_text() for name in names)
    return {canonicalize_name(name): version for name, version in re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE)}


@pytest.mark.parametrize("lock", [RUNTIME, DEVELOPMENT])
def test_every_locked_package_has_hashes_and_no_address(lock: str) -> None:
    text = (PROJECT / lock).read_text().replace("\\\n", " ")
    for line in text.splitlines():
        assert re.fullmatch(r"[\w.-]+==\S+( ; [^#]+?)?(\s+--hash=sha256:[0-9a-f]{64})+\s*", line)
    assert "://" not in text


@pytest.mark.parametrize(
    ("requirements", "locks"),
    [
        (PYPROJECT["dependencies"], [RUNTIME]),
        (PYPROJECT["optional-dependencies"]["dev"], [RUNTIME, DEVELOPMENT]),
    ],
    ids=["runtime", "development"],
)
def test_the_lock_satisfies_what_the_project_asks_for(requirements: list[str], locks: list[str]) -> None:
    locked = _locked(*locks)
    for text in requirements:
        requirement = Requirement(text)
        assert requirement.specifier.contains(locked[canonicalize_name(requirement.name)]), text


def test_no_package_is_locked_twice() -> None:
    assert not set(_locked(RUNTIME)) & set(_locked(DEVELOPMENT))


def test_the_oracle_of_the_merkle_tree_does_not_ship() -> None:
    assert "pymerkle" not in _locked(RUNTIME)


def test_make_alone_prints_every_target() -> None:
    done = subprocess.run(["make"], cwd=PROJECT, capture_output=True, text=True, check=True)
    for target in ("setup", "demo", "test", "unit", "lint", "bench", "up", "docs", "format", "clean"):
        assert re.search(rf"^  make {target} +\w", done.stdout, re.MULTILINE)


def test_the_image_runs_a_supported_python_as_an_ordinary_user() -> None:
    text = (PROJECT / "Dockerfile").read_text()
    versions = set(re.findall(r"^FROM python:([\d.]+)-slim", text, re.MULTILINE))
    assert len(versions) == 1
    assert Requirement(f"python{PYPROJECT['requires-python']}").specifier.contains(versions.pop())
    assert re.search(r"^USER (?!root|0)", text, re.MULTILINE)
    assert 'ENTRYPOINT ["training"]' in text


def test_all_that_the_image_copies_may_enter_its_build() -> None:
    allowed = re.findall(r"^!(.+)$", (PROJECT / ".dockerignore").read_text(), re.MULTILINE)
    copied = re.findall(r"^COPY (?!--from)(\S+)", (PROJECT / "Dockerfile").read_text(), re.MULTILINE)
    for source in copied:
        assert (PROJECT / source).exists()
        assert any(source == entry or source.startswith(f"{entry}/") for entry in allowed), source
