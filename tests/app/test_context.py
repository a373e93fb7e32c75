"""The context on screen: what fills it, a compaction from its beginning to its end, the system prompt."""

from pathlib import Path

from tests.app.stage import AppModels, Stage, opened_app
from tests.engine.test_context import answered, asked, state_of
from tests.scripts import AuthFailed, Hold, call, fail, scripted, text, usage
from tui.app.history.context_blocks import near_path, read_line
from tui.app.screens.context import ContextScreen
from tui.app.screens.edit_text import EditText
from tui.app.status import pane_status
from tui.engine.window.context import usual_instructions
from tui.events import InstructionFile
from tui.messages import TextPart
from widgets.virtual_table import VirtualTable

LONG = "gate " * 200
SUMMARY = "The person counts gates."


def titles(stage: Stage) -> list[str]:
    return [entry.block.title for entry in stage.pane.transcript.view.entries]


def sources(stage: Stage) -> str:
    return "\n".join(entry.block.source for entry in stage.pane.transcript.view.entries)


def doing(stage: Stage, window: int | None = 200_000) -> list[str]:
    left, right = pane_status(stage.session.state, window, 0.0, mode="ask")
    return [str(segment.text) for segment in (*left, *right)]


async def test_a_compaction_is_seen_from_its_beginning_to_its_end_and_nothing_above_goes(home: Path) -> None:
    hold = Hold()
    async with opened_app(home, [text(LONG), usage(26_000, 5)], [hold, text(SUMMARY)], [text("Two.")]) as stage:
        await stage.send("Count the gates")
        await stage.rested()
        await stage.send("/compact keep the names")
        await hold.reached()
        await stage.until(lambda: "interrupt stops it" in sources(stage))
        assert any("compacting" in segment for segment in doing(stage))
        assert stage.main.frame is not None and stage.main.frame._beat is not None, "its seconds are counted"
        hold.release()
        await stage.until(lambda: stage.session.state.compacted is not None)
        await stage.until(lambda: stage.main.frame is not None and stage.main.frame.idle)
        line = next(title for title in titles(stage) if title.startswith("context compacted"))
        assert line.startswith("context compacted: 26.0k → ")
        assert line.endswith("tokens · all above is still here")
        assert "Summarised in" in sources(stage) and SUMMARY in sources(stage)
        assert "Count the gates" in sources(stage) and LONG.strip() in sources(stage)
        await stage.send("And now?")
        await stage.rested(2)
        before = sources(stage)
    async with opened_app(home) as stage:
        await stage.until(lambda: stage.pane.transcript.view.entries)
        await stage.drawn()
        assert (sources(stage), line in titles(stage)) == (before, True), "found again after a restart"


async def test_a_failed_compaction_says_why_in_its_place(home: Path) -> None:
    async with opened_app(home, [text(LONG)], [fail(AuthFailed("The key is not accepted."))]) as stage:
        await stage.send("Count the gates")
        await stage.rested()
        await stage.send("/compact")
        await stage.until(lambda: "was not compacted: The key is not accepted." in sources(stage))
        assert "interrupt stops it" not in sources(stage)


async def test_ctrl_c_stops_a_compaction_and_escape_does_not(home: Path) -> None:
    hold = Hold()
    async with opened_app(home, [text(LONG)], [hold]) as stage:
        await stage.send("Count the gates")
        await stage.rested()
        await stage.send("/compact")
        await hold.reached()
        await stage.press("escape")
        assert stage.session.state.compacting is not None
        await stage.press("ctrl+c")
        await stage.until(lambda: "It was interrupted." in sources(stage))


async def test_what_cannot_be_compacted_is_said(home: Path) -> None:
    async with opened_app(home) as stage:
        await stage.send("/compact")
        await stage.until(lambda: stage.app._notifications)
        assert "nothing to compact" in next(iter(stage.app._notifications)).message


async def test_the_screen_lists_what_fills_the_window_and_goes_to_it(home: Path) -> None:
    script = ([call("read", {"path": "README.md"}), usage(3000, 50)], [text("It opens valves."), usage(3200, 20)])
    async with opened_app(home, *script) as stage:
        (stage.workspace.root / "AGENTS.md").write_text("Speak softly.")
        await stage.send("What does it do?")
        await stage.rested()
        await stage.send("/context")
        await stage.until(lambda: isinstance(stage.app.screen, ContextScreen))
        screen = stage.app.screen
        assert isinstance(screen, ContextScreen)
        await stage.until(lambda: screen._pieces)
        kinds = [piece.kind for piece in screen._pieces[: screen._pieces.index(None)] if piece is not None]
        assert {"tool results: read", "AGENTS.md", "instructions", "prompts", "answers"} <= {*kinds}
        assert screen._filling is not None and screen._filling.tokens in range(3210, 3230)
        table = screen.query_one(VirtualTable)
        await stage.press("G", "g", "j", "k", "ctrl+d", "ctrl+u")
        assert table.cursor == 0
        at = next(i for i, piece in enumerate(screen._pieces) if piece is not None and piece.block and piece.kind ==
                  "tool results")  # fmt: skip
        block = screen._pieces[at]
        table.move_to(at)
        await stage.press("enter")
        await stage.until(lambda: stage.app.screen is stage.main)
        assert block is not None and stage.pane.transcript.cursor == block.block


