"""``penstock run``: one prompt without a screen, the answer on standard output, everything else on standard error.

Nobody can be asked here, so every question is answered at once: yes for the tools that ``--allow``
names, else no, with a reason that the model reads.
"""

import argparse
import asyncio
import signal
import sys

from tui.config import MODEL_KEY
from tui.engine.session import Session
from tui.errors import UsageError
from tui.events import Entry, PartDelta, PartEnded, PartStarted, StepRetried, ToolEnded, ToolStarted, TurnEnded
from tui.messages import TextPart
from tui.program import launch, opened
from tui.providers.models import TOUR
from tui.store.export import to_json_lines
from tui.tools.catalog import Catalog

MAX_STDIN = 10_000_000
INTERRUPTED = 130
_NOT_ALLOWED = "Nobody can be asked: this runs without a screen. --allow {tool} would allow it."


def run_prompt(options: argparse.Namespace) -> int:
    """Returns 0, 1 when the turn failed, 130 when it was interrupted.

    Raises:
        UsageError: there is no prompt, or ``--allow`` names no tool.
    """
    allowed = _allowed(options.allow)
    prompt = _prompt(options.prompt)
    return asyncio.run(_run(prompt, options.run_model or options.model, allowed, as_json=options.json))


async def _run(prompt: str, model: str, allowed: frozenset[str], *, as_json: bool) -> int:
    start = launch(model)
    async with opened(start) as program:
        reference = model or (await program.store.ui_values("")).get(MODEL_KEY) or start.settings.model or TOUR
        if reference == TOUR:
            _tell("No model is set: the scripted tour answers. Set ANTHROPIC_API_KEY or OPENAI_API_KEY, and --model.")
        else:
            await program.models.resolve(reference)
        session = await program.workspace.new_session(reference)
        voice = _Voice(session, allowed, as_json=as_json)
        program.workspace.changed = voice.listen
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, session.interrupt)
        session.submit(prompt)
        await session.rest()
        voice.listen(session.id)
    outcome = session.state.turns[-1].outcome if session.state.turns else "interrupted"
    return {"done": 0, "interrupted": INTERRUPTED}.get(outcome or "", 1)


class _Voice:
    """Says what happens in a session, and answers its questions."""

    def __init__(self, session: Session, allowed: frozenset[str], *, as_json: bool) -> None:
        self._session = session
        self._allowed = allowed
        self._as_json = as_json
        self._cursor = 0
        self._kinds: dict[str, str] = {}
        self._said: dict[str, int] = {}
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
        if self._as_json:
            for line in to_json_lines(entries):
                print(line, flush=True)
        else:
            for entry in entries:
                self._say(entry)
        for call in self._session.state.asking():
            if call.approval is not None:
                self._answer(call.approval.approval_id, call.tool)

    def _answer(self, approval_id: str, tool: str) -> None:
        if tool in self._allowed:
            self._session.decide(approval_id, "allow")
        else:
            self._session.decide(approval_id, "deny", reason=_NOT_ALLOWED.format(tool=tool))

    def _say(self, entry: Entry) -> None:
        match entry.event:
            case PartStarted() as part:
                self._kinds[part.part_id] = part.kind
            case PartDelta() as delta if self._kinds.get(delta.part_id) == "text":
                self._said[delta.part_id] = self._said.get(delta.part_id, 0) + len(delta.text)
                _write(delta.text)
            case PartEnded(part=TextPart(text=text)) as ended:
                rest = text[self._said.get(ended.part_id, 0) :]
                _write(rest if text.endswith("\n") else f"{rest}\n")
            case ToolStarted() as started:
                _tell(f"[{started.tool}] {started.arguments}")
            case ToolEnded() as ended if ended.outcome != "ok":
                _tell(f"[{ended.outcome}] {ended.text.splitlines()[0] if ended.text else ''}")
            case StepRetried() as retried:
                _tell(f"{retried.reason} Trying again in {retried.wait:.1f} s.")
            case TurnEnded(outcome="failed") as failed:
                _tell(f"penstock: {failed.error} {failed.hint}".rstrip())
            case _:
                pass


def _allowed(text: str) -> frozenset[str]:
    names = frozenset(name.strip() for name in text.split(",") if name.strip())
    known = frozenset(spec.name for spec in Catalog().specs())
    if "all" in names:
        return known
    if unknown := names - known:
        raise UsageError(
            f"--allow names no tool: {', '.join(sorted(unknown))}.", hint=f"There are: {', '.join(known)}."
        )
    return names


def _prompt(words: list[str]) -> str:
    """The words, and what stands in standard input where that is no terminal."""
    prompt = " ".join(words)
    if sys.stdin is not None and not sys.stdin.isatty():
        piped = sys.stdin.buffer.read(MAX_STDIN + 1)
        if len(piped) > MAX_STDIN:
            raise UsageError(f"Standard input holds more than {MAX_STDIN:,} bytes.")
        text = piped.decode("utf-8", "replace")
        prompt = f"{prompt}\n\n{text}" if prompt and text.strip() else prompt or text
    if not prompt.strip():
        raise UsageError("There is no prompt.", hint='penstock run "What does this project do?"')
    return prompt


def _printable(text: str, encoding: str | None) -> str:
    """``text`` without control characters, in what the stream's encoding can hold. Files and pipes get it as well."""
    safe = "".join(char for char in text if char.isprintable() or char in "\n\t")
    return safe.encode(encoding or "ascii", "replace").decode(encoding or "ascii")


def _write(text: str) -> None:
    sys.stdout.write(_printable(text, sys.stdout.encoding))
    sys.stdout.flush()


def _tell(text: str) -> None:
    sys.stderr.write(_printable(f"{text}\n", sys.stderr.encoding))
    sys.stderr.flush()
