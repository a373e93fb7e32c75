"""Where a person writes to an agent: several lines, history, completion, and pastes of any size.

Promises: no paste ever sends by itself; a big paste is one short token in the text (and so one
edit), which ``value`` expands; what was being written is not lost by leafing through history; keys
of the application (F6, F7, ctrl+c and others that a text area usually takes) are left alone; the
height changes only when the number of lines does; no timer runs.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.binding import Binding
from textual.message import Message
from textual.widgets import TextArea
from textual.widgets.text_area import Edit, EditResult

from widgets.clean import clean
from widgets.completion import Completion, CompletionList, Kind, Word, matching, word_before

PLACEHOLDER = "Message… enter sends, ctrl+j new line"
FOLD_BYTES = 10 * 1024
FOLD_LINES = 200

# What a text area binds and we leave to the application (copying is a rung of its ctrl+c ladder).
_LEFT_TO_THE_APP = {"f6", "f7", "ctrl+c", "super+c", "pageup", "pagedown"}
_JOINERS = "\u200c\u200d"  # in Persian words and in emoji of several people; a text area drops them as unprintable
_TOKEN = re.compile(r"\[pasted [\d,]+ (?:KB|lines) #(\d+)\]")
_IMAGE = re.compile(r"\[image: [^\]\n]+\]")


def _own_bindings() -> list[Binding]:
    kept: list[Binding] = []
    for binding in TextArea.BINDINGS:
        assert isinstance(binding, Binding)
        keys = [key for key in binding.key.split(",") if key not in _LEFT_TO_THE_APP]
        if keys:
            kept.append(Binding(",".join(keys), binding.action, binding.description, show=False))
    return kept


class Pasted:
    """Big pastes, each behind a token in the text."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def fold(self, text: str) -> str:
        """``text`` itself, or a token that stands for it when it is big."""
        lines = text.count("\n") + 1
        size = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
        if size <= FOLD_BYTES and lines <= FOLD_LINES:
            return text
        number = len(self._texts) + 1
        how_much = f"{-(-size // 1024):,} KB" if size > FOLD_BYTES else f"{lines:,} lines"
        token = f"[pasted {how_much} #{number}]"
        self._texts[token] = text
        return token

    def expand(self, text: str) -> str:
        """``text`` with every token of ours replaced by what it stands for."""
        if not self._texts:
            return text
        return _TOKEN.sub(lambda found: self._texts.get(found[0], found[0]), text)

    def token_at(self, line: str, column: int, *, before: bool) -> tuple[int, int] | None:
        """Columns of the token, or the image, that ends (``before``) or starts at ``column``, if one does."""
        ours = (found for found in _TOKEN.finditer(line) if found[0] in self._texts)
        for found in (*ours, *_IMAGE.finditer(line)):
            if column == (found.end() if before else found.start()):
                return found.span()
        return None


