"""The rules of the house, held by reading the code instead of remembering them.

Who may import whom stands in pyproject.toml ([tool.importlinter], each contract named by its reason) and is run
from here; what only shows when the program runs, the modules that it has loaded, is asked of child processes.
"""

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("tui", "widgets")
WALL = 500
CARD = 10

LAZY_DOORS = {
    "tui/app/app.py": {"tui.app.exchanging", "tui.app.screens.lists"},
    "tui/app/decisions.py": {"tui.app.screens.edit_call", "tui.app.screens.rules"},
    "tui/app/verbs/model.py": {"tui.app.screens.lists"},
    "tui/app/verbs/branch.py": {"tui.app.screens.branches", "tui.app.screens.restore"},
    "tui/app/verbs/calls.py": {"tui.app.screens.calls", "tui.app.screens.inspector"},  # screens that a key opens
    "tui/app/verbs/context.py": {"tui.app.screens.context", "tui.app.screens.edit_text"},
    "tui/app/verbs/compare.py": {"tui.app.screens.broadcast", "tui.app.screens.compare", "widgets.picker"},
    "tui/app/screens/query.py": {"tui.app.screens.record"},  # when a row is opened
    "tui/app/verbs/query.py": {"tui.app.screens.query"},
    "tui/app/verbs/panes.py": {"tui.app.screens.lists"},
    "tui/app/verbs/inbox.py": {"tui.app.screens.inbox", "tui.app.screens.inspector"},
    "tui/app/verbs/exchange.py": {"tui.app"},  # the readers of other programs' files
    "tui/app/verbs/ledger.py": {"tui.app.screens.ledger"},
    "tui/app/verbs/search.py": {"tui.app.screens.search"},
    "tui/app/verbs/replay.py": {"tui.app.screens.replay"},
    "tui/app/verbs/sessions.py": {"tui.app.screens.sessions"},
    "tui/app/verbs/worktree.py": {"tui.app.screens.worktree_asks", "tui.app.screens.worktrees"},
    "tui/app/verbs/turns.py": {"tui.app.screens.changes"},
    "tui/app/themes/own.py": {"tomllib"},  # where there is a theme to read
    "tui/app/verbs/whole.py": {
        "tui.app.screens.help",
        "tui.app.screens.lists",
        "tui.app.screens.settings",
        "tui.app.screens.themes",
    },
    "tui/cli.py": {
        "tui.commands.care",
        "tui.commands.doctor",
        "tui.commands.run",
        "tui.commands.exchange",
        "tui.commands.listing",
        "tui.commands.policy",
        "tui.commands.search",
        "tui.commands.sql",
        "tui.commands.usage",
        "tui.program",
        "tui.screen",
    },
    "tui/options.py": {"importlib.metadata"},
    "tui/program.py": {
        "tui.store.care.merge",  # where a store was damaged
        "tui.store.mirror",  # where config.toml wants a session log
    },
    "tui/screen.py": {"tui.store.care.repair"},
    "tui/key_source.py": {"keyring"},  # an extra
    "tui/settings/config.py": {"tomllib"},  # where there is a file to read
    "tui/engine/policy/shell_words.py": {"tree_sitter", "tree_sitter_bash"},  # at the first command that is judged
    "tui/providers/models.py": {
        "genai_prices",
        "genai_prices.data_snapshot",
        "tui.providers.anthropic",
        "tui.providers.openai",
        "tui.providers.openai_chat",
        "tui.providers.player",
        "tui.providers.recording",
        "tui.providers.tour",
        "tui.providers.wire",
    },
    "tui/settings/rulebook.py": {"tomlkit", "tomllib"},  # where there is a file, and where a rule is written
    "tui/settings/toml_file.py": {"tomlkit"},  # where something is written
    "tui/settings/writing.py": {"tomlkit", "tomllib"},
    "tui/tools/catalog.py": {"<computed>"},  # a tool's module, before its first call
    "tui/tools/web.py": {"tui.tools.web_client"},  # the HTTP library, before the first request
    "widgets/doc_code.py": {"pygments.lexers"},  # a table of all languages, before the first fence
    "widgets/doc_parser.py": {"markdown_it"},  # before the first text
    "widgets/transcript_view.py": {"widgets"},  # its documents, before the first block
}
"""Imports inside functions: where, and of what. Each saves time before the first frame, or for ever."""

