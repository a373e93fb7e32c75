"""``penstock search``: a line for each block, JSON for programs, and sentences for what cannot be searched for."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.store.test_schema import whole_turn
from tui.cli import main
from tui.paths import store_path
from tui.store.store import Store


@pytest.fixture(autouse=True)
def filled(home: Path) -> None:
    async def fill() -> None:
        store = await Store.open(store_path())
        for entry in whole_turn():
            store.add(entry)
        await store.settle()
        await store.close()

    asyncio.run(fill())


def test_it_prints_what_is_found_and_says_by_its_code_when_nothing_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "look"]) == 0
    assert "answer" in (out := capsys.readouterr().out) and "I look." in out
    assert main(["search", "nowhere"]) == 1
    assert capsys.readouterr().out == ""


def test_json_has_a_line_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "--json", "--newest", "in:prompt", "in:output"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["kind"] for row in rows] == ["output", "prompt"]
    assert rows[0]["text"] == "out" and rows[0]["tool"] == "shell" and rows[0]["call_id"] == "c"


def test_what_is_no_filter_or_nothing_at_all_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "before:noon"]) == 2
    assert "before: takes a time" in capsys.readouterr().err
    assert main(["search"]) == 2
    assert "Say what to search for" in capsys.readouterr().err


@pytest.mark.parametrize("typed", ['"', "a AND OR NOT", "NEAR(a b)", "text:a", "a*b(c", "^a", "x" * 9_000, '""', "*"])
def test_nothing_that_is_typed_is_syntax(typed: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "--", "look", typed]) in (0, 1)
    assert "failed" not in capsys.readouterr().err
