"""The lower half of a pane: what waits to be sent, what is being written, and a line about that.

A text leaves the prompt only once it is somewhere else: in the outbox, in a call, or in the commands' hands. A queued
prompt is edited in the prompt itself, with the draft put aside; it waits as it was until it is saved.
"""

from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from textual.containers import Vertical
from textual.message import Message

from tui.app.keys import COMMANDS, Action, about
from tui.app.prompt.errands import Errands
from tui.app.prompt.outbox import note_line, queue_hint, queue_items, queue_keys
from tui.app.words import one_line
from tui.engine.session import Session
from tui.engine.window import pictures
from tui.engine.window.pictures import Named
from tui.errors import AlreadyDecided, PenstockError
from tui.messages import ImagePart
from tui.settings.own_commands import is_name
from tui.state import Prompt as QueuedPrompt
from widgets.clean import clean
from widgets.prompt import Prompt
from widgets.queue_list import QueueList
from widgets.status_line import StatusLine

AT_ONCE = 20_000
"""Characters of a draft that is on its way to the disk with each key; a longer one is a little later."""


class Services(Protocol):
    """What a pane needs of the program around it."""

    @property
    def keymap(self) -> Mapping[str, str]: ...

    @property
    def errands(self) -> Errands: ...

    @property
    def mouse_taken(self) -> bool: ...

    def default_model(self) -> str: ...

    def window(self, model: str) -> int | None: ...

    def sandbox_name(self) -> str: ...

    def copy(self, text: str) -> None: ...

    def follow(self, link: str) -> None: ...

    def keys_of(self, action: Action) -> str: ...


@dataclass(slots=True)
class Writing:
    """What the prompt is about: a queued prompt that is edited, and the images that its text names.

    ``proposed``: a project's command, and the text that it made, which nobody has changed yet.
    """

    editing: str = ""
    proposed: tuple[str, str] = ("", "")
    facts: list[Named] = field(default_factory=list)
    looked_at: str = ""
    known: dict[str, ImagePart] = field(default_factory=dict)
    """Images that were in the outbox: their files may be gone by now."""
    busy: bool = False


