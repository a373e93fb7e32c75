"""The gallery: ``python -m widgets NAME`` shows one widget alone, with made-up data.

For looking at a widget and for working on it; without a name it lists them. ctrl+t changes between the
dark and the light theme, ctrl+q leaves.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from widgets.ask_bar import CHOICES, AskBar, AskRequest, Choice
from widgets.bar_plot import Bar, BarPlot
from widgets.checklist import CheckItem, Checklist
from widgets.diff_view import DiffView
from widgets.fact_tree import Fact, FactTree
from widgets.meter import meter_level, meter_text
from widgets.output_view import OutputView
from widgets.picker import Item, Picker
from widgets.prompt import Prompt
from widgets.queue_list import QueueItem, QueueList
from widgets.split import Split
from widgets.status_line import Segment, StatusLine
from widgets.tab_strip import Tab, TabStrip
from widgets.transcript_demo import gallery_transcript
from widgets.virtual_table import Cell, Column, VirtualTable

DIFF = """\
--- a/garden/water.py
+++ b/garden/water.py
@@ -8,7 +8,8 @@ class Valve:
     def open(self, litres: float) -> None:
-        self.flow = litres
-        print("open")
+        if litres <= 0:
+            raise ValueError("a valve opens for some water")
+        self.flow = min(litres, self.most)
         self.log.append(litres)

     def close(self) -> None:
