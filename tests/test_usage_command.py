"""``penstock usage``, in a process of its own: a table, JSON and CSV, over spans that people write."""

import asyncio
import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.store.ledgers import Asked, session, three_weeks
from tui.cli import main
from tui.ledger import day_of
from tui.paths import store_path
from tui.store.store import Store

NOON = 1_800_000_000.0
ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def filled(home: Path) -> None:
    async def fill() -> None:
        store = await Store.open(store_path())
        for entry in [*three_weeks(NOON), *session("x", 9, "\x1b[2JLoud", [Asked(at=NOON, model="a/b")])]:
            store.add(entry)
        await store.settle()
        await store.close()

    asyncio.run(fill())


def test_a_child_process_prints_a_table_with_its_sum(home: Path) -> None:
    command = [sys.executable, "-m", "tui", "usage", "--by", "model"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    lines = run.stdout.splitlines()
    assert lines[0].split() == ["model", "requests", "input", "cached", "output", "reasoning", "cost"]
    assert any(line.startswith("company/unheard-of") and line.endswith("unknown") for line in lines)
    assert any(line.startswith("all ") and line.endswith("+") for line in lines)
    assert lines[-1] == "8 requests have no known price and cannot be counted."


def test_json_has_the_sum_and_each_row(capsys: pytest.CaptureFixture[str]) -> None:
    day = day_of(NOON)
    assert main(["usage", "--json", "--by", "session", "--since", day, "--until", day]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["total"]["requests"] == sum(row["requests"] for row in found["rows"]) == 3
    assert {row["key"] for row in found["rows"]} == {"s0", "x"}


def test_csv_is_of_one_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["usage", "--csv", "--by", "tool"]) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert {row["key"] for row in rows} == {"shell", "read", "edit"} and {row["estimated"] for row in rows} == {"True"}


def test_what_is_printed_is_plain_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["usage", "--by", "session"]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out and "Loud" in out


@pytest.mark.parametrize("words", [["--since", "soon"], ["--since", "2027-01-02", "--until", "2027-01-01"]])
def test_a_span_that_is_none_is_wrong_usage(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["usage", *words]) == 2
    assert "penstock: " in capsys.readouterr().err