class Desk(Vertical):
    """See the module. ``Pane`` is the rest of it."""

    @dataclass
    class CommandEntered(Message, namespace="pane"):
        """A ``/`` command was sent from the prompt."""

        pane: Any  # the Pane that this is a part of
        name: str
        rest: str

    @dataclass
    class ShellEntered(Message, namespace="pane"):
        """A command of the person's own was sent from the prompt; ``attach`` what it says to the draft."""

        pane: Any  # the Pane that this is a part of
        command: str
        attach: bool

    @dataclass
    class DraftChanged(Message, namespace="pane"):
        """The prompt's text, or the scroll anchor, is worth keeping."""

        pane: Any  # the Pane that this is a part of

    @dataclass
    class Escaped(Message, namespace="pane"):
        """Escape, with nothing of the pane's own left to close."""

        pane: Any  # the Pane that this is a part of

    def __init__(self, pane_id: str, services: Services) -> None:
        super().__init__(id=pane_id)
        self._services = services
        self.prompt = Prompt()
        self.queue = QueueList(classes="queue")
        self._note = StatusLine(classes="note")
        self.session: Session | None = None
        self._writing = Writing()
        self._due = ""

    # --- drawing

    def draw_desk(self, session: Session) -> None:
        """Bring the queue and the line above the prompt up to date."""
        self._end_lost_edit(session)
        state, held = session.state, session.state.turn is None
        self.queue.keys = queue_keys(self._services.keymap)
        self.queue.show(queue_items(state, self._writing.editing, held=held), queue_hint(self._services.keymap, held))
        self._draw_note()

    def _draw_note(self) -> None:
        model = self.session.state.model if self.session is not None else ""
        left, right = note_line(
            self._services.keymap,
            editing=bool(self._writing.editing),
            command=self._proposed,
            shell=self.prompt.text if self.prompt.is_shell else "",
            images=self._writing.facts,
            unseen=bool(self._writing.facts) and not self._services.errands.sees(model),
        )
        self._note.show(left, right)
        self._note.set_class(bool(left), "-open")

    @property
    def _proposed(self) -> str:
        """The project's command whose text stands in the prompt, to be looked at."""
        name, made = self._writing.proposed
        return name if name and self.prompt.value == made else ""

    # --- sending

    def on_prompt_submitted(self, event: Prompt.Submitted) -> None:
        event.stop()
        self.send(event.text, steer=self._services.errands.enter_steers)

    def send(self, text: str, *, steer: bool = False) -> None:
        """Save the queued prompt that is edited; else send, queue or steer, or run it as a command or a shell line."""
        session = self.session
        name, _, rest = text[1:].partition(" ") if text.startswith("/") else ("", "", "")
        if self._writing.editing:
            self._work(self._save_edit(text))
        elif name in COMMANDS:
            self.prompt.accept()
            self.post_message(self.CommandEntered(self, name, rest.strip()))
        elif session is not None and session.held_by is not None:
            self._refuse(session)
        elif session is None:
            self._due = text  # it stays in sight until there is a session to send it to
        elif text.startswith("!"):
            self._run(text)
        elif is_name(name.partition("\n")[0]):  # it may be one of their own
            self._work(self._send_own(session, text, steer))
        elif pictures.named(text):
            self._work(self._send_with_images(session, text, steer))
        else:
            self._submit(session, text, (), steer)

    def _refuse(self, session: Session) -> None:
        """Another process runs it: that is said, and what was typed stays."""
        try:
            session.check_ours()
        except PenstockError as error:
            self._say(error)

    def _work(self, work: Coroutine[Any, Any, None]) -> None:
        """One thing at a time: a second enter while the first is at work sends nothing twice."""
        if self._writing.busy:
            work.close()
            return
        self._writing.busy = True
        self.run_worker(self._alone(work), group="send")

    async def _alone(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except PenstockError as error:
            self._say(error)
        finally:
            self._writing.busy = False

    def _submit(self, session: Session, text: str, images: tuple[ImagePart, ...], steer: bool) -> None:
        try:
            if steer:
                session.steer(text, images)
            else:
                session.submit(text, images)
        except PenstockError as error:
            self._say(error)
            return
        if session is self.session:
            self._taken(text)

    async def _send_with_images(self, session: Session, text: str, steer: bool) -> None:
        images = await self._services.errands.images_in(Path(session.state.cwd), text, self._writing.known)
        self._submit(session, text, images, steer)

    async def _send_own(self, session: Session, text: str, steer: bool) -> None:
        """A command of the person's is sent as the prompt that it makes; a project's is shown first."""
        name, *words = text[1:].split(None, 1)
        own = next((own for own in await self._services.errands.own_commands() if own.name == name), None)
        if own is None:
            await self._send_with_images(session, text, steer)
            return
        made = own.prompt(words[0].strip() if words else "")
        if own.origin == "project":
            if self.prompt.value == text:
                self.prompt.remember(text)
                self._writing.proposed = (own.name, made)
                self.prompt.value = made
            return
        images = await self._services.errands.images_in(Path(session.state.cwd), made, self._writing.known)
        (session.steer if steer else session.submit)(made, images)
        if session is self.session:
            self._taken(text)

    def _run(self, text: str) -> None:
        command = text.lstrip("!").strip()
        if not command:
            self.notify("Type a command after it: !git status", severity="warning", markup=False)
            return
        self._taken(text)
        self.post_message(self.ShellEntered(self, command, text.startswith("!!")))

    def _taken(self, text: str) -> None:
        """The text is somewhere else now. What was typed since stays."""
        if self.prompt.value == text:
            self.prompt.accept()
        else:
            self.prompt.remember(text)
        self._writing.known.clear()
        self.show_end()
        self._keep_draft()

    def show_end(self) -> None:
        """The person has sent something: what comes of it comes at the end."""

    def _say(self, error: PenstockError) -> None:
        self.notify(error.sentence(), severity="warning", markup=False)

    # --- the queue

    def on_queue_list_wanted(self, event: QueueList.Wanted) -> None:
        event.stop()
        session = self.session
        if session is None:
            return
        try:
            self._do(session, event)
        except PenstockError as error:
            self._say(error)
        self.draw_desk(session)

    def _do(self, session: Session, event: QueueList.Wanted) -> None:
        ids = [waiting.prompt_id for waiting in session.state.outbox]
        at = ids.index(event.id) if event.id in ids else -1
        match event.deed:
            case "edit":
                self.edit_queued(event.id)
            case "send":
                session.resume_queue()
            case "withdraw":
                self.withdraw(event.id)
            case "steer":
                steers = any(waiting.steer for waiting in session.state.outbox if waiting.prompt_id == event.id)
                session.steer_queued(event.id, not steers)
            case "up":
                if at > 0:
                    session.move_queued(event.id, ids[at - 1])
            case "down":
                if 0 <= at < len(ids) - 1:
                    session.move_queued(event.id, ids[at + 2] if at + 2 < len(ids) else None)

    def on_queue_list_left(self, event: QueueList.Left) -> None:
        event.stop()
        self.prompt.focus()

    def begin_command(self, name: str) -> None:
        """A command of one's own was chosen: what it is given is typed behind it. The draft goes behind that."""
        self.prompt.value = f"/{name} {self.prompt.value}".rstrip() + " "
        self.prompt.focus()

    def withdraw(self, prompt_id: str) -> None:
        """Take a prompt out of the outbox, into the draft. Raises AlreadyDecided where it has left it.

        The draft is kept first and the outbox told then: a kill between the two leaves it in both, never in none.
        """
        session = self.session
        waiting = self._waiting(prompt_id)
        if session is None or waiting is None:
            raise AlreadyDecided("This prompt has left the queue.", hint="It was sent or withdrawn.")
        session.check_ours()
        if self._writing.editing == prompt_id:
            self.cancel_edit()
        kept, text = self.prompt.draft, as_words(waiting.text)
        self.prompt.draft = f"{text}\n\n{kept}" if kept.strip() else text
        self._know(waiting)
        self._keep_draft()
        session.withdraw(prompt_id)
        self.draw_desk(session)

    def write_again(self, sent: QueuedPrompt) -> None:
        """Bring a prompt that was sent once into the draft, with its images."""
        self._know(sent)
        self.prompt.value = as_words(sent.text)
        self._keep_draft()

    def _keep_draft(self) -> None:
        """On its way to the disk now, before all that is written behind it."""
        if self.session is not None:
            held = self.session.held_by is not None
            self._services.errands.keep_draft(self.session.id, self.prompt.draft, held=held)

    def _waiting(self, prompt_id: str) -> QueuedPrompt | None:
        outbox = self.session.state.outbox if self.session is not None else []
        return next((waiting for waiting in outbox if waiting.prompt_id == prompt_id), None)

    def _know(self, waiting: QueuedPrompt) -> None:
        names = pictures.named(waiting.text)
        if len(names) == len(waiting.images):
            self._writing.known.update(zip(names, waiting.images, strict=True))

    # --- editing a queued prompt

    def edit_queued(self, prompt_id: str) -> None:
        """Bring a waiting prompt into the prompt. Raises AlreadyDecided where it has left the outbox."""
        waiting = self._waiting(prompt_id)
        if waiting is None:
            raise AlreadyDecided("This prompt has left the queue.", hint="It was sent or withdrawn.")
        self._writing.editing = prompt_id
        self.prompt.put_aside(waiting.text)
        self._know(waiting)
        self.prompt.focus()

    async def _save_edit(self, text: str) -> None:
        session, prompt_id = self.session, self._writing.editing
        if session is None:
            return
        images = await self._services.errands.images_in(Path(session.state.cwd), text, self._writing.known)
        if self._writing.editing != prompt_id or session is not self.session:
            return  # it left the outbox meanwhile: that was said, and the text is kept
        session.edit_queued(prompt_id, text, images)
        self._end_edit()
        self.draw_desk(session)

    def cancel_edit(self) -> bool:
        """Leave the queued prompt as it was; the history has what was written. Returns whether one was edited."""
        if not self._writing.editing:
            return False
        waiting, written = self._waiting(self._writing.editing), self.prompt.value
        if waiting is not None and written != waiting.text:
            self.prompt.remember(written)
        self._end_edit()
        if self.session is not None:
            self.draw_desk(self.session)
        return True

    def _end_edit(self) -> None:
        self._writing.editing = ""
        self.prompt.take_back()

    def _end_lost_edit(self, session: Session) -> None:
        """The prompt that is edited was sent meanwhile, as it was: what was written stays, as a draft."""
        if not self._writing.editing or self._waiting(self._writing.editing) is not None:
            return
        written, kept = self.prompt.value, self.prompt.draft
        sent = [item for turn in session.state.turns[-1:] for item in turn.items if isinstance(item, QueuedPrompt)]
        same = any(item.prompt_id == self._writing.editing and item.text == written for item in sent)
        self._writing.editing = ""
        whole = kept if same else as_words(written) + (f"\n\n{kept}" if kept.strip() else "")
        self.prompt.take_back(whole)
        self._keep_draft()
        if not same:
            told = "The prompt that you edited was sent as it was. What you wrote is a new draft."
            self.notify(told, severity="warning", markup=False)

    # --- the prompt

    def on_prompt_changed(self, event: Prompt.Changed) -> None:
        event.stop()
        if len(self.prompt.value) <= AT_ONCE:
            self._keep_draft()
        self.post_message(self.DraftChanged(self))
        self._look_at_images()
        self._draw_note()

    def _look_at_images(self) -> None:
        writing, text = self._writing, "\n".join(pictures.named(self.prompt.text))
        if text == writing.looked_at or self.session is None:
            return
        writing.looked_at = text
        writing.facts = writing.facts if text else []
        if text:
            self.run_worker(self._look(self.session, self.prompt.text), exclusive=True, group="images")

    async def _look(self, session: Session, text: str) -> None:
        facts = await self._services.errands.image_facts(Path(session.state.cwd), text)
        if session is self.session:
            self._writing.facts = facts
            self._draw_note()

    def on_prompt_name_entered(self, event: Prompt.NameEntered) -> None:
        event.stop()
        if self.session is not None:
            self.run_worker(self._mark_images(self.session, event.text), group="names")

    async def _mark_images(self, session: Session, text: str) -> None:
        """A name that was pasted or completed becomes the image, where it is an image's and still stands there."""
        marks = await self._services.errands.image_marks(Path(session.state.cwd), text)
        if marks and session is self.session:
            self.prompt.swap(text, marks)

    def on_prompt_escaped(self, event: Prompt.Escaped) -> None:
        event.stop()
        if not self.cancel_edit():
            self.post_message(self.Escaped(self))

    def on_prompt_completion_wanted(self, event: Prompt.CompletionWanted) -> None:
        event.stop()
        if self.session is not None:
            work = self._complete(Path(self.session.state.cwd), event.query)
            self.run_worker(work, exclusive=True, group="complete")

    async def _complete(self, folder: Path, query: str) -> None:
        found = await self._services.errands.files_like(folder, query)
        self.prompt.show_completions(found, query)

    def on_prompt_commands_wanted(self, event: Prompt.CommandsWanted) -> None:
        event.stop()
        if self.session is not None:
            self.run_worker(self._offer_commands(), exclusive=True, group="commands")

    async def _offer_commands(self) -> None:
        try:
            own = await self._services.errands.own_commands()
        except PenstockError as error:
            self._say(error)
            return
        hidden = {each.name: " (your file of that name is not used)" for each in own if each.name in COMMANDS}
        built_in = [(name, f"{about(action)}{hidden.get(name, '')}") for name, action in COMMANDS.items()]
        theirs = [(each.name, one_line(clean(each.about), 100)) for each in own if each.name not in COMMANDS]
        self.prompt.set_commands([*built_in, *theirs])


def as_words(text: str) -> str:
    """A text that others may have written, as one that enter sends: it runs nothing by how it begins."""
    return f" {text}" if text.startswith(("!", "/")) else text