async def test_the_screen_follows_what_happens_and_compacts_by_a_key(home: Path) -> None:
    hold = Hold()
    async with opened_app(home, [text(LONG)], [text("Second.", hold), usage(5000, 5)], [text(SUMMARY)]) as stage:
        await stage.send("Count the gates")
        await stage.rested()
        await stage.send("Again")
        await hold.reached()
        await stage.send("/context")
        await stage.until(lambda: isinstance(stage.app.screen, ContextScreen) and stage.app.screen._pieces)
        screen = stage.app.screen
        assert isinstance(screen, ContextScreen)
        assert screen._filling is not None and not screen._filling.counted
        hold.release()
        await stage.until(lambda: screen._filling is not None and screen._filling.counted)
        await stage.until(lambda: not stage.session.running)
        await stage.press("c")
        await stage.until(lambda: stage.session.state.compacted is not None)
        assert stage.app.screen is stage.main


async def test_the_system_prompt_is_edited_and_left(home: Path) -> None:
    _, provider = scripted([text("In verse.")], [text("As usual.")])
    async with opened_app(home, models=AppModels({"scripted": provider})) as stage:
        await stage.send("/system")
        await stage.until(lambda: isinstance(stage.app.screen, EditText))
        await stage.press("x", "escape", "escape")
        await stage.until(lambda: stage.app.screen is stage.main)
        assert stage.session.state.system == ""
        await stage.send("/system")
        await stage.until(lambda: isinstance(stage.app.screen, EditText) and stage.app.screen.focused)
        await stage.press("ctrl+a", "ctrl+shift+k")
        area = stage.app.screen.query_one("TextArea")
        area.text = "[bold]Answer in verse.[/bold]"  # type: ignore[attr-defined]
        await stage.press("ctrl+s")
        await stage.until(lambda: stage.session.state.system)
        await stage.until(lambda: "System prompt: [bold]Answer in verse.[/bold]" in sources(stage))
        await stage.send("Go")
        await stage.rested()
        assert provider.requests[0].system.startswith("[bold]Answer in verse.")
        await stage.send("/system")
        await stage.until(lambda: isinstance(stage.app.screen, EditText) and stage.app.screen.focused)
        area = stage.app.screen.query_one("TextArea")
        area.text = usual_instructions(stage.session.state)  # type: ignore[attr-defined]
        await stage.press("ctrl+s")
        await stage.until(lambda: not stage.session.state.system)
        await stage.until(lambda: "usual system prompt holds again" in sources(stage))


async def test_what_was_read_is_a_line_of_the_transcript(home: Path) -> None:
    async with opened_app(home, [text("Yes.")]) as stage:
        (stage.workspace.root / "AGENTS.md").write_text("Speak softly. " * 100)
        await stage.send("Go")
        await stage.rested()
        assert "AGENTS.md read: ./AGENTS.md 1 KB." in sources(stage)


def test_the_status_says_how_full_it_is_and_loudly_from_80_percent() -> None:
    state = state_of(*asked("Go"), *answered(TextPart(text="Yes.")))
    loud = {}
    for used in (100, 79_000, 80_000, 95_000):
        state.context_tokens = used
        segment = next(s for s in pane_status(state, 100_000, 0.0, mode="ask")[1] if "%" in str(s.text))
        loud[str(segment.text).split()[-1]] = segment.style
    assert loud == {"0%": "", "79%": "", "80%": "warn", "95%": "bad"}
    assert "context 95.0k" in [str(s.text) for s in pane_status(state, None, 0.0, mode="ask")[1]]


def test_a_path_is_told_as_one_sees_it_from_the_folder() -> None:
    assert near_path("/w/p/AGENTS.md", "/w/p") == "./AGENTS.md"
    assert near_path("/w/AGENTS.md", "/w/p/q") == "../../AGENTS.md"
    assert near_path("/elsewhere/AGENTS.md", "/w/p") == "/elsewhere/AGENTS.md"
    files = (
        InstructionFile(path="/w/p/AGENTS.md", digest="d", size=70_000, cut=True),
        InstructionFile(path="/w/AGENTS.md", digest="", size=5, problem="it is not text"),
    )
    assert (
        read_line(files, "/w/p") == "AGENTS.md read: ./AGENTS.md 70 KB, cut. ../AGENTS.md is not told: it is not text."
    )
    assert "none any more" in read_line((), "/w")