"""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """How one widget is shown: what is composed, and what is told once it is there."""

    make: Callable[[], Widget | None]
    tell: Callable[[App[None]], None] = lambda app: None
    at_bottom: bool = False


class Pane(Vertical):
    """Stands in for a pane."""

    DEFAULT_CSS = "Pane > Static { height: 1fr; padding: 0 1; }"

    def compose(self) -> ComposeResult:
        yield Static(f"pane {self.id}")
        yield Prompt()


class Gallery(App[None]):
    """One exhibit; the last thing that the widget told stands in the bottom row."""

    CSS = "#told { dock: bottom; height: 1; color: $foreground 60%; } .filler { height: 1fr; padding: 0 1; }"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = [Binding("ctrl+t", "turn", "Theme"), Binding("ctrl+q", "quit", "Quit", priority=True)]

    def __init__(self, name: str, *, light: bool = False) -> None:
        super().__init__()
        self.exhibit = EXHIBITS[name]
        self.theme = "textual-light" if light else "textual-dark"

    def compose(self) -> ComposeResult:
        if self.exhibit.at_bottom:
            yield Static("Something else stands here.", classes="filler", markup=False)
        widget = self.exhibit.make()
        if widget is not None:
            yield widget
        yield Static("", id="told", markup=False)

    def on_mount(self) -> None:
        self.exhibit.tell(self)

    def told(self, message: Message) -> None:
        self.query_one("#told", Static).update(f"{type(message).__qualname__} {_said(message)}")

    on_prompt_submitted = on_prompt_escaped = on_prompt_leave_wanted = told
    on_queue_list_wanted = on_queue_list_left = told
    on_tab_strip_selected = on_ask_bar_decided = on_ask_bar_left = on_split_pane_focused = told

    def on_prompt_completion_wanted(self, event: Prompt.CompletionWanted) -> None:
        files = ["README.md", "garden/water.py", "garden/valve.py", "garden/notes/long names are cut.md"]
        event.prompt.show_completions([name for name in files if event.query in name], event.query)

    def action_turn(self) -> None:
        self.theme = "textual-dark" if self.theme == "textual-light" else "textual-light"


def _said(message: Message) -> str:
    kept = {k: v for k, v in vars(message).items() if not k.startswith("_") and isinstance(v, str | bool | int)}
    return "  ".join(f"{k}={v!r}" for k, v in kept.items() if k not in ("time", "no_dispatch", "bubble"))[:100]


def _prompt(app: App[None]) -> None:
    prompt = app.query_one(Prompt)
    prompt.set_history(["How deep is the well?", "Draw a plan\nof both canals"])
    prompt.set_commands([("close", "close this pane"), ("model", "choose a model"), ("new", "open a session")])
    prompt.focus()


def _checklist(app: App[None]) -> None:
    app.query_one(Checklist).show(
        [
            CheckItem("Read the plan of the canal", "done"),
            CheckItem("Measure the lower gate", "done"),
            CheckItem("Write down what leaks, gate by gate, and how much of it comes back by the evening", "doing"),
            CheckItem("Order two valves"),
            CheckItem("Tell the neighbours"),
            CheckItem("Close the upper gate"),
        ]
    )


def _queue(app: App[None]) -> None:
    queue = app.query_one(QueueList)
    queue.show(
        [
            QueueItem("a", "Measure the lower gate, and write down what leaks", "steers"),
            QueueItem("b", "Order two valves"),
            QueueItem("c", "Tell the neighbours", editing=True),
            QueueItem("d", "Close the upper gate", "held"),
            QueueItem("e", "Draw a plan of both canals"),
        ]
    )
    queue.focus()


def _split(app: App[None]) -> None:
    app.query_one(Split).focus_pane("c")


def _tabs(app: App[None]) -> None:
    strip = app.query_one(TabStrip)
    strip.set_tabs(
        [
            Tab("a", 1, "Water the garden", "running"),
            Tab("b", 2, "運河の図面を描く", "asking", unread=True),
            Tab("c", 3, "Valve 🚰 repair", "idle", unread=True),
            Tab("d", 4, "Pumps, and a title that is much too long for a tab", "failed"),
            Tab("e", 5, "Notes", "queued"),
            Tab("f", 6, "Elsewhere", "idle", held=True),
        ]
    )
    strip.active = "b"


def _ask(app: App[None]) -> None:
    request = AskRequest("1", "Edit garden/water.py", "It writes in the garden, which asks each time.", diff=DIFF)
    app.query_one(AskBar).ask(request, 1, 3)
    app.query_one(AskBar).focus()


def _ask_shell(app: App[None]) -> None:
    body = ("cd garden && rm -rf build/\x1b[2K old\u202egnp.exe", "printf '\\x1b[2K'")
    choices: tuple[Choice, ...] = tuple(choice for choice in CHOICES if choice.key in "ynrz")
    app.query_one(AskBar).ask(AskRequest("2", "Run a command", "", body, choices=choices))
    app.query_one(AskBar).focus()


def _picker(app: App[None]) -> None:
    rows = [
        Item("new", "New session", "in this folder", "Sessions", "ctrl+n"),
        Item("close", "Close pane", "the session runs on", "Sessions"),
        Item("right", "Split right", "", "Panes", "ctrl+\\"),
        Item("down", "Split down", "", "Panes", "ctrl+_"),
        Item("theme", "Change the theme", "dark or light", "Looks"),
        Item("cjk", "運河の図面を描く", "wide characters", "Looks"),
    ]
    app.push_screen(Picker("Commands", rows))


def _status(app: App[None]) -> None:
    gauge = Segment(meter_text(0.42), meter_level(0.42), 3)
    app.query_one(StatusLine).show(
        [Segment("offline/tour", "accent", 5), gauge, Segment("84,120 of 200,000 tokens", "dim", 1)],
        [Segment("cost unknown", "dim", 2), Segment("1:42", "", 2), Segment("▶ running", "good", 9)],
    )


def _meter() -> Widget:
    fractions = (None, 0.0, 0.004, 0.3, 0.72, 0.95, 1.3)
    lines = [f"{meter_text(fraction, 12).plain}  {fraction}  {meter_level(fraction)}" for fraction in fractions]
    return Static("\n".join(lines), markup=False)


def _table() -> VirtualTable:
    return VirtualTable(
        [Column("at", "at", 8, 2), Column("what", "what", 20, flex=True), Column("litres", "litres", 8, 1, right=True)]
    )


def _table_rows(app: App[None]) -> None:
    canals = ("north canal", "運河の水位 [not markup]", "a canal with a name that is too long for its column " * 3)
    rows = [
        {"at": Cell(f"12:{n:02}"), "what": Cell(canals[n % 3]), "litres": Cell(str(n * 40), "warn" if n % 5 else "bad")}
        for n in range(60)
    ]
    app.query_one(VirtualTable).show(100_000, 0, rows)
    app.query_one(VirtualTable).focus()


def _bars(app: App[None]) -> None:
    litres = (40, 0, 12, None, 300, 88, 1, 240, 130)
    app.query_one(BarPlot).show([Bar(f"Nov {n}", litre) for n, litre in enumerate(litres, 1)], "litres a day")


def _facts(app: App[None]) -> None:
    water = {"path": "garden/water.py", "litres": 40, "open": True, "note": None, "notes": "one\ntwo \u202egnp\nthree"}
    facts = [Fact(name, value) for name, value in water.items()]
    facts += [Fact("valves", [{"name": "north", "water": 1.5}, {}], open=True), Fact("as it came", "{}", document=True)]
    facts[4].open = facts[-1].open = True
    app.query_one(FactTree).show(facts)
    app.query_one(FactTree).focus()


def _output() -> str:
    def lines() -> Iterator[str]:
        for number in range(1, 400):
            yield f"\x1b[32mok\x1b[0m {number:>4}  canal {number % 7}: {'water ' * (number % 40)}"
            if number % 25 == 0:
                yield "運河の水位は正常です [not markup] 🚰 \ttab"

    return "\n".join(lines())


def _panes() -> Split:
    return Split.build(["x", 0.5, ["y", 0.6, "a", "b"], ["y", 0.4, "c", "d"]], lambda pane_id: Pane(id=pane_id))


EXHIBITS: dict[str, Exhibit] = {
    "ask_bar": Exhibit(AskBar, _ask, at_bottom=True),
    "ask_bar_shell": Exhibit(AskBar, _ask_shell, at_bottom=True),
    "bar_plot": Exhibit(BarPlot, _bars, at_bottom=True),
    "checklist": Exhibit(Checklist, _checklist, at_bottom=True),
    "diff_view": Exhibit(lambda: DiffView(DIFF)),
    "diff_view_code": Exhibit(lambda: DiffView(DIFF, highlight=True)),
    "diff_view_side": Exhibit(lambda: DiffView(DIFF, mode="side_by_side")),
    "fact_tree": Exhibit(FactTree, _facts),
    "meter": Exhibit(_meter),
    "output_view": Exhibit(lambda: OutputView(_output())),
    "picker": Exhibit(lambda: None, _picker),
    "prompt": Exhibit(Prompt, _prompt, at_bottom=True),
    "queue_list": Exhibit(QueueList, _queue, at_bottom=True),
    "split": Exhibit(_panes, _split),
    "status_line": Exhibit(StatusLine, _status, at_bottom=True),
    "tab_strip": Exhibit(TabStrip, _tabs),
    "transcript": Exhibit(gallery_transcript),
    "virtual_table": Exhibit(_table, _table_rows),
}


def main(arguments: list[str]) -> int:
    """Show what is named. Exit code 2: nothing has that name."""
    if len(arguments) == 1 and arguments[0] in EXHIBITS:
        Gallery(arguments[0]).run()
        return 0
    print("usage: python -m widgets NAME\nnames: " + " ".join(sorted(EXHIBITS)))
    return 2 if arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