BROAD_EXCEPTS = {
    ("tui/engine/calls/bridge.py", "_outcome"),  # swallows nothing: what a thread raises is carried to who waits for it
    ("tui/engine/window/compaction.py", "_run"),  # a compaction that fails in any way leaves the model seeing all
    ("tui/engine/calls/executor.py", "run"),  # the tool boundary: a tool may fail in any way it likes
    ("tui/engine/turn.py", "run"),  # the turn boundary: a bug in a turn ends that turn alone
    ("tui/key_source.py", "_from_keyring"),  # a keyring's backend is anybody's, and raises what it likes
}
OWN_TASKS = {"tui/store/writer.py", "tui/store/search/indexer.py"}
"""May start a task outside of a task group: the store's writer outlives every group, its indexer with it, and close()
joins both."""

FORBIDDEN_WORDS = {"manager", "handler", "helper", "util", "controller", "processor", "wrapper"}
FORBIDDEN_ROOMS = {"common", "core", "types", "utils", "helpers"}
SLOW = {"anthropic", "openai", "httpx2", "httpx", "mcp", "genai_prices", "pydantic", "tree_sitter_bash", "tomlkit"}
HEAVY = ("aiosqlite", "textual", "rich", *SLOW)


# --- the code as trees


def sources(*folders: str) -> list[Path]:
    return sorted(
        path for folder in folders for path in (ROOT / folder).rglob("*.py") if "node_modules" not in path.parts
    )


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def imported(node: ast.AST) -> set[str]:
    """The modules that one statement or call imports."""
    match node:
        case ast.Import(names=names):
            return {alias.name for alias in names}
        case ast.ImportFrom(module=str(module)):
            return {module}
        case ast.Call(
            func=ast.Attribute(attr="import_module") | ast.Name(id="import_module" | "__import__"), args=args
        ):
            first = args[0] if args else None
            return {first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else "<computed>"}
        case _:
            return set()


def every(sort: str, folders: tuple[str, ...] = ROOMS) -> Iterator[tuple[str, ast.AST]]:
    for path in sources(*folders):
        for node in ast.walk(tree_of(path)):
            if type(node).__name__ == sort:
                yield name_of(path), node


# --- who may import whom


