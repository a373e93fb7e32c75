"""Questions to the policy, put together in a line, about a workspace at ``/home/ada/project``."""

from pathlib import Path
from typing import Any

from tui.engine.policy.facts import Question
from tui.engine.policy.places import places_of
from tui.engine.policy.rules import Rule, Rules
from tui.engine.policy.verdict import Verdict, judge
from tui.events import Effect, GrantAdded, Mode
from tui.tools.base import ToolSpec
from tui.tools.catalog import Catalog

HOME = Path("/home/ada")
ROOT = HOME / "project"
OWN = (f"{HOME}/.local/share/penstock", f"{HOME}/.config/penstock")
PLACES = places_of(str(HOME), OWN)


def spec(effect: Effect, name: str = "tool", **more: Any) -> ToolSpec:
    return ToolSpec(
        name=name, description="", parameters={}, module="", function="", arguments="", effect=effect,
        path_fields=("path",), **more,
    )  # fmt: skip


def tool(name: str) -> ToolSpec:
    found = Catalog().spec(name)
    assert found is not None
    return found


def grant(pattern: str, tool: str = "tool") -> GrantAdded:
    return GrantAdded(grant_id="g", tool=tool, pattern=pattern, scope="session")


def rule(action: str, **what: Any) -> Rule:
    return Rule(action=action, **what)  # type: ignore[arg-type]


def asked(
    spec: ToolSpec,
    arguments: dict[str, Any] | None = None,
    *paths: str | Path,
    root: Path = ROOT,
    rules: tuple[Rule, ...] = (),
    grants: tuple[str, ...] = (),
    mode: Mode = "ask",
    **more: Any,
) -> Question:
    """A question. ``paths`` are absolute; where a link leads elsewhere, ``real`` says so."""
    return Question(
        spec=spec, arguments=arguments or {}, root=root, cwd=more.pop("cwd", root), home=HOME,
        named=tuple(map(str, paths)), paths=tuple(map(Path, paths)), places=PLACES, mode=mode,
        grants=tuple(grant(pattern, spec.name) for pattern in grants),
        rules=more.pop("book", Rules(rules=rules)), **more,
    )  # fmt: skip


def shell(command: str, **more: Any) -> Verdict:
    """The verdict on a command. ``arguments``: others beside it."""
    return judge(asked(tool("shell"), {"command": command, **more.pop("arguments", {})}, **more))


def file(effect: Effect, *paths: str | Path, **more: Any) -> Verdict:
    """The verdict on reading or writing files."""
    return judge(asked(spec(effect), {}, *paths, **more))
