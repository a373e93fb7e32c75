"""Facts as short words for a person: one line for a call, sizes, times, money, paths.

Text that comes from models, tools and files is data here: it is shortened and put on one line,
never interpreted. What cannot be said is said as "unknown", never as 0.
"""

from pathlib import Path

from tui.events import FileShared, SessionImported, WorktreeEnded
from tui.lines import call_line as call_line
from tui.lines import deed as deed
from tui.lines import one_line as one_line
from tui.messages import DiffDisplay, TextDisplay, TodoDisplay
from tui.state import CallState, StepState, TurnState

OFFLINE = "offline/"
"""How the names of models that are no models begin."""
PROGRAMS = {"claude-code": "Claude Code", "codex": "Codex CLI", "penstock": "Penstock"}
"""Programs that sessions are imported from."""


def call_detail(call: CallState, now: float) -> str:
    """The facts at the right end of a call's row."""
    ended = call.ended
    if ended is not None:
        facts = [] if call.started_at is None else [duration(ended.duration), size(ended.output_bytes)]
        if ended.outcome != "ok":
            facts.insert(0, ended.outcome.replace("_", " "))
        return " · ".join(facts)
    if call.started_at is not None:
        return duration(now - call.started_at)
    return "asks you" if call.phase == "asking" else ""


def call_body(call: CallState) -> tuple[str, str]:
    """What a call's row opens to, and the language to highlight it as (``diff`` for a change)."""
    ended = call.ended
    displays = ended.display if ended is not None else (call.approval.preview if call.approval else ())
    diffs = [display.diff for display in displays if isinstance(display, DiffDisplay)]
    if diffs:
        return "\n".join(diffs), "diff"
    todos = [item.line for display in displays if isinstance(display, TodoDisplay) for item in display.items]
    if todos:
        return "\n".join(todos), ""
    texts = [display for display in displays if isinstance(display, TextDisplay)]
    if texts:
        return "\n".join(display.text for display in texts), texts[0].language
    return (ended.text if ended is not None else "".join(call.output)), ""


def own_output(call: CallState) -> str:
    """What a call of the person's own gave, as text for a prompt."""
    text = (call.ended.text if call.ended is not None else "".join(call.output)).rstrip("\n")
    fence = "`" * max(3, 1 + max((len(run) for run in text.split() if set(run) == {"`"}), default=0))
    again = " again" if call.original else ""
    return f"I ran this{again}: {call_line(call.tool, call.arguments)} ({call.phase})\n\n{fence}\n{text}\n{fence}\n"


def turn_line(turn: TurnState, calls: int, failed: int, files: int) -> str:
    """A turn in one line: ``7 calls, 1 failed · 2 files · 14 s · $0.03``; "" for one that called nothing."""
    if not calls:
        return ""
    asked = [item for item in turn.items if isinstance(item, StepState)]
    steps = [step.ended for step in asked if step.ended is not None]
    cost = sum(step.price or 0.0 for step in steps)
    paid = not all(step.model.startswith(OFFLINE) for step in asked)
    facts = [
        f"{calls} call{'s'[: calls != 1]}{f', {failed} failed' if failed else ''}",
        f"{files} file{'s'[: files != 1]}" if files else "",
        duration((turn.ended_at or turn.started_at) - turn.started_at),
        money(cost, sum(step.price is None for step in steps)) if paid else "",
    ]
    return " · ".join(fact for fact in facts if fact)


def shared_line(event: FileShared, cwd: str) -> str:
    """What both sessions are told that wrote one file."""
    name = event.path.removeprefix(f"{cwd.rstrip('/')}/")
    who = f"Session {event.slot} ({one_line(event.title, 40)})"
    if event.last:
        return f"{who} has changed {home_path(name)} too, after this session did. /changes shows what is there now."
    return f"{who} had changed {home_path(name)} shortly before this session did. /changes shows what is there now."


def worktree_end(event: WorktreeEnded) -> str:
    """How a session's worktree ended, and where it works from then on."""
    there = f"its commit {event.commit[:9]} stays in the repository" if event.commit else "its branch is gone, too"
    what = {
        "merged": f"{event.branch} is merged and its worktree gone",
        "kept": f"The worktree is gone; its branch {event.branch} stays at {event.commit[:9]}",
        "dropped": f"The worktree of {event.branch} was dropped; {there}",
    }[event.how]
    return f"{what}. This session works in the workspace's own folder from here on."


def imported_line(event: SessionImported) -> str:
    """Where an imported session came from, and what of it could not be shown."""
    whose = PROGRAMS.get(event.program, event.program)
    missed = f" Kept as they are: {'; '.join(event.unread)}." if event.unread else ""
    return f"Imported from {whose}: {event.records} records of {event.source.rpartition('/')[2]}.{missed}"


def duration(seconds: float) -> str:
    """``0.4 s``, ``14 s``, ``3:05``, ``1:02:03``."""
    if seconds < 10:
        return f"{max(0.0, seconds):.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def size(count: int) -> str:
    """Bytes: ``312 B``, ``12 KB``, ``3.4 MB``."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.0f} KB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def tokens(count: int) -> str:
    """``950``, ``12.3k``, ``1.2M``."""
    if count < 1000:
        return str(count)
    return f"{count / 1000:.1f}k" if count < 1_000_000 else f"{count / 1_000_000:.1f}M"


def money(usd: float, unpriced_steps: int) -> str:
    """``$0.03``; with a plus where some requests have no known price; "cost unknown" where none has."""
    if not usd and unpriced_steps:
        return "cost unknown"
    text = f"${usd:.4f}" if 0 < usd < 0.01 else f"${usd:.2f}"
    return f"{text}+" if unpriced_steps else text


def home_path(path: str) -> str:
    """A path with the home folder as ``~``."""
    home = str(Path.home())
    return "~" + path[len(home) :] if path == home or path.startswith(home + "/") else path


def relative(path: str, folder: str) -> str:
    """A path as it reads from ``folder``, where it is inside it."""
    return str(Path(path).relative_to(folder)) if Path(path).is_relative_to(folder) else path