def test_every_import_contract_is_kept(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    code = lint_imports(str(ROOT / "pyproject.toml"), no_cache=True, no_logo=True)
    assert code == 0, capsys.readouterr().out


def test_every_import_contract_says_why() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    assert contracts
    for contract in contracts:
        assert len(contract["name"].split()) >= 8, contract["name"]


def test_imports_inside_functions_are_the_named_lazy_doors_and_no_others() -> None:
    found: dict[str, set[str]] = {}
    for path in sources(*ROOMS):
        for function in functions(tree_of(path)):
            for node in ast.walk(function):
                if modules := imported(node):
                    found.setdefault(name_of(path), set()).update(modules)
    assert found == LAZY_DOORS


def test_no_import_is_relative() -> None:
    everything = (*ROOMS, "tests", "bench")
    relative = [
        name for name, node in every("ImportFrom", everything) if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []


def test_only_the_log_and_the_fold_move_a_state_on() -> None:
    callers = set()
    for path in sources(*ROOMS):
        tree = tree_of(path)
        ours = path.name == "state.py" or any(
            isinstance(node, ast.ImportFrom)
            and node.module == "tui.state"
            and any(a.name == "apply" for a in node.names)
            for node in ast.walk(tree)
        )
        for function in functions(tree):
            for node in ast.walk(function):
                match node:
                    case ast.Call(func=ast.Name(id="apply")) if ours:
                        callers.add((name_of(path), function.name))
                    case ast.Call(func=ast.Attribute(value=ast.Name(id="state"), attr="apply")):
                        callers.add((name_of(path), function.name))
    assert callers == {("tui/state.py", "fold"), ("tui/engine/log.py", "_append")}


# --- what is loaded when


def loaded_after(code: str, env: dict[str, str] | None = None) -> set[str]:
    """The top names of all modules that a fresh Python has loaded after ``code``."""
    told = "import sys; print('LOADED', *{name.partition('.')[0] for name in sys.modules})"
    run = subprocess.run(
        [sys.executable, "-c", f"import sys\ntry:\n{_indented(code)}\nexcept SystemExit: pass\n{told}"],
        cwd=ROOT, env={**os.environ, **(env or {})}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return set(run.stdout.partition("LOADED ")[2].split())


def _indented(code: str) -> str:
    return "\n".join(f"    {line}" for line in code.splitlines())


def test_the_engine_loads_no_textual_no_sdk_and_no_sqlite() -> None:
    engine = (ROOT / "tui" / "engine").rglob("[a-z]*.py")
    modules = [f"import {'.'.join(path.relative_to(ROOT).with_suffix('').parts)}" for path in engine]
    loaded = loaded_after("\n".join(["import tui.engine", *modules]))
    assert "tui" in loaded
    assert not loaded & {*HEAVY, "widgets", "sqlite3"}


@pytest.mark.parametrize("flag", ["--help", "--version", "run --help", "doctor --help"])
def test_asking_for_help_loads_nothing_heavy(flag: str) -> None:
    loaded = loaded_after(f"from tui.cli import main\nmain({flag.split()!r})")
    assert "tui" in loaded
    assert not loaded & {*HEAVY, "asyncio", "sqlite3", "widgets"}


def test_the_screen_is_built_without_any_sdk() -> None:
    loaded = loaded_after("import tui.screen")
    assert "textual" in loaded
    assert not loaded & SLOW


# --- what must not be caught, started or named


def test_only_the_tool_and_the_turn_boundary_swallow_every_exception() -> None:
    found = []
    for path in sources(*ROOMS):
        for function in functions(tree_of(path)):
            for node in ast.walk(function):
                if isinstance(node, ast.ExceptHandler) and _is_broad(node.type) and not _raises_again(node):
                    found.append((name_of(path), function.name))
                if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
                    found += [(name_of(path), function.name) for argument in node.args if _is_broad(argument)]
    assert sorted(found) == sorted(BROAD_EXCEPTS)


def _is_broad(caught: ast.expr | None) -> bool:
    names = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(name is None or ast.unparse(name) in ("Exception", "BaseException") for name in names)


def _raises_again(node: ast.ExceptHandler) -> bool:
    """It cleans up and lets the exception go on."""
    return isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None


def test_a_task_belongs_to_a_group() -> None:
    bare = {
        name
        for name, node in every("Call")
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).rpartition(".")[2] in ("create_task", "ensure_future")
        and "group" not in ast.unparse(node.func).rpartition(".")[0]
    }
    assert bare == OWN_TASKS


def test_no_name_says_nothing() -> None:
    named = {
        f"{name}: {node.name}"
        for sort in ("ClassDef", "FunctionDef", "AsyncFunctionDef")
        for name, node in every(sort, (*ROOMS, "bench", "tests"))
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and _words(node.name) & FORBIDDEN_WORDS
    }
    named |= {name_of(path) for path in sources(*ROOMS, "bench", "tests") if _words(path.stem) & FORBIDDEN_WORDS}
    named |= {name_of(path) for path in sources(*ROOMS) if {path.stem, path.parent.name} & FORBIDDEN_ROOMS}
    assert named == set()


def _words(name: str) -> set[str]:
    """``ToolHandlers`` and ``tool_handlers`` are tool and handler."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return {word.lower().removesuffix("s") for word in words}


def test_the_words_of_a_name_are_found_in_both_spellings() -> None:
    assert _words("ToolHandlers") == _words("tool_handlers") == {"tool", "handler"}
    assert _words("SDKWrapper") == {"sdk", "wrapper"}


def test_no_file_is_over_the_wall() -> None:
    tall = {name_of(path): lines for path in sources(*ROOMS, "tests", "bench") if (lines := _length(path)) > WALL}
    assert tall == {}


def _length(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


# --- what is written about it


def test_every_room_has_a_card_of_ten_lines_at_most() -> None:
    for path in sources(*ROOMS):
        if path.name == "__init__.py":
            card = ast.get_docstring(tree_of(path))
            assert card, f"{name_of(path)} has no card"
            assert len(card.splitlines()) <= CARD, f"the card of {name_of(path)} is too long"


def test_every_module_says_why_it_exists() -> None:
    silent = [name_of(path) for path in sources(*ROOMS, "tests", "bench") if not ast.get_docstring(tree_of(path))]
    assert silent == []


def test_no_file_speaks_of_the_machine_it_was_written_on() -> None:
    machine = re.compile("|".join(["/" + "work/", "/" + "root/", r"\.\./" + "shared", "/" + "opt/wheels"]))
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    if not listed:
        pytest.skip("not a git checkout")
    speaking = []
    for name in listed.split("\0"):
        path = ROOT / name
        if name and path.is_file() and path.stat().st_size < 2_000_000:
            text = path.read_bytes().decode("utf-8", "replace")
            speaking += [f"{name}: {found[0]}" for found in machine.finditer(text)]
    assert speaking == []
