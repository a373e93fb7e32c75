"""Sub-agents and questions on the screen: a tab as soon as there is one, and nobody waits unseen."""

from pathlib import Path

from tests.app.stage import AppModels, Stage, opened_app
from tests.scripts import Hold, ScriptedProvider, call, text
from tui.app.screens.help import HelpScreen
from tui.engine.session import Session
from widgets.picker import PickerRows

TASK = call("task", {"prompt": "Count the files.", "title": "Counting", "model": "child/m"})
MAKE = call("write", {"path": "made", "content": "hi\n"})


def pair(parent: list, child: list) -> AppModels:
    return AppModels({"scripted": ScriptedProvider(parent), "child": ScriptedProvider(child)}, window=200_000)


async def child_of(stage: Stage) -> Session:
    """The first sub-agent of the session in focus."""
    parent = stage.session

    def found() -> list[Session]:
        return [s for s in stage.workspace.sessions if s.state.parent_call and s.state.parent_call[0] == parent.id]

    await stage.until(found)
    return found()[0]


async def test_a_sub_agent_has_a_tab_while_it_works_and_is_steered_in_a_pane(home: Path) -> None:
    hold = Hold()
    models = pair([[TASK], [text("Two.")]], [[text("One ", hold), call("list", {})], [text("Three.")]])
    async with opened_app(home, models=models) as stage:
        parent = stage.session
        await stage.send("Go")
        child = await child_of(stage)
        await hold.reached()
        await stage.until(lambda: stage.main.tabs.get(child.id))
        tab = stage.main.tabs.get(child.id)
        assert tab is not None and (tab.title, tab.state) == ("↳ Counting", "running")
        assert stage.session is parent, "no pane changes by itself"
        await stage.press("f7")
        await stage.until(lambda: stage.session is child)
        await stage.type("Count the folders too.")
        pane = stage.pane
        pane.send(pane.prompt.value, steer=True)
        hold.release()
        await stage.until(lambda: not parent.running)
        assert "Count the folders too." in [pane.transcript.source_of(block) for block in pane.transcript.blocks]
        (asked,) = parent.state.calls.values()
        assert asked.ended is not None and asked.ended.text.startswith("Three.")


async def test_what_a_hidden_sub_agent_asks_is_found_by_key_and_answered_there(home: Path) -> None:
    models = pair([[TASK], [text("Two.")]], [[MAKE], [text("Made.")]])
    async with opened_app(home, models=models) as stage:
        parent = stage.session
        await stage.send("Go")
        child = await child_of(stage)
        await stage.until(lambda: child.state.asking())
        await stage.until(lambda: (tab := stage.main.tabs.get(child.id)) is not None and tab.state == "asking")
        await stage.app.verbs.run("session.needy")
        await stage.until(lambda: stage.session is child and stage.pane.ask_bar.request is not None)
        approval = child.state.asking()[0].approval
        assert approval is not None
        child.decide(approval.approval_id, "allow")
        await stage.until(lambda: not parent.running)
        assert (home / "project" / "made").read_text() == "hi\n"


async def test_sub_agents_are_marked_and_keep_their_tabs_after_a_restart(home: Path) -> None:
    models = pair([[TASK], [text("Two.")]], [[text("One.")]])
    async with opened_app(home, models=models) as stage:
        await stage.send("Go")
        child = await child_of(stage)
        await stage.rested()
        await stage.drawn()
        ids = stage.main.tabs.ids
        assert child.id in ids
    async with opened_app(home, models=pair([], [])) as stage:
        assert stage.main.tabs.ids == ids
        await stage.until(lambda: (tab := stage.main.tabs.get(child.id)) is not None and tab.title == "↳ Counting")
        await stage.press("ctrl+s")
        await stage.until(lambda: stage.app.screen.query(PickerRows))
        rows = stage.app.screen.query_one(PickerRows)
        assert any("↳ Counting" in item.text for item in rows.items)  # type: ignore[attr-defined]


async def test_a_question_is_answered_while_another_screen_is_open(home: Path) -> None:
    ask = call("ask_user", {"question": "Which colour?", "options": ["red", "blue"]})
    async with opened_app(home, [ask], [text("Done.")]) as stage:
        session = stage.session
        await stage.send("Go")
        await stage.until(lambda: session.state.questions)
        await stage.press("f1")
        await stage.until(lambda: isinstance(stage.app.screen, HelpScreen))
        (question,) = session.state.questions
        session.answer(question, "red")
        await stage.until(lambda: not session.running)
        assert isinstance(stage.app.screen, HelpScreen)
        (asked,) = session.state.calls.values()
        assert asked.ended is not None and asked.ended.text == "The person answers: red"
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is stage.main)
        assert stage.pane.ask_bar.request is None
