"""uv.lock is what uv installs, the requirements files are what pip installs: they must be the same.

``make lock`` writes all three. None may be edited by hand, and none may name an index but PyPI.
"""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LOCK = tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))
LOCKED = {package["name"]: package for package in LOCK["package"]}
AGAIN = "run `make lock`"


def exported(name: str) -> dict[str, tuple[str, set[str]]]:
    """Package -> (version, hashes) of a requirements file."""
    entries = re.split(r"\n(?=\S)", (ROOT / name).read_text("utf-8"))
    found = {}
    for entry in entries:
        if match := re.match(r"([A-Za-z0-9._-]+)==([^\s;]+)", entry):
            found[canonicalize_name(match[1])] = (match[2], set(re.findall(r"--hash=(\S+)", entry)))
    return found


def hashes(package: dict) -> set[str]:
    files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
    return {file["hash"] for file in files}


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_pip_installs_what_uv_installs_to_the_hash(name: str) -> None:
    for package, (version, digests) in exported(name).items():
        assert version == LOCKED[package]["version"], f"{name}: {package}; {AGAIN}"
        assert digests == hashes(LOCKED[package]), f"{name}: {package}; {AGAIN}"


def test_with_the_extras_nothing_that_is_locked_is_left_out() -> None:
    assert set(exported("requirements-dev.txt")) == set(LOCKED) - {PROJECT["name"]}, AGAIN


def test_the_program_alone_is_installed_without_what_only_tests_need() -> None:
    names = set(exported("requirements.txt"))
    assert {canonicalize_name(Requirement(line).name) for line in PROJECT["dependencies"]} <= names
    assert not names & {"pytest", "ruff", "pyright", "hypothesis"}


def test_the_lock_was_made_from_this_pyproject() -> None:
    wanted = {"": PROJECT["dependencies"], **PROJECT["optional-dependencies"]}
    asked = {
        (key, canonicalize_name(r.name), str(r.specifier))
        for key, lines in wanted.items()
        for r in map(Requirement, lines)
    }
    locked = set()
    for row in LOCKED[PROJECT["name"]]["metadata"]["requires-dist"]:
        extra = re.search(r"extra == '(\w+)'", row.get("marker", ""))
        locked.add((extra[1] if extra else "", row["name"], str(Requirement(f"x{row['specifier']}").specifier)))
    assert locked == asked, AGAIN


def test_no_index_but_pypi_is_named() -> None:
    text = "".join((ROOT / name).read_text("utf-8") for name in ("uv.lock", "requirements.txt", "requirements-dev.txt"))
    hosts = set(re.findall(r"[a-z+]+://([^/\s\"]+)", text))
    assert hosts <= {"pypi.org", "files.pythonhosted.org"}
    assert not re.search(r"--(extra-)?index-url|--find-links", text)
