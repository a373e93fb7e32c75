"""``penstock run``: one prompt without a screen, the answer on standard output, everything else on standard error.

Nobody can be asked here, so every question is answered at once: yes for the tools that ``--allow``
names, else no, with a reason that the model reads.

``--plain`` is for ears: every event is a sentence on a line of its own, in order, and the answer comes by whole
sentences. Standard output holds the answer alone, as without it. It is so by itself where TERM is dumb.
"""

import argparse
import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from tui.commands.steady import Steady
from tui.engine.session import Session
from tui.engine.workspace import Workspace
from tui.errors import PenstockError, UsageError
from tui.events import (
    ApprovalDecided,
    ApprovalRequested,
    Entry,
    Mode,
    ModelChanged,
    PartDelta,
    PartEnded,
    PartStarted,
    PromptSubmitted,
    StepRetried,
    ToolEnded,
    ToolStarted,
    TurnEnded,
)
from tui.messages import TextPart, ToolCallPart
from tui.plain import holds_unicode, one_line, plain, write
from tui.program import Launch, launch, opened
from tui.providers.models import TOUR
from tui.providers.replaying import is_replay
from tui.secrets import MaskStream
from tui.settings.config import MODEL_KEY
from tui.state import SessionState
from tui.store.export import to_json_lines
from tui.tools.catalog import Catalog

MAX_STDIN = 10_000_000
INTERRUPTED = 130
MOST_SAID = 200
"""Characters of one argument among several."""
Manner = Literal["bare", "plain", "json"]
_SENTENCE_END = re.compile(r"\n|[.!?…:;][\"')\]*_]*\s")
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_NOT_ALLOWED = "Nobody can be asked: this runs without a screen. --allow {tool} would allow it."


def run_prompt(options: argparse.Namespace) -> int:
    """Returns 0, 1 when the turn failed, 130 when it was interrupted.

    Raises:
        UsageError: there is no prompt, or ``--allow`` names no tool.
        BrokenPipeError: nobody reads the answer any more; the turn was interrupted.
    """
    allowed = _allowed(options.allow)
    prompt = _prompt(options.prompt)
    plainly = options.plain or (sys.stdout.isatty() and os.environ.get("TERM") == "dumb")
    manner: Manner = "json" if options.json else "plain" if plainly else "bare"
    try:
        start = launch(options.run_model or options.model, record=options.record, record_file=options.run_record)
        return asyncio.run(_run(prompt, start, allowed, options.mode or None, manner))
    except asyncio.CancelledError:  # before there was a turn to interrupt
        return INTERRUPTED


async def _run(prompt: str, start: Launch, allowed: frozenset[str], mode: Mode | None, manner: Manner) -> int:
    stop, model = _Stop(), start.model
    async with opened(start, attended=False) as program:
        program.told.listen(lambda sentence: _tell(f"penstock: {sentence}"))
        reference = model or (await program.store.ui_values("")).get(MODEL_KEY) or start.settings.model or TOUR
        if reference == TOUR and not model:
            _tell("No model is set: the scripted tour answers. Set ANTHROPIC_API_KEY or OPENAI_API_KEY, and --model.")
        else:
            await program.models.resolve(reference)
        session = await program.workspace.new_session(reference)
        if mode is not None:
            session.change_mode(mode)
        voice = _Voice(session, program.workspace, allowed, manner)
        program.workspace.changed = voice.listen
        stop.by = session.interrupt
        session.submit(prompt)
        await session.rest()
        voice.listen(session.id)
    if voice.failure is not None:
        raise voice.failure
    outcome = session.state.turns[-1].outcome if session.state.turns else "interrupted"
    return {"done": 0, "interrupted": INTERRUPTED}.get(outcome or "", 1)


