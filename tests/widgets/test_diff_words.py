"""Which words of a changed line are other words: all of the line is still there, and only what changed is marked."""

from hypothesis import given
from hypothesis import strategies as st

from widgets.diff_view import DiffLine, parse_diff
from widgets.diff_words import WORD_STYLES, word_runs

DIFF = "@@ -1,2 +1,2 @@\n-the valve opens too far\n same\n+the valve opens too wide\n"


def marked(old: str, new: str) -> tuple[list[str], list[str]]:
    """What is marked of a removed line and of the added one in its place."""
    lines = [DiffLine("remove", old), DiffLine("add", new)]
    found = word_runs(lines)
    one, other = ([run.text for run in found.get(id(line), ()) if run.style] for line in lines)
    return one, other


def test_only_the_words_that_changed_are_marked() -> None:
    assert marked("the valve opens too far", "the valve opens too wide") == (["far"], ["wide"])
    assert marked("open(litres)", "open(litres, most)") == ([], [", most"])


def test_lines_that_have_little_in_common_are_left_alone() -> None:
    assert marked("water comes from the north", "x = 1") == ([], [])


def test_lines_are_paired_as_they_stand_and_others_are_none() -> None:
    assert word_runs(tuple(parse_diff(DIFF))) == {}  # an unchanged line is between them
    lines = [
        DiffLine("remove", "a b c"),
        DiffLine("remove", "d e f"),
        DiffLine("add", "a b x"),
        DiffLine("add", "d y f"),
    ]
    found = word_runs(lines)
    assert [[run.text for run in found[id(line)] if run.style] for line in lines] == [["c"], ["e"], ["x"], ["y"]]


def test_a_line_without_end_costs_nothing() -> None:
    words = "word " * 1_000_000
    assert marked(words, f"{words}more") == ([], [])


@given(st.lists(st.tuples(st.sampled_from(["add", "remove", "context"]), st.text("ab \t.é", max_size=12)), max_size=12))
def test_the_runs_of_a_line_are_the_whole_line(said: list[tuple[str, str]]) -> None:
    lines = [DiffLine(kind, words) for kind, words in said]  # type: ignore[arg-type]
    found = word_runs(lines)
    for line in lines:
        if id(line) in found:
            assert "".join(run.text for run in found[id(line)]) == line.text
            assert {run.style for run in found[id(line)]} <= {"", WORD_STYLES[line.kind]}
