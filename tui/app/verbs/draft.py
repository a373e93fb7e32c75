"""The verbs of what is being written: the person's editor, images, and commands of their own."""

from textual.app import App

from tui.app.pane import Pane
from tui.app.prompt.editor import edit_text
from tui.app.screens.workspace import WorkspaceScreen
from tui.app.services import Program
from tui.app.verbs.base import Group
from tui.app.verbs.calls import CallVerbs
from tui.app.words import own_output
from tui.engine.window import pictures
from tui.errors import UsageError
from tui.state import CallState


class DraftVerbs(Group):
    """On the focused pane's prompt."""

    def __init__(self, screen: WorkspaceScreen, program: Program, calls: CallVerbs) -> None:
        super().__init__(screen, program)
        self._calls = calls

    async def editor(self, rest: str) -> None:
        """The prompt's text in the person's editor, and what they made of it back in the prompt."""
        pane = self._screen.focused_pane
        session, before = pane.session, pane.prompt.value
        app = self._screen.app
        assert isinstance(app, App)
        made = await edit_text(app, before)
        if pane.session is not session or pane.prompt.value != before:
            raise (
                UsageError("The prompt has changed while it was edited.", hint="What you wrote is in the clipboard.")
                if self._copied(made)
                else UsageError("The prompt has changed while it was edited.")
            )
        pane.prompt.value = made
        pane.prompt.focus()

    def _copied(self, text: str) -> bool:
        self._program.copy(text)
        return True

    async def image(self, rest: str) -> None:
        """An image by the name of its file, behind what is written."""
        pane = self._screen.focused_pane
        if not rest.strip() or pane.session is None:
            raise UsageError("Name a file: /image diagram.png", hint="Or paste its path, or type @ and its name.")
        marks = await self._program.errands.image_marks(self._screen.folder(), rest.strip())
        if not marks:
            name = rest.strip().strip("\"'")
            facts = await self._program.errands.image_facts(self._screen.folder(), pictures.mark(name))
            problem = next((fact.problem for fact in facts if fact.problem), f"{name} is not named as images are.")
            raise UsageError(problem)
        kept = pane.prompt.value
        pane.prompt.value = f"{kept.rstrip()} {marks} " if kept.strip() else f"{marks} "
        pane.prompt.focus()

    async def shell(self, pane: Pane, command: str, attach: bool) -> None:
        """Run a command of the person's own; ``attach`` what it says to the draft, wherever that is by then."""
        session = pane.session
        if session is None:
            raise UsageError("There is no session here yet.")
        call_id = session.run_own(command)
        if attach:
            await session.side_calls.ended(call_id)
            self.attach(session.id, session.state.calls[call_id])

    def attach(self, session_id: str, call: CallState) -> None:
        """The output of a call that no model was told of into the draft, to edit and send."""
        if not call.aside:
            raise UsageError("The model has been told of this call already.", hint="Only what you ran is attached.")
        if call.ended is None:
            raise UsageError("It has not ended yet.", hint=f"{self._way('inspector.cancel')} ends it now.")
        told = self._calls.attach(session_id, own_output(call))
        if self._screen.pane_of(session_id) is None:  # where it has one it is seen, and a notice would stand on it
            self._screen.notify(told, markup=False)
