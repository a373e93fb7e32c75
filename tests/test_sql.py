"""``penstock sql``: what it prints and refuses, and the page about it, whose queries run."""

import csv
import io
import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.program import here, penstock
from tests.store.contracts import page_with_tables
from tests.store.test_schema import made_by, whole_turn
from tests.test_listing import NASTY, OBEYED, session, stored
from tui.commands.sql import _shared
from tui.paths import store_path
from tui.store.queries import QueryConnection, Watch

PAGE = (Path(__file__).parents[1] / "docs" / "sql.md").read_text("utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


def test_a_result_is_a_table_json_lines_or_csv(tmp_path: Path) -> None:
    stored(session("s_a", tmp_path), session("s_b", tmp_path, title=NASTY))
    sql = "SELECT id, title, slot, NULL AS id FROM sessions ORDER BY id"
    table = penstock("sql", sql, cwd=tmp_path)
    assert table.code == 0 and table.err == "2 rows\n"
    assert table.out.splitlines()[0].split() == ["id", "title", "slot", "id"]
    assert not OBEYED.search(table.out)
    found = json.loads(here("sql", "--json", sql, cwd=tmp_path).out)
    assert found[0] == {"id": "s_a", "title": "Valves", "slot": 3, "id_2": None} and found[1]["title"] == NASTY
    assert [json.loads(line) for line in here("sql", "--lines", sql, cwd=tmp_path).out.splitlines()] == found
    rows = list(csv.reader(io.StringIO(here("sql", "--csv", "-", cwd=tmp_path, stdin=sql.encode()).out, newline="")))
    assert rows[:2] == [["id", "title", "slot", "id"], ["s_a", "Valves", "3", ""]]


def test_it_says_what_it_cut_and_what_is_wrong(tmp_path: Path) -> None:
    nothing = here("sql", "SELECT 1", cwd=tmp_path)
    assert nothing.code == 1 and "There is no store" in nothing.err
    stored(session("s_a", tmp_path))
    cut = here("sql", "--csv", "--limit", "1", "SELECT text FROM messages ORDER BY seq", cwd=tmp_path)
    assert (cut.code, cut.out) == (0, "text\nSay Valves\n") and "Only the first row:" in cut.err
    late = here("sql", "--timeout", "0.2", ENDLESS, cwd=tmp_path)
    assert late.code == 1 and "took longer than 0.2 s" in late.err
    wrong = here("sql", "SELECT *\nFROM sessions s\nWHER title = 1", cwd=tmp_path)
    assert wrong.code == 2 and "cannot be read at line 3, column 1, near “WHER”" in wrong.err
    key = here("sql", "--csv", "SELECT 'sk-ant-api03-' || 'abcdefghij1234567890abcdefghij' AS k", cwd=tmp_path)
    assert "masked" in key.out and "1234567890" not in key.out


def test_a_store_that_an_older_program_made_has_the_views_too(tmp_path: Path) -> None:
    made_by(2, store_path())
    assert here("sql", "--csv", "SELECT count(*) AS n FROM messages", cwd=tmp_path).out == "n\n0\n"


def test_columns_share_the_width_of_the_terminal() -> None:
    assert _shared([3, 50, 10], None) == [3, 50, 10]
    assert _shared([3, 500], None) == [3, 60]
    assert _shared([3, 50, 10], 40) == [3, 23, 10]
    assert _shared([30, 30, 30], 40) == [12, 12, 12]
    assert _shared([30] * 20, 80) == [8] * 20  # too many: each row is shown as a list


# --- the page


def test_the_page_has_the_views_as_they_are() -> None:
    assert page_with_tables(PAGE) == PAGE, "python -m tests.store.contracts writes them"


def test_every_query_of_the_page_runs(tmp_path: Path) -> None:
    stored(whole_turn(), session("s_a", tmp_path))
    assert len(QUERIES) == 10
    with QueryConnection(store_path()) as ours, closing(sqlite3.connect(store_path())) as others:
        for sql in QUERIES:
            with ours.run(sql, Watch(10)) as (columns, rows):
                assert columns and list(rows) == others.execute(sql).fetchall()
        found = [sql for sql in QUERIES if others.execute(sql).fetchone()]
    assert len(found) >= 7  # nothing was denied, no word is there, no request says when its first token came
