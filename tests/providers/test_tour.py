"""``offline/tour``: it answers anything, with real tools, and goes on whatever the person or the folder does."""

import re
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.providers.conftest import OpenAt
from tests.scripts import ScriptedModels, eventually, image
from tui.app.keys import ACTIONS
from tui.engine.session import Session
from tui.events import Decision
from tui.messages import Message, Part, TextPart, ToolCallPart, ToolResultPart
from tui.providers import tour_text as words
from tui.providers.base import Request, ToolSchema
from tui.providers.scripted import Say, Step
from tui.providers.tour import LONGEST, REFERENCE, chapter, tour
from tui.tools.catalog import Catalog

Answer = tuple[Decision, str]
YES: Answer = ("allow", "")
NO: Answer = ("deny", "")
Guided = Callable[[], Awaitable[Session]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project; temporary files go beside it, under ``scratch``."""
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "README.md").write_text("# The valve\n\nIt opens at noon.\n")
    (folder / "main.py").write_text("print('valve')\n")
    return folder


@pytest.fixture
def guided(open_at: OpenAt, folder: Path) -> Guided:
    async def open_() -> Session:
        return await open_at(ScriptedModels({"offline": tour(rate=None)}), REFERENCE, folder)

    return open_


async def play(session: Session, answer: Callable[[str], Answer] = lambda tool: YES) -> None:
    """Until the session rests, with each question answered by its tool."""
    while session.running:
        await eventually(lambda: session.state.asking() or not session.running, within=20)
        for call in session.state.asking():
            assert call.approval is not None
            decision, reason = answer(call.tool)
            session.decide(call.approval.approval_id, decision, reason=reason)


async def prompted(session: Session, text: str, answer: Callable[[str], Answer] = lambda tool: YES) -> str:
    """What it said to a prompt. The turn is done, and its text is not empty."""
    known = len(session.state.steps)
    session.submit(text)
    await play(session, answer)
    turn = session.state.turns[-1]
    assert turn.outcome == "done", turn.error
    steps = list(session.state.steps.values())[known:]
    spoken = "".join(part.text for step in steps for part in step.parts if part.kind == "text")
    assert spoken.strip()
    return spoken


def calls(session: Session) -> list[tuple[str, str]]:
    return [(call.tool, call.phase) for call in session.state.calls.values()]


def result(session: Session, tool: str) -> str:
    return next(call.ended.text for call in session.state.calls.values() if call.tool == tool and call.ended)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


# --- the first prompt, for real


async def test_it_looks_at_the_folder_asks_before_it_changes_a_note_and_shows_the_keys(
    guided: Guided, folder: Path
) -> None:
    before = contents(folder)
    session = await guided()
    asked: list[str] = []

    def yes(tool: str) -> Answer:
        asked.append(tool)
        return YES

    spoken = await prompted(session, "Where is the valve?", yes)
    expected = [(tool, "ok") for tool in ("list", "grep", "read", "write", "edit")]
    assert calls(session) == expected
    assert asked == ["write", "edit"]
    assert "no model" in spoken.splitlines()[0]
    assert "README.md" in result(session, "list") and "main.py" in result(session, "list")
    assert "README.md:1:# The valve" in result(session, "grep")
    assert "It opens at noon." in result(session, "read")
    assert "**2 lines**" in spoken and "*valve*" in spoken and "turn up" in spoken and "`README.md`" in spoken
    assert "ctrl+n" in spoken and "ANTHROPIC_API_KEY" in spoken
    assert contents(folder) == before
    (note,) = [path for path in (folder.parent / "scratch").rglob("*") if path.is_file()]
    assert note.read_text() == words.NOTE.replace(words.NOTE_OLD, words.NOTE_NEW)
    edit = next(call for call in session.state.calls.values() if call.tool == "edit")
    assert edit.approval is not None
    assert f"+{words.NOTE_NEW}" in getattr(edit.approval.preview[0], "diff", "")


async def test_nothing_is_written_before_the_answer(guided: Guided, folder: Path) -> None:
    session = await guided()
    session.submit("hello")
    await eventually(session.state.asking)
    assert session.status == "asking"
    assert list((folder.parent / "scratch").iterdir()) == []
    session.interrupt()
    await session.rest()


@pytest.mark.parametrize("reason", ["", "Not on  my\nmachine, `please`."])
@pytest.mark.parametrize("refused", ["write", "edit"])
async def test_a_no_is_told_as_a_no_and_the_tour_goes_on(
    guided: Guided, folder: Path, refused: str, reason: str
) -> None:
    session = await guided()
    spoken = await prompted(session, "hello", lambda tool: ("deny", reason) if tool == refused else YES)
    assert (refused, "denied") in calls(session)
    assert "You said no" in spoken
    assert ("Not on my machine, `please`." in spoken) == bool(reason)
    assert "That did not work" not in spoken
    assert "ctrl+n" in spoken
    notes = [path.read_text() for path in (folder.parent / "scratch").rglob("note.md")]
    assert notes == ([] if refused == "write" else [words.NOTE])


async def test_an_interrupted_tour_continues(guided: Guided) -> None:
    session = await guided()
    for _ in range(3):
        session.submit("hello")
        await eventually(lambda: session.state.asking() or not session.running, within=20)
        session.interrupt()
        await session.rest()
        session.carry_on()
        await play(session)
        assert session.state.turns[-1].outcome == "done"
    assert "interrupted" in [turn.outcome for turn in session.state.turns]


async def test_all_scenes_come_in_their_order_and_then_again(guided: Guided) -> None:
    session = await guided()
    spoken = [await prompted(session, f"prompt {number}", lambda t: NO if t == "shell" else YES) for number in range(5)]
    spoken.append(await prompted(session, "once more"))
    marks = ["Welcome to Penstock", "Scene two", "Scene three", "Scene four", "Scene two", "Scene three"]
    assert [mark in text for mark, text in zip(marks, spoken, strict=True)] == [True] * 6
    assert "You said no" in spoken[2]
    assert "streamed into the row" in spoken[5]
    assert result(session, "glob") == "README.md"
    shells = [call for call in session.state.calls.values() if call.tool == "shell"]
    assert [call.phase for call in shells] == ["denied", "ok"]
    assert shells[1].ended is not None and "done" in shells[1].ended.text


# --- any prompt, any folder


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("?", id="?"),
        pytest.param("a b c", id="short words"),
        pytest.param("[(*+?{|\\", id="regex characters"),
        pytest.param("世界の水門はどこですか", id="CJK"),
        pytest.param("what is this?", id="common words"),
        pytest.param("x" * 1_000_000, id="1 MB word"),
        pytest.param("水門 " * 300_000, id="1 MB of CJK"),
        pytest.param("\x1b]52;c;\x07 \u202e", id="controls"),
    ],
)
async def test_any_prompt_is_answered(guided: Guided, text: str) -> None:
    session = await guided()
    spoken = await prompted(session, text, lambda tool: NO)
    assert calls(session)[:2] == [("list", "ok"), ("grep", "ok")]
    assert len(spoken) < 10_000


async def test_a_picture_without_words_is_answered(guided: Guided) -> None:
    session = await guided()
    for _ in range(2):
        session.submit("", (image(),))
        await play(session, lambda tool: NO)
        assert session.state.turns[-1].outcome == "done"
    assert len(session.state.steps) <= 10


async def test_an_empty_folder_is_called_empty(guided: Guided, folder: Path) -> None:
    empty(folder)
    session = await guided()
    spoken = await prompted(session, "hello")
    assert "**empty**" in spoken and "no text file" in spoken
    assert calls(session) == [("list", "ok"), ("grep", "ok"), ("write", "ok"), ("edit", "ok")]


async def test_a_huge_folder_is_no_obstacle(guided: Guided, folder: Path) -> None:
    for number in range(1_500):
        (folder / f"data-{number:04}.csv").write_text("valve\n")
    session = await guided()
    spoken = await prompted(session, "Where is the valve?")
    assert "turn up" in spoken and "`README.md`" in spoken
    assert len(result(session, "list")) < 200_000 and len(result(session, "grep")) < 200_000


async def test_a_folder_that_is_gone_is_told_and_not_hidden(guided: Guided, folder: Path) -> None:
    session = await guided()
    shutil.rmtree(folder)
    spoken = await prompted(session, "hello")
    assert ("list", "error") in calls(session)
    assert "did not work" in spoken and "You said no" not in spoken
    assert "ctrl+n" in spoken


async def test_a_note_that_cannot_be_written_is_an_error_and_not_a_no(
    guided: Guided, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder.parent / "file").write_text("in the way")
    monkeypatch.setattr(tempfile, "tempdir", str(folder.parent / "file"))
    session = await guided()
    spoken = await prompted(session, "hello")
    assert ("write", "error") in calls(session)
    assert "That did not work" in spoken and "You said no" not in spoken


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["zebra.py", "README.md"], "README.md"),
        (["my notes.txt", "a.csv"], ""),
        (["README.png", "Makefile"], "Makefile"),
        (["b.py", "a.toml", "a.py"], "a.toml"),
        (["-rf.md"], "-rf.md"),
        (["`x`.md", "README"], "README"),
    ],
)
async def test_it_reads_what_is_there_by_its_whole_name(
    guided: Guided, folder: Path, names: list[str], chosen: str
) -> None:
    empty(folder)
    for name in names:
        (folder / name).write_text("some text\n")
    session = await guided()
    spoken = await prompted(session, "hello", lambda tool: NO)
    assert (("read", "ok") in calls(session)) == bool(chosen)
    assert ("read", "error") not in calls(session)
    assert f"one file: `{chosen}`" in spoken or not chosen


# --- the script alone, against every history

_outcome = st.sampled_from(
    [
        ("(an empty folder)", False),
        ("README.md  12 B\nsrc/\nlink -> /etc", False),
        ("a.py:3:x = {} `y` {count}", False),
        ("The person did not allow this call. The person says: {no}", True),
        ("The person did not allow this call.", True),
        ("Permission denied: not allowed {path} `x`", True),
        ("", True),
        ("\ud800\x00\n\n", False),
    ]
)
_anything = st.text(st.characters(exclude_categories=()), max_size=60)
_TOOLS = tuple(spec.name for spec in Catalog().specs())


def parts_of(step: Step) -> list[Part]:
    parts: list[Part] = []
    for say in step:
        if isinstance(say, Say) and say.kind == "tool_call":
            parts.append(ToolCallPart(call_id=say.call_id, name=say.name, arguments=str(say.pieces[0])))
        elif isinstance(say, Say) and say.kind == "text":
            parts.append(TextPart(text="".join(str(piece) for piece in say.pieces)))
    return parts


@given(st.lists(_anything, min_size=1, max_size=6), st.sets(st.sampled_from(_TOOLS)), st.data())
def test_every_turn_ends_speaks_at_each_step_and_calls_only_what_is_offered(
    prompts: list[str], offered: set[str], data: st.DataObject
) -> None:
    tools = tuple(ToolSchema(name=name, description="", parameters="{}") for name in offered)
    history: list[Message] = []
    for text in prompts:
        history.append(Message(role="user", parts=(TextPart(text=text),)))
        for _ in range(8):
            parts = parts_of(chapter(Request(model="tour", messages=tuple(history), tools=tools)))
            assert any(isinstance(part, TextPart) and part.text.strip() for part in parts)
            history.append(Message(role="assistant", parts=tuple(parts)))
            made = [part for part in parts if isinstance(part, ToolCallPart)]
            assert {call.name for call in made} <= offered
            if not made:
                break
            answers = [data.draw(_outcome) for _ in made]
            history.append(
                Message(
                    role="user",
                    parts=tuple(
                        ToolResultPart(call_id=call.call_id, text=said, is_error=bad)
                        for call, (said, bad) in zip(made, answers, strict=True)
                    ),
                )
            )
        else:
            raise AssertionError("the turn does not end")


@given(_anything)
def test_what_it_searches_for_is_a_sound_pattern_made_of_the_prompts_words(text: str) -> None:
    request = Request(
        model="tour",
        messages=(Message(role="user", parts=(TextPart(text=text),)),),
        tools=(ToolSchema(name="grep", description="", parameters="{}"),),
    )
    (call,) = [part for part in parts_of(chapter(request)) if isinstance(part, ToolCallPart)]
    pattern = re.search(r'"pattern": "(.*?)"', call.arguments)
    assert pattern is not None
    alternatives = pattern[1].split("|")
    assert 1 <= len(alternatives) <= 2 and all(4 <= len(word) <= LONGEST for word in alternatives)
    re.compile(pattern[1])
    assert all(word in text for word in alternatives) or alternatives == ["TODO", "Penstock"]


# --- its words


def test_every_key_and_command_that_it_names_exists() -> None:
    spoken = "\n".join(text for name, text in vars(words).items() if name.isupper())
    spelled = {"ctrl+\\": "ctrl+backslash"}
    bound = {key for action in ACTIONS for key in action.keys.split(",")}
    named = set(re.findall(r"`((?:ctrl\+.|F\d+|[a-z]|enter))`", spoken))
    assert len(named) > 12
    assert {key for key in named if spelled.get(key, key.lower()) not in bound} == set()
    commands = set(re.findall(r"`/([a-z]+)`", spoken))
    assert commands and commands <= {action.command for action in ACTIONS}


def test_it_promises_no_place_that_does_not_exist() -> None:
    spoken = "\n".join(text for name, text in vars(words).items() if name.isupper())
    assert "inbox" not in spoken.lower()
    assert "**no model**" in words.GREETING and "**no model**" in words.NO_TOOLS
    assert "ctrl+g" in words.PROPOSING