class _Stop:
    """What a signal does: it stops the work once, and never the closing after it."""

    def __init__(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.by: Callable[[], bool] = task.cancel
        loop = asyncio.get_running_loop()
        for number in _ENDING:
            if signal.getsignal(number) != signal.SIG_IGN:  # nohup, or a shell's background
                loop.add_signal_handler(number, self)

    def __call__(self) -> None:
        stop, self.by = self.by, lambda: False
        stop()


class _Voice:
    """Says what happens in a session, and answers its questions and those of its sub-agents."""

    def __init__(self, session: Session, workspace: Workspace, allowed: frozenset[str], manner: Manner) -> None:
        self._session = session
        self._workspace = workspace
        self._allowed = allowed
        self._manner = manner
        self._tell_of = Spoken(session.state).say if manner == "plain" else self._say
        self.failure: BrokenPipeError | PenstockError | None = None
        """Why nothing can be said any more."""
        self._cursor = 0
        self._kinds: dict[str, str] = {}
        self._said: dict[str, int] = {}
        self._spelled: dict[str, MaskStream] = {}
        self._steady = Steady() if is_replay(session.state.model) else None
        self._scheduled = False

    def listen(self, session_id: str) -> None:
        """Called at each event; the work is done once the event has been dealt with."""
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._catch_up)

    def _catch_up(self) -> None:
        self._scheduled = False
        entries = self._session.log.since(self._cursor)
        if entries:
            self._cursor = entries[-1].seq
        try:
            self._say_all(entries)
        except (BrokenPipeError, PenstockError) as error:
            self.failure = self.failure or error
            self._session.interrupt()
            return
        for session in self._workspace.sessions:
            for call in session.state.asking():
                if call.approval is not None:
                    self._answer(session, call.approval.approval_id, call.tool)

    def _say_all(self, entries: list[Entry]) -> None:
        if self._manner == "json":
            mask = self._workspace.kit.masks.mask
            told = map(self._masked, entries)
            lines = to_json_lines(told, ascii_only=not holds_unicode(sys.stdout), mask=mask)
            for line in lines if self._steady is None else self._steady.lines(lines):
                write(sys.stdout, f"{line}\n")
        else:
            for entry in entries:
                self._tell_of(entry)

    def _masked(self, entry: Entry) -> Entry:
        """A part's pieces as one text: a secret that is spelled over several is no secret in any of them."""
        match entry.event:
            case PartDelta(part_id=part_id, text=text) as delta:
                stream = self._spelled.setdefault(part_id, MaskStream(self._workspace.kit.masks))
                masked = stream.feed(text)
                return entry if masked == text else replace(entry, event=replace(delta, text=masked))
            case PartEnded(part_id=part_id):
                self._spelled.pop(part_id, None)
            case _:
                pass
        return entry

    def _answer(self, session: Session, approval_id: str, tool: str) -> None:
        if tool in self._allowed:
            session.decide(approval_id, "allow")
        else:
            session.decide(approval_id, "deny", reason=_NOT_ALLOWED.format(tool=tool))

    def _say(self, entry: Entry) -> None:
        match entry.event:
            case PartStarted() as part:
                self._kinds[part.part_id] = part.kind
            case PartDelta() as delta if self._kinds.get(delta.part_id) == "text":
                self._said[delta.part_id] = self._said.get(delta.part_id, 0) + len(delta.text)
                write(sys.stdout, plain(delta.text))
            case PartEnded(part=TextPart(text=text)) as ended if text:
                rest = text[self._said.get(ended.part_id, 0) :]
                write(sys.stdout, plain(rest if text.endswith("\n") else f"{rest}\n"))
                if ended.cut:
                    _tell("[cut] The answer ends here, unfinished.")
            case PartEnded(part=ToolCallPart(name=name), cut=True):
                _tell(f"[cut] A call of {name} did not come whole, and is not run.")
            case ToolStarted() as started:
                _tell(f"[{started.tool}] {started.arguments}")
            case ToolEnded() as ended if ended.outcome != "ok":
                _tell(f"[{ended.outcome}] {ended.text.splitlines()[0] if ended.text else ''}")
            case StepRetried() as retried:
                _tell(f"{retried.reason} Trying again{f' in {retried.wait:.1f} s' if retried.wait else ''}.")
            case ModelChanged(reason=reason) as changed if reason:
                _tell(f"[model] {reason}. Going on with {changed.model}.")
            case TurnEnded(outcome="interrupted"):
                _tell("penstock: Interrupted. What had come is kept.")
            case TurnEnded(outcome="failed") as failed:
                _tell(f"penstock: {failed.error} {failed.hint}".rstrip())
            case _:
                pass


