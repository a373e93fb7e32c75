"""What the README says is there, and the figures that it quotes are those that were measured."""

import json
import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from bench.figures import AIMS
from tui.settings.config import read_settings
from tui.settings.rulebook import RuleFiles
from tui.tools.catalog import Catalog

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
RESULTS = ROOT / "bench" / "results" / "latest.json"


def test_every_link_into_the_project_leads_somewhere() -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / unquote(link)).exists()] == []


def test_every_room_of_the_house_is_named() -> None:
    drawn = README.partition("## The house")[2].partition("```\n")[2].partition("```")[0]
    rooms = [path.parent.name for path in (ROOT / "tui").glob("*/__init__.py")]
    files = [path.stem for path in (ROOT / "tui").glob("[a-z]*.py")]
    assert [name for name in (*rooms, *files, "widgets", "tests", "snapshots", "bench") if name not in drawn] == []


def test_the_configuration_that_is_shown_can_be_read(tmp_path: Path) -> None:
    shown = README.partition("```toml\n")[2].partition("```")[0]
    (tmp_path / "config.toml").write_text(shown)
    settings = read_settings(tmp_path / "config.toml")
    assert settings.model and settings.providers[0].name == "work"


def test_the_rules_that_the_page_on_safety_shows_can_be_read(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "tools-and-safety.md").read_text("utf-8")
    shown = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert len(shown) == 2
    (tmp_path / "config.toml").write_text("\n".join(shown))
    assert read_settings(tmp_path / "config.toml").sandbox.hidden
    rules = RuleFiles(tmp_path / "config.toml", ()).read(tmp_path)
    assert (rules.problem, rules.notes, len(rules.rules)) == ("", (), 3)


def test_every_tool_is_on_the_page_on_safety() -> None:
    page = (ROOT / "docs" / "tools-and-safety.md").read_text("utf-8")
    assert [spec.name for spec in Catalog().specs() if f"`{spec.name}`" not in page] == []


def test_the_figures_are_those_of_the_last_run() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([\d.,]+) ([^|]*)\|", README, re.MULTILINE)
    if not RESULTS.exists():
        pytest.skip("nothing was measured yet: make bench")
    results = json.loads(RESULTS.read_text())
    assert {*AIMS} <= {name for name, _, _ in rows}
    for name, value, unit in rows:
        assert float(value.replace(",", "")) == pytest.approx(results[name]["value"]), name
        assert unit.strip() == results[name]["unit"], name
