"""The ledger's sums: the same as a fold of the log gives, whatever they are by, and what a budget counts."""

import sqlite3
from collections.abc import Awaitable, Callable
from time import localtime, strftime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.ledgers import DAY, Asked, session, three_weeks
from tui.errors import UsageError
from tui.events import Entry
from tui.ledger import BY, LedgerQuery, LedgerRow, bounds, day_of, midnight, read_moment
from tui.messages import Usage
from tui.state import fold
from tui.store.added_columns import add_added_columns
from tui.store.ledger import read_ledger, spent
from tui.store.projections import rebuild
from tui.store.schema import migrate
from tui.store.store import Store
from tui.store.views import remove_views

OpenStore = Callable[..., Awaitable[Store]]
NOON = 1_800_000_000.0
USED = st.builds(Usage, input_tokens=st.integers(0, 10**6), output_tokens=st.integers(0, 10**5),
                 cache_read_tokens=st.integers(0, 10**5), reasoning_tokens=st.integers(0, 900))  # fmt: skip
ASKED = st.builds(
    Asked,
    at=st.floats(NOON - 4 * DAY, NOON),
    model=st.sampled_from(["a/one", "b/two"]),
    usage=USED,
    price=st.none() | st.floats(0, 9),
    tool=st.sampled_from(["", "shell", "read"]),
    summary=st.booleans(),
    ended=st.just(True),
)
SESSIONS = st.lists(st.lists(ASKED, min_size=1, max_size=6), min_size=1, max_size=4)


def filled(sessions: list[list[Entry]]) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection)
    rebuild(connection, [entry for entries in sessions for entry in entries])
    return connection


@settings(max_examples=25, deadline=None)
@given(SESSIONS)
def test_all_sums_are_those_of_the_folded_sessions(asked: list[list[Asked]]) -> None:
    logs = [session(f"s{n}", n, "T", sorted(each, key=lambda one: one.at)) for n, each in enumerate(asked)]
    states = [fold(f"s{n}", entries) for n, entries in enumerate(logs)]
    connection = filled(logs)
    for by in BY[:3]:
        found = read_ledger(connection, LedgerQuery(by=by))
        for rows in (found.rows, (found.total,), found.days):
            assert sum(row.cost or 0.0 for row in rows) == pytest.approx(sum(state.cost for state in states))
            assert sum(row.unpriced for row in rows) == sum(state.unpriced_steps for state in states)
            assert sum(row.input for row in rows) == sum(state.usage.input_tokens for state in states)
            assert sum(row.output for row in rows) == sum(state.usage.output_tokens for state in states)
            assert sum(row.reasoning for row in rows) == sum(state.usage.reasoning_tokens for state in states)
            assert sum(row.requests for row in rows) == sum(map(len, asked))
    by_session = {row.key: row for row in read_ledger(connection, LedgerQuery(by="session")).rows}
    assert {key: row.cost or 0.0 for key, row in by_session.items()} == pytest.approx(
        {state.session_id: state.cost for state in states}
    )
    calls = read_ledger(connection, LedgerQuery(by="tool")).rows
    assert sum(row.calls for row in calls) == sum(len(state.calls) for state in states)
    connection.close()


@settings(max_examples=20, deadline=None)
@given(SESSIONS, st.floats(NOON - 5 * DAY, NOON), st.integers(0, 40))
def test_what_was_spent_is_the_same_however_much_of_it_waits_for_the_disk(
    asked: list[list[Asked]], since: float, late: int
) -> None:
    logs = [session(f"s{n}", n, "T", sorted(each, key=lambda one: one.at)) for n, each in enumerate(asked)]
    entries = sorted((entry for entries in logs for entry in entries), key=lambda entry: entry.at)
    whole, part = filled([entries]), filled([entries[: len(entries) - late]])
    overlapping = entries[max(0, len(entries) - late - 5) :]  # some of what waited has reached the disk meanwhile
    assert spent(part, since, overlapping) == pytest.approx(spent(whole, since, []))
    expected = [one.price for each in asked for one in each if one.at >= since]
    assert spent(whole, since, [])[0] == pytest.approx(sum(price or 0.0 for price in expected))
    whole.close()
    part.close()


def by(connection: sqlite3.Connection, **more: object) -> dict[str, LedgerRow]:
    return {row.key: row for row in read_ledger(connection, LedgerQuery(**more)).rows}  # type: ignore[arg-type]


def test_what_has_no_known_price_is_counted_and_never_nothing() -> None:
    connection = filled(
        [session("s", 1, "T", [Asked(at=NOON, price=None), Asked(at=NOON + 9, model="b/m", price=0.5)])]
    )
    models = by(connection, by="model")
    assert (models["anthropic/claude-opus-5"].cost, models["anthropic/claude-opus-5"].unpriced) == (None, 1)
    assert (models["b/m"].cost, models["b/m"].unpriced) == (0.5, 0)
    total = read_ledger(connection, LedgerQuery()).total
    assert (total.cost, total.unpriced) == (0.5, 1)


def test_what_is_no_model_has_no_price_that_is_missing() -> None:
    connection = filled([session("s", 1, "T", [Asked(at=NOON, model="offline/tour", price=None)])])
    assert read_ledger(connection, LedgerQuery()).total.unpriced == 0


def test_a_request_that_runs_is_said_to_run_and_a_summary_is_a_request() -> None:
    log = session("s", 1, "T", [Asked(at=NOON, summary=True), Asked(at=NOON + 9, ended=False)])
    total = read_ledger(filled([log]), LedgerQuery()).total
    assert (total.requests, total.running, total.unpriced, total.cost) == (2, 1, 0, 0.01)