class Prompt(TextArea, inherit_bindings=False):
    """Told by ``value``, ``draft``, ``accept``, ``set_history``, ``set_commands`` and ``show_completions``.

    ``put_aside`` lends it for another text, such as a queued prompt that is edited; ``take_back`` ends that.
    """

    BINDINGS = _own_bindings()
    DEFAULT_CSS = """
    Prompt {
        height: auto; min-height: 1; max-height: 10; width: 1fr; padding: 0 1 0 0;
        border: none; border-left: outer $panel-lighten-2; background: $surface; color: $foreground;
        scrollbar-size-vertical: 1;
        & .text-area--placeholder { color: $foreground 60%; }
        &:focus { border: none; border-left: outer $accent; background-tint: $foreground 4%; }
        &.-shell { border-left: outer $warning; }
        &.-lent { border-left: outer $success; }
    }
    """

    _word: Word | None = None  # the word being completed; the text area looks before __init__ is through
    _editing = False

    @dataclass
    class Submitted(Message):
        """Enter was pressed on ``text`` (never blank). The text stays until ``accept``."""

        prompt: "Prompt"
        text: str

        @property
        def control(self) -> "Prompt":
            return self.prompt

    @dataclass
    class Changed(TextArea.Changed):
        """The text changed."""

    @dataclass
    class Escaped(Message):
        """Escape was pressed and nothing of ours was open."""

        prompt: "Prompt"

        @property
        def control(self) -> "Prompt":
            return self.prompt

    @dataclass
    class LeaveWanted(Message):
        """Tab was pressed, or shift+tab, or an arrow with alt: the block ``step`` further is meant."""

        prompt: "Prompt"
        step: int = 0

        @property
        def control(self) -> "Prompt":
            return self.prompt

    @dataclass
    class NameEntered(Message):
        """``text`` now stands in the prompt, by a paste or by completion: it may name files that are to go along."""

        prompt: "Prompt"
        text: str

        @property
        def control(self) -> "Prompt":
            return self.prompt

    @dataclass
    class CompletionWanted(Message):
        """A word is being typed whose completions somebody else knows; answer by ``show_completions``."""

        prompt: "Prompt"
        kind: Kind
        query: str

        @property
        def control(self) -> "Prompt":
            return self.prompt

    @dataclass
    class CommandsWanted(Message):
        """A command is being typed: the time to ``set_commands``, where there are others by now."""

        prompt: "Prompt"

        @property
        def control(self) -> "Prompt":
            return self.prompt

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(
            name=name,
            id=id,
            classes=classes,
            soft_wrap=True,
            tab_behavior="focus",
            highlight_cursor_line=False,
            placeholder=PLACEHOLDER,
        )
        self.cursor_blink = False
        self._pasted = Pasted()
        self._history: list[str] = []
        self._rewritten: dict[int, str] = {}  # place in history -> its text as changed here; the end is the draft
        self._place: int | None = None  # None: at the draft
        self._aside: str | None = None  # the draft, while the prompt is lent for another text
        self._commands: tuple[Completion, ...] = ()
        self._popup: CompletionList | None = None
        self._dismissed: tuple[int, int] | None = None  # where the word began whose list was closed by escape

    def on_mount(self) -> None:
        self.call_later(self._stop_blinking)

    def on_unmount(self) -> None:
        if self._popup is not None and self._popup.is_attached:
            self._popup.remove()
        self._popup = None

    def on_blur(self) -> None:
        self._close_list()

    def on_resize(self) -> None:
        self.call_after_refresh(self._place_list)

    def _stop_blinking(self) -> None:
        self.blink_timer.stop()  # a paused timer is still a task that somebody counts

    # -- the text

    @property
    def value(self) -> str:
        """The whole text, pastes expanded. Setting it forgets undo and stands at its end."""
        return self._pasted.expand(self.text)

    @value.setter
    def value(self, text: str) -> None:
        self._place = None
        self._rewritten.clear()
        self._load(text)

    @property
    def draft(self) -> str:
        """What should survive a restart: the unsent text; no untouched entry of the history, no text it is lent for."""
        if self._aside is not None:
            return self._aside
        if self._place is not None and self.value == self._history[self._place]:
            return self._rewritten.get(len(self._history), "")
        return self.value

    @draft.setter
    def draft(self, text: str) -> None:
        if self._aside is not None:
            self._aside = text
        else:
            self.value = text

    def accept(self) -> None:
        """The text was taken: it joins the history and the prompt is empty again."""
        self.remember(self.value)
        self.value = ""
        self._pasted = Pasted()

    def remember(self, text: str) -> None:
        """Put a text at the end of the history."""
        if text.strip() and (not self._history or self._history[-1] != text):
            self._history.append(text)

    def put_aside(self, text: str) -> None:
        """Lend the prompt for ``text``; ``draft`` stays what it is."""
        if self._aside is None:
            self._aside = self.draft
        self.add_class("-lent")
        self.value = text

    def take_back(self, draft: str | None = None) -> None:
        """The prompt is the draft's again, which is ``draft`` where that is given."""
        kept, self._aside = self._aside, None
        self.remove_class("-lent")
        if kept is not None or draft is not None:
            self.value = (kept or "") if draft is None else draft

    @property
    def is_lent(self) -> bool:
        return self._aside is not None

    def swap(self, old: str, new: str) -> bool:
        """Put ``new`` in the place of the last ``old`` of a line; False where that stands there no more."""
        for row in range(self.document.line_count - 1, -1, -1):
            column = self.document[row].rfind(old)
            if column >= 0:
                self.replace(new, (row, column), (row, column + len(old)))
                return True
        return False

    def insert_paste(self, text: str) -> None:
        """Put ``text`` in place of the selection, cleaned; a big one as a token. Always one edit."""
        text = clean(text.replace("\r\n", "\n").replace("\r", "\n"))
        if not text or self.read_only:
            return
        if result := self._replace_via_keyboard(self._pasted.fold(text), *self.selection):
            self.move_cursor(result.end_location)
            if "\n" not in text.strip():
                self.post_message(self.NameEntered(self, text.strip()))

    def _load(self, text: str) -> None:
        self.load_text(self._pasted.fold(clean(text)))
        self.move_cursor(self.document.end)
        self._word = None
        self._close_list()
        self._mark_shell()

    def edit(self, edit: Edit) -> EditResult:
        self._editing = True
        result = super().edit(edit)
        self._editing = False
        self._look()
        self._mark_shell()
        return result

    @property
    def is_shell(self) -> bool:
        """Whether the text is a line for the shell."""
        return not self.is_lent and self.text.startswith("!")

    def _mark_shell(self) -> None:
        self.set_class(self.is_shell, "-shell")

    # -- history

    def set_history(self, history: Sequence[str]) -> None:
        """What was sent earlier, oldest first."""
        self._history = list(history)
        if self._place is not None:
            self._place = None
            self._rewritten.clear()

    def _leaf(self, step: int) -> bool:
        """Move through the history by ``step``; False at its ends."""
        end = len(self._history)
        here = end if self._place is None else self._place
        there = here + step
        if not 0 <= there <= end:
            return False
        self._rewritten[here] = self.value
        self._place = None if there == end else there
        self._load(self._rewritten.get(there, self._history[there] if there < end else ""))
        return True

    def action_cursor_up(self, select: bool = False) -> None:
        if self._list_open:
            self._move_list(-1)
        elif select or not self.navigator.is_first_wrapped_line(self.cursor_location) or not self._leaf(-1):
            super().action_cursor_up(select)

    def action_cursor_down(self, select: bool = False) -> None:
        if self._list_open:
            self._move_list(1)
        elif select or not self.navigator.is_last_wrapped_line(self.cursor_location) or not self._leaf(1):
            super().action_cursor_down(select)

    # -- keys

    async def _on_key(self, event: events.Key) -> None:
        if self._take(event.key, event.character or ""):
            event.stop()
            event.prevent_default()

    def _take(self, key: str, character: str) -> bool:
        match key:
            case "enter":
                if not (self._list_open and self._complete(by_enter=True)):
                    self._submit()
            case "ctrl+j" | "shift+enter" | "ctrl+enter" | "alt+enter":
                self._replace_via_keyboard("\n", *self.selection)
            case "tab":
                if not (self._list_open and self._complete()):
                    self.post_message(self.LeaveWanted(self))
            case "shift+tab":
                self.post_message(self.LeaveWanted(self))
            case "alt+up" | "alt+down":
                self.post_message(self.LeaveWanted(self, step=-1 if key == "alt+up" else 1))
            case "escape":
                if self._list_open:
                    self._dismissed = (self._word.row, self._word.column) if self._word else None
                    self._close_list()
                else:
                    self.post_message(self.Escaped(self))
            case _ if character in _JOINERS and character:
                self._replace_via_keyboard(character, *self.selection)
            case _:
                return False
        return True

    def _submit(self) -> None:
        text = self.value
        if text.strip():
            self._close_list()
            self.post_message(self.Submitted(self, text))

    async def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self.insert_paste(event.text)

    def action_paste(self) -> None:
        self.insert_paste(self.app.clipboard)

    def action_delete_left(self) -> None:
        if not self._delete_token(before=True):
            super().action_delete_left()

    def action_delete_right(self) -> None:
        if not self._delete_token(before=False):
            super().action_delete_right()

    def _delete_token(self, *, before: bool) -> bool:
        """A token goes as a whole: half of one would be sent as it stands, and its paste lost."""
        row, column = self.cursor_location
        span = self._pasted.token_at(self.document[row], column, before=before) if self.selection.is_empty else None
        if span is None:
            return False
        self._delete_via_keyboard((row, span[0]), (row, span[1]))
        return True

    # -- completion

    def set_commands(self, commands: Sequence[tuple[str, str]]) -> None:
        """What "/" at the start offers: (name without the slash, description)."""
        new = tuple(Completion(name.removeprefix("/"), about) for name, about in commands)
        if new != self._commands:
            self._commands = new
            word = self._word
            if word is not None and word.kind == "command" and self._list_open:
                self._offer(matching(new, word.query), "/")

    def show_completions(self, items: Sequence[Completion | str], query: str | None = None) -> None:
        """Offer files for the word being typed. An answer to another ``query`` than the present one is dropped."""
        word = self._word
        if word is None or word.kind != "file" or (query is not None and query != word.query) or not self.has_focus:
            return
        if self._dismissed != (word.row, word.column):
            self._offer([item if isinstance(item, Completion) else Completion(item) for item in items], "@")

    def watch_selection(self) -> None:
        if not self._editing and self._word is not None and self._current_word() != self._word:
            self._look(ask=False)

    def _current_word(self) -> Word | None:
        if not self.selection.is_empty:
            return None
        row, column = self.cursor_location
        return word_before(self.document[row], row, column) if row < self.document.line_count else None

    def _look(self, *, ask: bool = True) -> None:
        """See whether a completable word stands before the cursor, and offer or ask."""
        word, known = self._current_word(), self._word
        if word == known:
            return
        self._word = word
        if word is None or (known is not None and (word.row, word.column) != (known.row, known.column)):
            self._dismissed = None
        if word is None or not ask or self._dismissed is not None:
            self._close_list()
        elif word.kind == "command":
            self._offer(matching(self._commands, word.query), "/")
            if known is None:  # there may be others by now
                self.post_message(self.CommandsWanted(self))
        else:
            self.post_message(self.CompletionWanted(self, word.kind, word.query))

    @property
    def _list_open(self) -> bool:
        return self._popup is not None and self._popup.is_open

    def _offer(self, items: Sequence[Completion], sign: str) -> None:
        if self._popup is None:
            if not items:
                return
            self._popup = CompletionList(self)
            self.screen.mount(self._popup)
        self._popup.offer(items, sign)
        self.call_after_refresh(self._place_list)

    def _place_list(self) -> None:
        if self._popup is not None and self._popup.is_open:
            self._popup.place(self.region, self.screen.region)

    def _move_list(self, rows: int) -> None:
        if self._popup is not None:
            self._popup.move(rows)

    def _close_list(self) -> None:
        if self._popup is not None and self._popup.is_open:
            self._popup.close()

    def _complete(self, *, by_enter: bool = False) -> bool:
        """Put the highlighted offer into the text; False when it stands there already and enter should send."""
        item = self._popup.highlighted if self._popup is not None else None
        word = self._word
        if item is None or word is None:
            return False
        if by_enter and word.kind == "command" and item.value == word.query:
            return False
        sign = "/" if word.kind == "command" else "@"
        more = "" if item.value.endswith("/") else " "
        end = (word.row, word.column + len(sign) + len(word.query))
        self._close_list()
        self.replace(f"{sign}{item.value}{more}", (word.row, word.column), end, maintain_selection_offset=False)
        if word.kind == "file" and more:
            self.post_message(self.NameEntered(self, f"@{item.value}"))
        return True

    def on_completion_list_picked(self, event: CompletionList.Picked) -> None:
        event.stop()
        self._complete()
