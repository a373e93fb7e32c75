"""Shell lines of the person's own: they run unasked, have a row, and no model is told unless that is attached."""

from pathlib import Path

from tests.app.stage import AppModels, Stage, opened_app
from tests.scripts import Hold, scripted, text
from tests.tools.test_child import is_gone, pid_in
from tui.app.history.present import OWN
from tui.messages import TextPart
from tui.state import CallState


def own(stage: Stage) -> list[CallState]:
    return [call for call in stage.session.state.calls.values() if call.aside]


def rows(stage: Stage) -> list[str]:
    transcript = stage.pane.transcript
    return [block.title for block in map(transcript.block, transcript.blocks) if block.kind == "tool"]


async def test_a_shell_line_runs_unasked_and_the_model_is_not_told(home: Path) -> None:
    _, provider = scripted([text("Hello.")])
    async with opened_app(home, models=AppModels({"scripted": provider})) as stage:
        await stage.type("!echo $((6*7)) > made.txt; cat made.txt")
        assert stage.pane.prompt.has_class("-shell") and stage.pane._note.has_class("-open")
        await stage.press("enter")
        await stage.until(lambda: own(stage) and own(stage)[0].ended)
        (call,) = own(stage)
        assert call.ended is not None and "42" in call.ended.text
        assert call.decision is not None and (call.decision.by, call.decision.decision) == ("person", "allow")
        assert (home / "project" / "made.txt").read_text() == "42\n"
        assert rows(stage)[0].startswith(f"{OWN} echo")
        shown = [entry for entry in stage.pane.transcript.view.entries if entry.kind == "tool"]
        assert [stage.pane.transcript.view.density(entry) for entry in shown] == ["summary"], "seen at once"
        assert stage.pane.prompt.value == "" and not stage.session.state.turns
        await stage.send("Hello")
        await stage.rested()
        told = [part.text for message in provider.requests[0].messages for part in message.parts
                if isinstance(part, TextPart)]  # fmt: skip
        assert told == ["Hello"]


async def test_two_marks_attach_the_output_to_the_draft(home: Path) -> None:
    async with opened_app(home, [text("Yes.")]) as stage:
        await stage.send("!!echo seen")
        await stage.until(lambda: "```" in stage.pane.prompt.value)
        assert stage.pane.prompt.value.startswith("I ran this: shell echo seen (ok)")
        assert "```\nseen\n" in stage.pane.prompt.value
        assert not stage.session.state.turns, "it is the person who sends it"


async def test_a_key_on_the_row_attaches_what_was_run(home: Path) -> None:
    async with opened_app(home, [text("Yes.")]) as stage:
        await stage.send("!echo seen")
        await stage.until(lambda: own(stage) and own(stage)[0].ended)
        await stage.press("tab", "G", "k", "j", "a")
        await stage.until(lambda: "seen" in stage.pane.prompt.value)


async def test_a_command_is_ended_by_a_key_on_its_row_and_by_ctrl_c(home: Path) -> None:
    async with opened_app(home, [text("Yes.")]) as stage:
        for number, keys in enumerate((("tab", "G", "k", "j", "x"), ("ctrl+c",))):
            await stage.send(f"!echo $$ > pid{number}; sleep 600")
            await stage.until(lambda: stage.session.state.open_calls)
            await stage.until((home / "project" / f"pid{number}").exists)
            await stage.press(*keys)
            await stage.until(lambda: not stage.session.state.open_calls)
            assert own(stage)[number].phase == "cancelled"
            pid = pid_in(home / "project" / f"pid{number}")
            await stage.until(lambda pid=pid: is_gone(pid))
            stage.pane.prompt.focus()


async def test_a_command_runs_beside_a_turn_and_neither_ends_the_other(home: Path) -> None:
    hold = Hold()
    async with opened_app(home, [hold, text("Done.")]) as stage:
        await stage.send("Go")
        await hold.reached()
        await stage.send("!echo beside")
        await stage.until(lambda: own(stage) and own(stage)[0].ended)
        assert stage.session.running and not stage.session.state.outbox
        hold.release()
        await stage.rested()
        assert stage.session.state.turns[0].outcome == "done"


async def test_a_space_before_the_mark_sends_it_as_words(home: Path) -> None:
    async with opened_app(home, [text("Yes.")]) as stage:
        await stage.send(" !important")
        await stage.rested()
        assert not own(stage)
        assert stage.session.state.turns[0].items[0].text == " !important"  # type: ignore[union-attr]


async def test_a_mark_with_nothing_behind_it_runs_nothing(home: Path) -> None:
    async with opened_app(home, [text("Yes.")]) as stage:
        await stage.send("! ")
        await stage.until(lambda: stage.app._notifications)
        assert stage.pane.prompt.value == "! " and not own(stage)


async def test_a_queued_prompt_that_looks_like_a_command_is_taken_back_as_words(home: Path) -> None:
    hold = Hold()
    async with opened_app(home, [hold, text("a")]) as stage:
        await stage.send("Go")
        await hold.reached()
        stage.session.submit("!touch made")
        await stage.until(lambda: stage.pane.queue.items)
        await stage.press("alt+q", "x")
        await stage.until(lambda: stage.pane.prompt.value == " !touch made")
        assert not stage.pane.prompt.is_shell
        stage.session.interrupt()
        await stage.until(lambda: not stage.session.running)


async def test_the_row_is_there_after_a_restart(home: Path) -> None:
    async with opened_app(home, [text("Yes.")]) as stage:
        await stage.send("!echo seen")
        await stage.until(lambda: own(stage) and own(stage)[0].ended)
    async with opened_app(home, [text("Yes.")]) as stage:
        assert rows(stage)[0].startswith(f"{OWN} echo")
        assert own(stage)[0].phase == "ok"
