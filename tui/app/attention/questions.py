"""What waits for the person as the ask bar shows it: approvals, and the agents' own questions.

An approval shows exactly what would run, why it is asked and what it touches, and says what each lasting answer
would allow before it is given. The bar spells out what cannot be seen (`widgets.literal`).
"""

import json

from tui.app.words import home_path, one_line
from tui.engine.session import Session
from tui.events import ApprovalRequested, QuestionAsked
from tui.messages import DiffDisplay
from tui.state import SessionState
from widgets.ask_bar import AskRequest, Choice

_VERBS = {"read": "Read", "write": "Change files", "run": "Run a command", "fetch": "Reach the network", "own": "Ask"}
MOST_LINES = 400
MOST_CHARS = 100_000
"""Of arguments that are shown in the bar; the inspector has them whole."""

Waiting = ApprovalRequested | QuestionAsked


def waiting(state: SessionState) -> list[Waiting]:
    """All that waits for the person in a session, in the order in which the calls came."""
    approvals = [(call.seq, call.approval) for call in state.asking() if call.approval is not None]
    questions = [(state.calls[asked.call_id].seq, asked) for asked in state.questions.values()]
    return [asked for _, asked in sorted([*approvals, *questions], key=lambda pair: pair[0])]


def id_of(asked: Waiting) -> str:
    return asked.approval_id if isinstance(asked, ApprovalRequested) else asked.question_id


def request_of(asked: Waiting, session: Session) -> AskRequest:
    """What the ask bar shows."""
    if isinstance(asked, QuestionAsked):
        return question_request(asked)
    always = session.suggested_rule(asked.approval_id) is not None
    return approval_request(asked, session.state.cwd, always=always)


def question_request(asked: QuestionAsked) -> AskRequest:
    """An agent's question. A key gives one of its options; any other answer is typed."""
    options = [Choice(str(n), one_line(option, 60), f"option {n - 1}") for n, option in enumerate(asked.options, 1)]
    return AskRequest(
        id=asked.question_id,
        title="The agent asks you",
        body=tuple(asked.text.split("\n")),
        choices=(
            *options,
            Choice("r", "answer…", "answer"),
            Choice("n", "no answer", "no"),
            Choice("z", "later", "later"),
        ),
        text_hint="Your answer. enter sends, escape goes back",
        default="r",
    )


def approval_request(approval: ApprovalRequested, cwd: str, *, always: bool) -> AskRequest:
    """A call. "Session" is offered only where a grant can say what it covers, and that is said too; "always" where a
    rule can.
    """
    choices = [Choice("y", "once", "once")]
    why = approval.why
    diffs = "\n".join(display.diff for display in approval.preview if isinstance(display, DiffDisplay))
    touches = [] if diffs else [place for place in approval.touches if place.partition(" ")[2] not in why]
    if touches:  # what a diff shows is not said twice
        why = f"{why.removesuffix('.')} ({one_line('; '.join(touches), 160)})."
    why += f" In {home_path(cwd)}."
    if approval.pattern:
        choices.append(Choice("s", "session", "session"))
        why += f" s allows, for this session: {approval.tool} {one_line(home_path(approval.pattern), 80)}"
    if always:
        choices.append(Choice("a", "always…", "always"))
    choices += [
        Choice("e", "edit…", "edit"),
        Choice("n", "no", "no"),
        Choice("r", "no, because…", "no"),
        Choice("z", "later", "later"),
    ]
    return AskRequest(
        id=approval.approval_id,
        title=f"{_VERBS[approval.effect]}: {approval.tool}",
        why=why,
        body=tuple(() if diffs else argument_lines(approval.arguments)),
        diff=diffs,
        choices=tuple(choices),
    )


def answer(session: Session, asked: Waiting, value: str, text: str) -> None:
    """Give the answer that a choice of the bar stands for; ``text`` is what was typed with it.

    Raises:
        PenstockError: the question is no longer open, or the answer is none.
    """
    if isinstance(asked, ApprovalRequested):
        if value in ("once", "session"):
            session.decide(asked.approval_id, "allow", scope="session" if value == "session" else "once")
        else:
            session.decide(asked.approval_id, "deny", reason=text)
    elif value.startswith("option "):
        session.answer(asked.question_id, asked.options[int(value.removeprefix("option "))])
    else:
        session.answer(asked.question_id, text if value == "answer" else None)


def argument_lines(arguments: str) -> list[str]:
    """The arguments, one a line; the text of a command as it is."""
    values = json.loads(arguments or "{}")
    lines: list[str] = []
    for name, value in values.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        if len(text) > MOST_CHARS:
            text = f"{text[:MOST_CHARS]}\n[... {len(text) - MOST_CHARS:,} more characters: the inspector has them]"
        first, *more = text.split("\n")
        lines.append(f"{name}: {first}")
        lines.extend(f"  {line}" for line in more)
    if len(lines) > MOST_LINES:
        lines[MOST_LINES:] = [f"[... {len(lines) - MOST_LINES:,} more lines: the inspector has them]"]
    return lines
