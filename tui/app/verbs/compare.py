"""The verbs of comparing: one prompt to several sessions, their figures and differences, and one of them promoted."""

import asyncio
import json
from typing import TYPE_CHECKING

from tui.app.comparing import compared_turns
from tui.app.keymap import takes_back
from tui.app.tabs.layout import BEFORE, Named
from tui.app.verbs.base import Group
from tui.app.words import OFFLINE
from tui.engine.changes.versions import Version, versions
from tui.engine.groups import broadcast, promote
from tui.engine.session import Session
from tui.engine.window.estimates import estimate
from tui.engine.window.pictures import named, read_images
from tui.engine.worktrees.facts import toplevel
from tui.errors import EngineError, UsageError
from tui.messages import Usage
from tui.providers.base import ToolSchema
from tui.state import SessionState, fold

if TYPE_CHECKING:
    from tui.app.screens.broadcast import Estimate, Target


class CompareVerbs(Group):
    """On the sessions of one group."""

    async def send(self, rest: str) -> None:
        """Choose who answers, and send. Closed without sending, the prompt is in the pane's draft."""
        from tui.app.screens.broadcast import CHOICE_KEY, BroadcastScreen, choice_text, fresh_of  # noqa: PLC0415

        screen, pane = self._screen, self._screen.focused_pane
        workspace = screen.workspace
        draft = pane.prompt.value
        estimates, apart = await self._estimates(), await self._has_worktrees()
        chooser = BroadcastScreen(self._program, rest or draft, self._targets(), estimates, apart=apart)
        wanted = await self._program.ask(chooser)
        screen.shelf.put(CHOICE_KEY, choice_text(chooser.targets))
        if not wanted:
            pane.prompt.value = chooser.text
            screen.keep(pane)
            return
        try:
            marked = [
                await workspace.open_session(target.session_id)
                for target in chooser.targets
                if target.marked and target.session_id
            ]
            cwd = screen.folder()
            images = await read_images(cwd, chooser.text, workspace.bridge)
            fresh = fresh_of(chooser.targets)
            sent = await broadcast(workspace, chooser.text, marked=marked, fresh=fresh, images=images, cwd=cwd)
        except BaseException:
            pane.prompt.value = chooser.text
            screen.keep(pane)
            raise
        if pane.prompt.value == draft and not rest:
            pane.prompt.accept()
            screen.keep(pane)
        moved = any(session.id in screen.arrangement for session in marked)
        if moved:
            Named(screen.shelf).put(BEFORE, screen.arrangement.to_text())
        await screen.show_together([session.id for session in sent.sessions], shape="grid")
        self._tell_sent(len(sent.sessions), sent.waiting, moved=moved)

    async def _has_worktrees(self) -> bool:
        try:
            await toplevel(self._screen.workspace.root)
        except EngineError:
            return False
        return True

    def _tell_sent(self, count: int, waiting: tuple[Session, ...], *, moved: bool) -> None:
        told = f"Sent to {count} session{'s'[: count != 1]}. /compare shows how they do."
        if moved:
            told += " /back puts all panes back as they were."
        if waiting:
            slots = ", ".join(str(session.state.slot) for session in waiting)
            told += f" It waits in session {slots}, until the turn there has ended."
        self._screen.notify(told, markup=False)

    def _targets(self) -> "list[Target]":
        """The fresh ones as they were chosen last, and the open sessions."""
        from tui.app.screens.broadcast import CHOICE_KEY, Target, choice_value  # noqa: PLC0415

        screen = self._screen
        model = screen.session.state.model if screen.session else self._program.default_model()
        targets = choice_value(screen.shelf.get(CHOICE_KEY)) or [Target(model=model)]
        for tab in screen.tabs.all():
            session = screen.workspace.session(tab.id)
            if session is not None and not session.state.parent_call:
                state = session.state
                targets.append(
                    Target(
                        model=state.model,
                        effort=state.effort,
                        marked=False,
                        session_id=tab.id,
                        slot=state.slot,
                        title=state.title,
                        state=state.status,
                    )
                )
        return targets

    async def _estimates(self) -> "Estimate":
        """What a target may cost. The price list is loaded in a thread: it takes its time once."""
        models, workspace = self._screen.workspace.models, self._screen.workspace
        await asyncio.to_thread(models.price, self._program.default_model(), Usage(input_tokens=1))
        tools = [
            ToolSchema(name=spec.name, description=spec.description, parameters=json.dumps(spec.parameters))
            for spec in workspace.toolbox.specs()
        ]

        def cost(target: "Target", text: str) -> tuple[float, float] | None:
            if target.model.startswith(OFFLINE):  # it is no model, and costs nothing
                return 0.0, 0.0
            session = workspace.session(target.session_id) if target.session_id else None
            state = session.state if session is not None else None
            found = estimate(models, target.model, text, images=len(named(text)), state=state, tools=tools)
            return None if found.low is None or found.high is None else (found.low, found.high)

        return cost

    async def show(self, rest: str) -> None:
        """Figures and differences; from there to one of them, or one is promoted."""
        from tui.app.screens.compare import CompareScreen  # noqa: PLC0415

        screen = self._screen
        states = await self._compared()
        if len(states) < 2:
            return
        comparing = CompareScreen(self._program, states, self._versions)
        watched = {state.session_id: comparing.refresh_rows for state in states}
        screen.watchers.update(watched)
        try:
            deed = await self._program.ask(comparing)
        finally:
            for session_id in watched:
                screen.watchers.pop(session_id, None)
        if deed is None:
            return
        if deed.kind == "promote":
            await self._promote(deed.session_id, [state for state in states if not state.archived])
        else:
            await screen.show_session(deed.session_id)

    async def _promote(self, chosen: str, states: list[SessionState]) -> None:
        screen = self._screen
        others = [state.session_id for state in states if state.session_id != chosen]
        trees = any(state.worktree and not state.worktree_ended for state in states if state.session_id in others)
        await promote(screen.workspace, chosen, others)
        await screen.show_session(chosen)
        for other in others:
            if other in screen.tabs:
                await screen.close_tab(other)
        screen.notify(
            f"{len(others)} archived, nothing deleted: {takes_back(self._program.keymap)} takes one back."
            + (" /worktrees has their worktrees." if trees else ""),
            markup=False,
        )

    async def _versions(self, state: SessionState) -> dict[str, Version]:
        turns = [turn.turn_id for turn in compared_turns(state)]
        return await versions(state, turns, self._program.library, self._screen.workspace.bridge)

    async def _compared(self) -> list[SessionState]:
        """The focused session's group; of a session without one, itself and another that the person picks."""
        session = self._screen.session
        if session is None:
            return []
        group = session.state.group
        if group is None:
            other = await self._pick_other(session)
            return [session.state, other.state] if other is not None else []
        found = {s.id: s.state for s in self._screen.workspace.sessions if _group_of(s.state) == group.group}
        for row in await self._program.library.sessions(workspace=self._program.root):
            if row.group == group.group and row.id not in found:
                state = fold(row.id, await self._program.library.load(row.id))
                if _group_of(state) == group.group:  # it may have been sent something else since
                    found[row.id] = state
        if len(found) < 2:
            raise UsageError("The others of this comparison are not to be found.")
        return sorted(found.values(), key=lambda state: state.slot)

    async def _pick_other(self, session: Session) -> Session | None:
        from widgets.picker import Item, Picker  # noqa: PLC0415

        tabs = [tab for tab in self._screen.tabs.all() if tab.id != session.id]
        if not tabs:
            raise UsageError("There is no other session to compare with.", hint="/broadcast sends a prompt to several.")
        items = [Item(tab.id, tab.clean_title, tab.state, "", str(tab.slot)) for tab in tabs]
        picked = await self._program.ask(Picker("Compare with", items, digit_selects=True))
        return await self._screen.workspace.open_session(str(picked)) if picked else None


def _group_of(state: SessionState) -> str:
    return state.group.group if state.group is not None else ""
