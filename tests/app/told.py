"""A session as the store could tell it, made by hand: calls that waited, were asked about, ran beside each other."""

from tests.app.stage import NOON
from tui.events import (
    ApprovalDecided,
    ApprovalRequested,
    Entry,
    PartEnded,
    PartStarted,
    PromptSubmitted,
    SessionEvent,
    SessionOpened,
    SideCall,
    StepEnded,
    StepStarted,
    ToolEnded,
    ToolOutcome,
    ToolStarted,
    TurnEnded,
)
from tui.messages import DiffDisplay, OutputPiece, StopReason, ToolCallPart, Usage
from tui.state import SessionState, fold

SESSION = "told"
OUTPUT = (
    "\x1b[1m============ test session starts ============\x1b[0m\n"
    "tests/test_valve.py \x1b[32m...\x1b[31mF\x1b[32m..\x1b[0m                    [ 60%]\n"
    "tests/test_運河.py \x1b[32m....\x1b[0m                     [100%]\n\n"
    "\x1b[31m\x1b[1mE   AssertionError: flow is 50.0, never more than 40.0\x1b[0m\n"
    "\x1b[1m\x1b[31mtests/test_valve.py\x1b[0m:12: AssertionError\n"
    "\x1b[33mwarning\x1b[0m: \x1b[7m reversed \x1b[0m \x1b[38;5;208m256 colours\x1b[0m "
    "\x1b[38;2;120;160;240mtrue colour\x1b[0m \x1b[2mdim\x1b[0m\x1b]52;c;eA==\x07\x1b[2J\n"
    "\x1b[31m1 failed\x1b[0m, \x1b[32m9 passed\x1b[0m in 1.42s\n"
)
DIFF = '''\
--- a/src/valve.py
+++ b/src/valve.py
@@ -1,6 +1,9 @@
 """Valves of a garden."""

 def open_valve(litres: float) -> None:
-    print("open", litres)
-    flow = litres
+    if litres <= 0:
+        raise ValueError("a valve opens for some water")
+    flow = min(litres, 40.0)  # never more than the pipe takes
+    log(f"open {flow}")

     return None
--- /dev/null
+++ b/notes.md
@@ -0,0 +1,2 @@
+# Valves
+A pipe takes 40 litres.
'''
ARGUMENTS = {
    "read": '{"path": "src/valve.py", "first": 1, "last": 50}',
    "edit": '{"path": "src/valve.py", "edits": [{"old": "    flow = litres\\n", "new": "    if litres <= 0:\\n    '
    'raise ValueError\\n"}, {"old": "a\\u202eb", "new": ""}], "strict": true, "count": 2, "note": null}',
    "shell": '{"command": "pytest -q --color=yes && echo \\u001b[2J"}',
}


class Teller:
    """Entries at times that a test says."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def tell(self, at: float, *events: SessionEvent) -> None:
        for event in events:
            self.entries.append(Entry(SESSION, len(self.entries) + 1, NOON + at, event))

    @property
    def state(self) -> SessionState:
        return fold(SESSION, self.entries)


def asked_call(at: float, call_id: str, tool: str) -> PartEnded:
    part = ToolCallPart(call_id=call_id, name=tool, arguments=ARGUMENTS[tool])
    return PartEnded(part_id=f"part-{call_id}", part=part)


def story(pieces: tuple[OutputPiece, ...] = ()) -> Teller:
    """A turn with a read, an edit that was asked about, and a command; then the command run again."""
    told = Teller()
    opened = SessionOpened(workspace="/garden", cwd="/garden", title="Valves", model="scripted/script", slot=1)
    told.tell(0, opened, PromptSubmitted(prompt_id="p", turn_id="t", text="Bound the flow"))
    told.tell(0.5, StepStarted(step_id="s", turn_id="t", model="scripted/script"))
    for number, tool in enumerate(("read", "edit", "shell")):
        call_id = f"call_{tool}"
        told.tell(1 + number / 4, PartStarted(part_id=f"part-{call_id}", step_id="s", kind="tool_call", name=tool))
        told.tell(1.1 + number / 4, asked_call(1.1, call_id, tool))
    told.tell(1.7, StepEnded(step_id="s", stop=StopReason.TOOL_USE, usage=Usage(input_tokens=900), price=0.0372))
    _read(told)
    _edit(told)
    _shell(told, pieces)
    told.tell(21, TurnEnded(turn_id="t", outcome="done"))
    told.tell(60, SideCall(call_id="side_1", original="call_shell", tool="shell", arguments=ARGUMENTS["shell"]))
    told.tell(61, ToolStarted(call_id="side_1", turn_id="", tool="shell", arguments=ARGUMENTS["shell"]))
    again = OUTPUT.replace("50.0", "40.0").replace("1 failed", "0 failed")
    told.tell(
        63, ToolEnded(call_id="side_1", outcome=ToolOutcome.OK, text=again, duration=2.0, output_bytes=len(again))
    )
    return told


def _read(told: Teller) -> None:
    allowed = ApprovalDecided(
        approval_id="a1", call_id="call_read", decision="allow", by="policy",
        reason="Reading inside the workspace folder runs unasked.", rule="read inside the folder",
    )  # fmt: skip
    told.tell(1.8, allowed)
    told.tell(1.8, ToolStarted(call_id="call_read", turn_id="t", tool="read", arguments=ARGUMENTS["read"]))
    told.tell(3, ToolEnded(call_id="call_read", outcome=ToolOutcome.OK, text="1  def", duration=1.2, output_bytes=6))


def _edit(told: Teller) -> None:
    diff = (DiffDisplay(path="src/valve.py", diff=DIFF),)
    asked = ApprovalRequested(
        approval_id="a2", call_id="call_edit", tool="edit", arguments=ARGUMENTS["edit"], effect="write",
        why="It changes files, and the mode is ask.", digest="ab" * 32, preview=diff, rule="ask edit",
        touches=("/garden/src/valve.py", "/garden/notes.md"), pattern="/garden/**",
    )  # fmt: skip
    told.tell(2, asked)
    decided = ApprovalDecided(
        approval_id="a2", call_id="call_edit", decision="allow", by="person", scope="session", digest="ab" * 32,
        arguments=ARGUMENTS["edit"].replace('"count": 2', '"count": 1'), reason="",
    )  # fmt: skip
    told.tell(11, decided)
    told.tell(11.5, ToolStarted(call_id="call_edit", turn_id="t", tool="edit", arguments=decided.arguments))
    told.tell(13, ToolEnded(call_id="call_edit", outcome=ToolOutcome.OK, text="Changed.", display=diff, duration=1.5))


def _shell(told: Teller, pieces: tuple[OutputPiece, ...]) -> None:
    told.tell(12, ToolStarted(call_id="call_shell", turn_id="t", tool="shell", arguments=ARGUMENTS["shell"]))
    size = sum(piece.size for piece in pieces) or len(OUTPUT)
    ended = ToolEnded(
        call_id="call_shell", outcome=ToolOutcome.ERROR, text=OUTPUT, duration=8.0, output_bytes=size, pieces=pieces
    )
    told.tell(20, ended)
