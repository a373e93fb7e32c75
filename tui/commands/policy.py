"""``penstock policy``: what the rules say of one call, without an agent, a store or a session.

The first line is allow, ask or deny; then come the rule and the reason, so that a person can try rules out.
Nothing is run, and nothing is written.
"""

import argparse
import asyncio
import json
import sys
from typing import Any

from tui.engine.calls.approvals import strict_json
from tui.engine.policy.surroundings import look
from tui.engine.policy.verdict import Verdict, judge
from tui.errors import ToolError, UsageError
from tui.paths import config_path, current_folder, workspace_root
from tui.plain import plain, write
from tui.program import rule_files, sandbox_of
from tui.settings.config import read_settings
from tui.state import SessionState
from tui.tools.catalog import Catalog


def check_policy(options: argparse.Namespace) -> int:
    """Returns 0, whatever the verdict is.

    Raises:
        UsageError: there is nothing to judge, or it names no tool or does not fit it.
    """
    tool, arguments = _asked(options)
    verdict = _verdict(tool, arguments, options.mode or None)
    if options.json:
        write(sys.stdout, f"{json.dumps(_values(tool, verdict))}\n")
    else:
        write(sys.stdout, plain("".join(f"{line}\n" for line in _lines(verdict))))
    return 0


def _asked(options: argparse.Namespace) -> tuple[str, dict[str, Any]]:
    """The tool, and arguments that fit it."""
    if options.command_line and options.args:
        raise UsageError("A command and --args say the same thing twice.", hint="Leave one of them out.")
    tool = options.tool or "shell"
    toolbox = Catalog()
    if toolbox.spec(tool) is None:
        names = ", ".join(spec.name for spec in toolbox.specs())
        raise UsageError(f"There is no tool {tool}.", hint=f"There are: {names}.")
    if options.command_line and tool != "shell":
        raise UsageError(f"{tool} takes no command.", hint="--args gives its arguments as JSON.")
    if not options.command_line and not options.args:
        raise UsageError("There is nothing to judge.", hint="penstock policy 'git status'")
    try:
        raw = {"command": options.command_line} if options.command_line else strict_json(options.args)
        fitting = toolbox.load(tool).arguments.model_validate(raw)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"The arguments do not fit {tool}: {_first_line(error)}") from error
    return tool, fitting.model_dump()


def _first_line(error: Exception) -> str:
    listed = getattr(error, "errors", None)
    if listed is None:
        return f"{error}."
    return "; ".join(f"{'.'.join(map(str, item['loc'])) or 'arguments'}: {item['msg']}" for item in listed()[:5])


def _verdict(tool: str, arguments: dict[str, Any], mode: Any) -> Verdict:
    cwd = current_folder()
    settings = read_settings(config_path())
    spec = Catalog().spec(tool)
    assert spec is not None
    state = SessionState("", workspace=str(workspace_root(cwd)), cwd=str(cwd))
    autonomous = (mode or settings.mode) == "autonomous"
    wanted = autonomous and spec.effect == "run"
    confined = asyncio.run(sandbox_of(settings).ready()).holds if wanted else "no"
    try:
        return judge(look(spec, arguments, state, rule_files(), confined=confined, mode=mode))
    except ToolError as error:
        raise UsageError(str(error)) from error


def _lines(verdict: Verdict) -> list[str]:
    lines = [verdict.action, f"rule: {verdict.rule or 'none'}", f"why: {verdict.why}"]
    lines += [f"touches: {one}" for one in verdict.touches]
    if verdict.suggestion is not None and verdict.action == "ask":
        lines.append(f"always would write: {verdict.suggestion.text}")
    return lines


def _values(tool: str, verdict: Verdict) -> dict[str, Any]:
    suggestion = verdict.suggestion.text if verdict.suggestion is not None else ""
    return {
        "action": verdict.action, "tool": tool, "rule": verdict.rule, "why": verdict.why,
        "touches": list(verdict.touches), "session": verdict.pattern, "always": suggestion, "hard": verdict.hard,
    }  # fmt: skip