def test_a_day_a_model_a_tool_and_a_session_narrow_what_is_summed() -> None:
    connection = filled([three_weeks(NOON)])
    today = day_of(NOON)
    since, until = bounds(today)
    whole = read_ledger(connection, LedgerQuery(by="session", since=since, until=until))
    assert whole.total.requests == by(connection, by="day")[today].requests == sum(row.requests for row in whole.rows)
    assert {row.title for row in whole.rows} == {"Valves of the north canal"}
    assert set(by(connection, by="session", model="company/unheard-of")) == {"s3"}
    assert by(connection, by="model", session="s1").keys() == {"openai/gpt-6-luna"}
    assert by(connection, by="tool", session="s0")["shell"].calls == 4
    assert set(by(connection, by="session", tool="edit")) <= {"s0", "s1", "s2", "s3", "s4"}


ADDED = "SELECT call_id, carried, added FROM p_tool_calls ORDER BY call_id"


@settings(max_examples=25, deadline=None)
@given(SESSIONS)
def test_what_results_added_is_no_more_than_their_requests_cost_and_a_migration_finds_the_same(
    asked: list[list[Asked]],
) -> None:
    logs = [session(f"s{n}", n, "T", sorted(each, key=lambda one: one.at)) for n, each in enumerate(asked)]
    connection = filled(logs)
    over = connection.execute(
        "SELECT u.price, sum(c.added) FROM p_tool_calls c JOIN p_usage u ON u.session_id = c.session_id"
        " AND u.step_id = c.carried GROUP BY c.session_id, c.carried"
    ).fetchall()
    assert all(added is None if price is None else 0 <= added <= price + 1e-9 for price, added in over)
    found = connection.execute(ADDED).fetchall()
    for entry in (entry for log in logs for entry in log):
        connection.execute("INSERT INTO entries VALUES (?,?,?,?,1,'{}')", (entry.session_id, entry.seq, entry.at,
                                                                         type(entry.event).__name__))  # fmt: skip
    remove_views(connection)
    connection.execute("DROP INDEX calls_not_carried")
    for column in ("carried", "added"):
        connection.execute(f"ALTER TABLE p_tool_calls DROP COLUMN {column}")
    add_added_columns(connection)
    assert connection.execute(ADDED).fetchall() == [
        (call, carried, added if added is None else pytest.approx(added)) for call, carried, added in found
    ]
    connection.close()


def test_a_long_result_adds_more_and_one_that_was_read_at_an_unknown_price_is_unknown() -> None:
    log = session(
        "s", 1, "T",
        [Asked(at=NOON, tool="read", output="x" * 4_000), Asked(at=NOON + 9, tool="list", output="y" * 40),
         Asked(at=NOON + 18, price=0.02), Asked(at=NOON + 27, tool="shell"), Asked(at=NOON + 36, price=None)],
    )  # fmt: skip
    tools = by(filled([log]), by="tool")
    assert tools["read"].cost == pytest.approx(0.01 * 1_000 / 1_500)  # 1,000 tokens sent, 100 written at five times
    assert tools["list"].cost == pytest.approx(0.02 * 10 / 1_500)
    assert (tools["shell"].cost, tools["shell"].unpriced) == (None, 1)
    assert all(row.estimated for row in tools.values())


def test_days_are_those_of_the_persons_clock() -> None:
    connection = filled([three_weeks(NOON)])
    moments = [at for (at,) in connection.execute("SELECT started_at FROM p_usage")]
    assert set(by(connection)) == {strftime("%Y-%m-%d", localtime(at)) for at in moments}


def test_todays_requests_are_found_without_reading_all() -> None:
    connection = filled([three_weeks(NOON)])
    plan = connection.execute("EXPLAIN QUERY PLAN SELECT total(price) FROM p_usage WHERE started_at >= 1").fetchall()
    assert "usage_by_time" in str(plan)


async def test_a_store_counts_what_has_not_reached_its_disk(open_store: OpenStore) -> None:
    store = await open_store()
    for entry in session("s", 1, "T", [Asked(at=NOON), Asked(at=NOON + 9, price=None)]):
        store.add(entry)
    assert await store.spent(NOON - 1) == (0.01, 1)
    await store.settle()
    assert await store.spent(NOON - 1) == (0.01, 1)
    assert (await store.ledger(LedgerQuery())).total.cost == 0.01


@pytest.mark.parametrize(
    ("text", "end", "expected"),
    [
        ("7d", False, midnight(NOON, 6)), ("1d", False, midnight(NOON)), ("2w", False, midnight(NOON, 13)),
        ("12h", False, NOON - 43_200), ("today", False, midnight(NOON)), ("today", True, midnight(NOON, -1)),
        ("yesterday", False, midnight(NOON, 1)), (day_of(NOON), True, midnight(NOON, -1)),
        (f"{day_of(NOON)}T01:00", False, midnight(NOON) + 3_600),
    ],
)  # fmt: skip
def test_moments_are_written_as_people_do(text: str, end: bool, expected: float) -> None:
    assert read_moment(text, NOON, end=end) == expected


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01", "-3d", "7", "2026-11", "99999999999d"])
def test_what_is_no_moment_says_what_is_one(text: str) -> None:
    with pytest.raises(UsageError, match="is no time"):
        read_moment(text, NOON)
