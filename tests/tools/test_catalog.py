"""The catalog says of each tool what its code says, and says it without loading any of that code."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tui.tools.base import ToolSpec
from tui.tools.catalog import Catalog

ROOT = Path(__file__).resolve().parents[2]
SPECS = Catalog().specs()
each_tool = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)


def model_schema(spec: ToolSpec) -> dict[str, Any]:
    """What pydantic says, with what it names elsewhere in its place, and without the titles that it makes."""
    schema = Catalog().load(spec.name).arguments.model_json_schema()
    known = schema.pop("$defs", {})

    def whole(node: Any) -> Any:
        if isinstance(node, list):
            return [whole(item) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return whole({**known[node["$ref"].rpartition("/")[2]], **{k: v for k, v in node.items() if k != "$ref"}})
        return {key: whole(item) for key, item in node.items() if key != "title" or not isinstance(item, str)}

    return whole(schema)


def one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def test_no_two_tools_share_a_name() -> None:
    assert len({spec.name for spec in SPECS}) == len(SPECS) > 0


def test_a_tool_is_found_by_its_name_and_no_other() -> None:
    assert [Catalog().spec(spec.name) for spec in SPECS] == list(SPECS)
    for name in ("", "Read", "read ", "reed", "read_tool"):
        assert Catalog().spec(name) is None
        with pytest.raises(KeyError):
            Catalog().load(name)


@each_tool
def test_the_fields_of_a_written_schema_are_those_of_the_model(spec: ToolSpec) -> None:
    written, model = spec.parameters["properties"], model_schema(spec)["properties"]
    assert list(written) == list(model)
    for name, field in written.items():
        assert field == model[name], name


@each_tool
def test_the_required_fields_and_the_refusal_of_others_are_those_of_the_model(spec: ToolSpec) -> None:
    model = model_schema(spec)
    assert spec.parameters.get("required", []) == model.get("required", [])
    assert spec.parameters["type"] == model["type"] == "object"
    assert spec.parameters["additionalProperties"] is model["additionalProperties"] is False


@each_tool
def test_a_tool_is_described_in_the_words_of_its_model(spec: ToolSpec) -> None:
    assert one_line(spec.description) == one_line(model_schema(spec)["description"])


@each_tool
def test_a_field_with_a_default_has_the_default_that_is_written(spec: ToolSpec) -> None:
    fields = Catalog().load(spec.name).arguments.model_fields
    for name, schema in spec.parameters["properties"].items():
        assert fields[name].is_required() is ("default" not in schema)
        if "default" in schema:
            assert fields[name].default == schema["default"]
            assert type(fields[name].default) is type(schema["default"])


@each_tool
def test_a_value_just_outside_of_a_written_bound_is_refused(spec: ToolSpec) -> None:
    model = Catalog().load(spec.name).arguments
    least = {name: "x" for name in spec.parameters.get("required", [])}
    for name, schema in spec.parameters["properties"].items():
        if "minimum" in schema:
            for value in (schema["minimum"], schema["maximum"]):
                assert getattr(model.model_validate({**least, name: value}), name) == value
            for value in (schema["minimum"] - 1, schema["maximum"] + 1):
                with pytest.raises(ValueError, match=name):
                    model.model_validate({**least, name: value})


@each_tool
def test_an_argument_that_no_schema_names_is_refused(spec: ToolSpec) -> None:
    least = {name: "x" for name in spec.parameters.get("required", [])}
    with pytest.raises(ValueError, match="surprise"):
        Catalog().load(spec.name).arguments.model_validate({**least, "surprise": 1})


@each_tool
def test_every_path_that_a_tool_takes_is_known_to_the_policy(spec: ToolSpec) -> None:
    named = {name for name in spec.parameters["properties"] if "path" in name or "file" in name or "folder" in name}
    assert set(spec.path_fields) == named
    if spec.effect in ("read", "write"):
        assert spec.path_fields or spec.mild, "the policy judges it by the files that it names, or by what it does"


@each_tool
def test_what_changes_files_shows_the_change_when_it_asks(spec: ToolSpec) -> None:
    loaded = Catalog().load(spec.name)
    assert (loaded.preview is not None) is (spec.effect == "write")


def test_a_schema_is_plain_json() -> None:
    for spec in SPECS:
        assert json.loads(json.dumps(spec.parameters)) == spec.parameters


def test_a_tool_is_loaded_once() -> None:
    assert Catalog().load("read") is Catalog().load("read")


def python(code: str) -> str:
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_nothing_of_a_tool_is_imported_before_its_first_call() -> None:
    told = python(
        "import sys\n"
        "from tui.tools.catalog import Catalog\n"
        "box = Catalog()\n"
        "box.specs(), box.spec('read')\n"
        "before = set(sys.modules)\n"
        "box.load('read')\n"
        "print(*sorted(name for name in before if name.startswith('tui.tools')), 'pydantic' in before)\n"
        "print('tui.tools.files' in sys.modules, 'tui.tools.shell' in sys.modules, 'tui.tools.edits' in sys.modules)\n"
    )
    assert told.split("\n")[0] == "tui.tools tui.tools.base tui.tools.catalog False"
    assert told.split("\n")[1] == "True False False"


def test_the_search_program_starts_without_anything_of_ours() -> None:
    told = python("import sys, runpy\nrunpy.run_path('tui/tools/finder.py')\nprint('LOADED', *sorted(sys.modules))")
    assert not {name.partition(".")[0] for name in told.split()[1:]} & {"tui", "pydantic", "asyncio"}
