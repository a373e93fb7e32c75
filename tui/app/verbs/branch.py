"""The verbs of forks: to go on from elsewhere in a conversation, in a session of its own, and to put files back.

What is pointed at counts while the transcript has the focus and shows it. From the prompt, a fork begins at the end,
and for the other two the prompt to go back to is asked for.
"""

from tui.app.pane import Pane
from tui.app.prompt.desk import as_words
from tui.app.verbs.base import Group
from tui.engine.changes.restoring import plan_restore
from tui.engine.forks import SentPrompt, sent_prompts
from tui.engine.session import Session
from tui.errors import SessionBusy, UsageError


class BranchVerbs(Group):
    """On the focused session."""

    async def fork(self, rest: str) -> None:
        pane, session = self._here()
        point = pane.pointed_entry()
        if not session.state.turns:
            raise UsageError("Nothing has been said here yet.", hint=f"{self._way('session.new')} opens a new session.")
        child = await self._screen.workspace.fork(session.id, point)
        await self._screen.add_session(child)
        where = "after the block that was pointed at" if point is not None else "from the end"
        self._screen.notify(f"Session {session.state.slot} is untouched; this fork goes on {where}.")

    async def rewind(self, rest: str) -> None:
        """Nothing is taken back: a new session goes on from before the prompt, which stands in its draft."""
        pane, session = self._here()
        sent = self._pointed(pane, session)
        if sent is None:
            seq = await self._asked(session, "Go on from before which prompt?")
            sent = next((one for one in sent_prompts(session.state) if one.seq == seq), None)
        if sent is None:
            return
        child = await self._screen.workspace.fork(session.id, sent.seq - 1)
        self._program.errands.keep_draft(child.id, as_words(sent.text))
        await self._screen.add_session(child)
        there = self._screen.pane_of(child.id)
        if there is not None:
            there.write_again(sent.prompt)
        await self._offer_files(child, sent)

    async def restore(self, rest: str) -> None:
        """Files as they were before the prompt that is pointed at, or after another block."""
        pane, session = self._here()
        sent = self._pointed(pane, session)
        point = pane.pointed_entry()
        if sent is None and point is not None:
            await self._put_back(session, point, "as they were after the block that was pointed at")
            return
        fork = session.state.forked_from
        title = "Files as they were before which prompt?"
        seq = sent.seq if sent is not None else await self._asked(session, title, forked_at=fork[1] if fork else None)
        if seq is not None:
            before = next(
                (f"before: {one.text}" for one in sent_prompts(session.state) if one.seq == seq), "at the fork"
            )
            await self._put_back(session, seq - 1, f"as they were {before}")

    def _here(self) -> tuple[Pane, Session]:
        pane = self._screen.focused_pane
        if pane.session is None:
            raise UsageError("There is no session here yet.")
        return pane, pane.session

    def _pointed(self, pane: Pane, session: Session) -> SentPrompt | None:
        pointed = pane.pointed()
        return next((sent for sent in sent_prompts(session.state) if sent.prompt.prompt_id == pointed), None)

    async def _asked(self, session: Session, title: str, *, forked_at: int | None = None) -> int | None:
        """The entry of the prompt that the person chooses, or the first one after the fork."""
        sent = sent_prompts(session.state)
        if not sent and forked_at is None:
            raise UsageError("Nothing has been said here yet.")
        from tui.app.screens.branches import prompt_list  # noqa: PLC0415

        return await self._program.ask(prompt_list(title, sent, forked_at=forked_at))

    async def _offer_files(self, child: Session, sent: SentPrompt) -> None:
        """Once, and only where there is anything to put back."""
        fork = child.state.forked_from
        assert fork is not None
        try:
            plan = await plan_restore(child, fork[1], self._screen.workspace.open_session)
        except SessionBusy as error:
            self._screen.notify(f"Files stay as they are. {error.sentence()}", markup=False)
            return
        if not plan.files:
            return
        from tui.app.screens.branches import files_question  # noqa: PLC0415

        if await self._program.ask(files_question(plan, child.state.cwd)) == "look":
            await self._put_back(child, fork[1], f"as they were before: {sent.text}")

    async def _put_back(self, session: Session, point: int, told: str) -> None:
        plan = await plan_restore(session, point, self._screen.workspace.open_session)
        if not plan.files:
            hint = "What shell commands change is not tracked."
            raise UsageError(" ".join(["No turn since then has changed a file.", *plan.missing]), hint=hint)
        from tui.app.screens.restore import RestoreScreen  # noqa: PLC0415

        await self._program.ask(RestoreScreen(plan, session.state.cwd, told, self._program.keymap))
