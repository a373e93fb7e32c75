"""A call's line says what it does, whatever its arguments are."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.lines import LINE, call_line, deed, named_paths

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_NAMES = st.sampled_from(["read", "grep", "multi_edit", "todo", "memory", "task", "job_kill", "ask_user", "made_up"])
_FIELDS = st.sampled_from(["path", "paths", "command", "pattern", "items", "edits", "action", "job_id", "query"])


@pytest.mark.parametrize(
    ("tool", "arguments", "line"),
    [
        ("read", {"path": "src/a.py", "offset": 10}, "src/a.py"),
        ("shell", {"command": "make\n  test"}, "make test"),
        ("grep", {"pattern": "litres", "path": "src"}, "litres in src"),
        ("multi_edit", {"path": "a.py", "edits": [{"old": "a", "new": "b"}, {}]}, "a.py 2 edits"),
        ("todo", {"items": [{"text": "Dig", "status": "done"}, {"text": "Fill", "status": "doing"}]},
         "1 of 2 done · Fill"),
        ("todo", {"items": []}, "cleared"),
        ("memory", {"action": "search", "query": "canals"}, "search canals"),
        ("web_search", {"query": "turbines"}, "turbines"),
        ("web_extract", {"url": "https://a.example/"}, "https://a.example/"),
        ("task", {"title": "Survey", "prompt": "Measure it."}, "Survey Measure it."),
        ("ask_user", {"question": "Which valve?"}, "Which valve?"),
        ("job_output", {"job_id": "job_1", "wait": 3}, "job_1"),
        ("other", {"litres": 3, "slow": True}, "litres=3 slow=true"),
        ("list", {}, ""),
    ],
)  # fmt: skip
def test_a_tool_is_told_by_what_matters_of_its_arguments(tool: str, arguments: dict, line: str) -> None:
    assert deed(tool, json.dumps(arguments)) == line
    assert call_line(tool, json.dumps(arguments)) == f"{tool} {line}".strip()


@given(tool=_NAMES, arguments=st.dictionaries(_FIELDS | st.text(), _JSON, max_size=4).map(json.dumps) | st.text())
def test_any_arguments_give_a_line(tool: str, arguments: str) -> None:
    line = call_line(tool, arguments)
    assert len(line) <= LINE and "\n" not in line
    assert isinstance(named_paths(arguments), str)


@pytest.mark.parametrize(
    "arguments", ["[" * 100_000, '{"path": ' + "[" * 5_000 + "]" * 5_000 + "}", '{"path": "x', "9" * 5_000, "[1]"]
)
def test_arguments_that_cannot_be_parsed_are_shown_as_they_begin(arguments: str) -> None:
    assert deed("read", arguments)[:8] == arguments[:8]
    assert named_paths(arguments) == ""


def test_very_long_arguments_are_not_parsed() -> None:
    assert deed("write", json.dumps({"path": "a", "content": "x" * 2_000_000})).startswith('{"path": "a", "content"')


def test_the_paths_that_are_named_are_found() -> None:
    assert named_paths('{"path": "src", "paths": ["a", 3, "b"], "content": "c"}') == "src\na\nb"