class Spoken:
    """Events as sentences, for somebody who hears them: nothing is said twice, in pieces or by a sign alone."""

    def __init__(self, state: SessionState) -> None:
        self._state = state
        self._speaking = ""
        self._pending = ""
        self._said: dict[str, int] = {}

    def say(self, entry: Entry) -> None:
        match entry.event:
            case PromptSubmitted(text=text):
                _tell(f"You: {text}")
            case PartStarted(kind="reasoning"):
                _tell("Agent is thinking.")
            case PartStarted(kind="text", part_id=part_id):
                self._speaking = part_id
                _tell("Agent:")
            case PartDelta(part_id=part_id, text=text) if part_id == self._speaking:
                self._said[part_id] = self._said.get(part_id, 0) + len(text)
                self._hear(text)
            case PartEnded(part=TextPart(text=text)) as ended if text:
                self._hear(text[self._said.get(ended.part_id, 0) :])
                self._end_text()
                if ended.cut:
                    _tell("The answer ends here, unfinished.")
            case _:
                for sentence in _sentences(entry, self._state):
                    _tell(sentence)

    def _hear(self, text: str) -> None:
        """Whole sentences and lines go out; the rest waits for its end."""
        self._pending += text
        end = max((found.end() for found in _SENTENCE_END.finditer(self._pending)), default=0)
        write(sys.stdout, plain(self._pending[:end]))
        self._pending = self._pending[end:]

    def _end_text(self) -> None:
        rest, self._pending = self._pending, ""
        write(sys.stdout, plain(f"{rest}\n") if rest else "")


def _sentences(entry: Entry, state: SessionState) -> list[str]:
    match entry.event:
        case PartEnded(part=ToolCallPart(name=name), cut=True):
            return [f"A call of tool {name} did not come whole, and is not run."]
        case ApprovalRequested(tool=tool, arguments=arguments, why=why):
            return [f"Asked: may tool {tool} run? {_said(arguments)}. {why}".rstrip()]
        case ApprovalDecided(by="person", decision=decision, reason=reason):
            return ["Answered: yes." if decision == "allow" else f"Answered: no. {reason}".rstrip()]
        case ToolStarted(tool=tool, arguments=arguments):
            return [f"Tool {tool} started: {_said(arguments)}."]
        case ToolEnded(call_id=call_id, outcome=outcome, text=text, duration=duration):
            tool = state.calls[call_id].tool if call_id in state.calls else ""
            why = f". {text.splitlines()[0].rstrip('.')}" if outcome not in ("ok", "denied") and text else ""
            return [f"Tool {tool} ended: {outcome.replace('_', ' ')}, {duration:.0f} s{why}."]
        case StepRetried(reason=reason, wait=wait):
            return [f"{reason} Trying again{f' in {wait:.0f} s' if wait else ''}."]
        case ModelChanged(model=model, reason=reason) if reason:
            return [f"{reason.rstrip('.')}. Going on with {model}."]
        case TurnEnded(outcome="interrupted"):
            return ["Interrupted. What had come is kept."]
        case TurnEnded(outcome="failed", error=error, hint=hint):
            return [f"Failed: {error} {hint}".rstrip()]
        case TurnEnded():
            return [f"Done: {_counted(len(state.calls))}, {_cost(state)}."]
        case _:
            return []


def _said(arguments: str) -> str:
    """The arguments of a call as words: the only one alone, several by their names."""
    try:
        found = json.loads(arguments)
    except ValueError:
        return one_line(arguments)
    if not isinstance(found, dict) or not found:
        return "no arguments"
    if len(found) == 1:
        return one_line(str(next(iter(found.values()))))
    return ", ".join(f"{name} {one_line(str(value))[:MOST_SAID]}" for name, value in found.items())


def _counted(calls: int) -> str:
    return {0: "no calls", 1: "1 call"}.get(calls, f"{calls} calls")


def _cost(state: SessionState) -> str:
    return "cost unknown" if state.unpriced_steps else f"${state.cost:.2f}"


def _allowed(text: str) -> frozenset[str]:
    names = frozenset(name.strip() for name in text.split(",") if name.strip())
    known = frozenset(spec.name for spec in Catalog().specs())
    if unknown := names - known - {"all"}:
        raise UsageError(
            f"--allow names no tool: {', '.join(sorted(unknown))}.", hint=f"There are: {', '.join(sorted(known))}, all."
        )
    return known if "all" in names else names


def _prompt(words: list[str]) -> str:
    """The words, and what stands in standard input where that is no terminal."""
    prompt = os.fsencode(" ".join(words)).decode("utf-8", "replace")  # whatever the locale took it for
    if sys.stdin is not None and not sys.stdin.isatty():
        piped = sys.stdin.buffer.read(MAX_STDIN + 1)
        if len(piped) > MAX_STDIN:
            raise UsageError(f"Standard input holds more than {MAX_STDIN:,} bytes.")
        text = piped.decode("utf-8", "replace")
        prompt = f"{prompt}\n\n{text}" if prompt and text.strip() else prompt or text
    if not prompt.strip():
        raise UsageError("There is no prompt.", hint='penstock run "What does this project do?"')
    return prompt


def _tell(text: str) -> None:
    write(sys.stderr, plain(f"{text}\n"))
