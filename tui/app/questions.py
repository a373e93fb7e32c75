"""An approval as the ask bar shows it: what would run, exactly, why it is asked, and the choices."""

import json

from tui.app.words import home_path, one_line
from tui.events import ApprovalRequested
from tui.messages import DiffDisplay
from widgets.ask_bar import AskRequest, Choice

_VERBS = {"read": "Read", "write": "Change files", "run": "Run a command", "fetch": "Reach the network", "own": "Ask"}


def ask_request(approval: ApprovalRequested, cwd: str, pattern: str) -> AskRequest:
    """The question. "Session" is offered only where a grant can say what it covers, and that is said too."""
    choices = [Choice("y", "once", "once")]
    why = f"{approval.why} In {home_path(cwd)}."
    if pattern:
        choices.append(Choice("s", "session", "session"))
        why += f" s allows, for this session: {approval.tool} {one_line(home_path(pattern), 80)}"
    choices += [Choice("n", "no", "no"), Choice("r", "no, because…", "no"), Choice("z", "later", "later")]
    diffs = "\n".join(display.diff for display in approval.preview if isinstance(display, DiffDisplay))
    return AskRequest(
        id=approval.approval_id,
        title=f"{_VERBS[approval.effect]}: {approval.tool}",
        why=why,
        body=tuple(() if diffs else _lines(approval.arguments)),
        diff=diffs,
        choices=tuple(choices),
    )


def _lines(arguments: str) -> list[str]:
    """The arguments, one a line; the text of a command as it is."""
    values = json.loads(arguments)
    lines: list[str] = []
    for name, value in values.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        first, *more = text.split("\n")
        lines.append(f"{name}: {first}")
        lines.extend(f"  {line}" for line in more)
    return lines
