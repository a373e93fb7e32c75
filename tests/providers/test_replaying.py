"""What was recorded is a model: ``replay:FILE`` gives the same session again, at any speed, over all three formats."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.faults import Answer, FaultServer
from tests.providers.conftest import OpenAt
from tests.scripts import REFERENCE, ScriptedModels, ScriptedProvider, call, text
from tests.wires import APIS, KEY, SUFFIX, recorded
from tui.commands.steady import Steady
from tui.engine.session import Session
from tui.engine.stream import Limits
from tui.errors import ConfigError
from tui.providers.models import Directory, ProviderConfig
from tui.providers.places import asked_of
from tui.providers.player import Taped
from tui.providers.replaying import Recording, Reel, reel_of
from tui.providers.tape import header_line, read_tape, record_line
from tui.store.export import to_json_lines

every_api = pytest.mark.parametrize("api", APIS)


def config(api: str, url: str) -> ProviderConfig:
    return ProviderConfig(name="work", api=api, base_url=url + SUFFIX[api], key_env="WORK_KEY", local=True)  # type: ignore[arg-type]


def recording(folder: Path, *, file: str = "") -> Recording:
    return Recording(folder=str(folder), file=file, steps=str(folder / "steps"))


async def answered(session: Session, words: str = "Go") -> Session:
    session.submit(words)
    await session.rest()
    return session


def steady(session: Session) -> list[str]:
    """A session's log as ``run --json`` tells it of a recording: all of it but times, ids and slots."""
    return list(Steady().lines(to_json_lines(session.log.since(0))))


async def taped(api: str, tmp_path: Path, open_at: OpenAt, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Session]:
    """A turn of two requests whose calls ran, written down as ``--record FILE`` does."""
    monkeypatch.setenv("WORK_KEY", KEY)
    (tmp_path / "project").mkdir(exist_ok=True)
    file = tmp_path / "bug.jsonl"
    body = recorded(api)
    async with FaultServer(
        Answer(body=body, chunk=61), Answer(body=body, chunk=47, cut_after=len(body) // 2)
    ) as server:
        models = Directory([config(api, server.url)], recording=recording(tmp_path, file=str(file)))
        session = await open_at(models, "work/neutral-1", tmp_path / "project", limits=Limits(retries=0))
        await answered(session)
        await models.aclose()
    return file, session


@every_api
async def test_the_same_recording_folds_to_the_same_events_byte_for_byte(
    api: str, tmp_path: Path, open_at: OpenAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All but times, durations, the random part of ids and the slot; deltas are one with the end of their part."""
    file, live = await taped(api, tmp_path, open_at, monkeypatch)
    monkeypatch.delenv("WORK_KEY")
    told = []
    for speed in ("", "?speed=max", "?speed=20"):
        models = Directory(recording=recording(tmp_path))
        reference = f"replay:{file}{speed}"
        assert (await models.resolve(reference))[1] == "neutral-1"
        session = await open_at(models, reference, tmp_path / "project", limits=Limits(retries=0))
        await answered(session)
        told.append([line.replace(json.dumps(reference), '"MODEL"') for line in steady(session)])
        assert session.state.cost == 0.0, "nothing is paid for it"
    assert told[0] == told[1] == told[2]
    ends = [line for line in told[0] if '"PartEnded"' in line]
    assert [line.replace('"work"', '"replay"') for line in steady(live) if '"PartEnded"' in line] == ends
    assert len([line for line in told[0] if '"ToolEnded"' in line]) == 2
    assert any('"outcome":"failed"' in line for line in told[0]), "what broke off breaks off again"


@every_api
async def test_a_recording_says_of_each_step_what_came_when(
    api: str, tmp_path: Path, open_at: OpenAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, session = await taped(api, tmp_path, open_at, monkeypatch)
    assert {exchange.step for exchange in read_tape(file).exchanges} == {*session.state.steps}
    models = Directory(recording=recording(tmp_path))
    told = await models.told([*session.state.steps, "step_of-nobody"])
    assert {*told} == {*session.state.steps}
    for step_id, pieces in told.items():
        parts = session.state.steps[step_id].parts
        for ordinal, part in enumerate(parts):
            came = "".join(text for _, which, text in pieces if which == ordinal)
            assert came == part.text
        assert len(pieces) > len(parts)
        assert [at for at, _, _ in pieces] == sorted(at for at, _, _ in pieces)
    file.unlink()
    assert await Directory(recording=recording(tmp_path)).told([*session.state.steps]) == {}


async def test_each_session_gets_what_belongs_at_its_place(
    tmp_path: Path, open_at: OpenAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, live = await taped("anthropic", tmp_path, open_at, monkeypatch)
    models = Directory(recording=recording(tmp_path))
    sessions = [
        await open_at(models, f"replay:{file}?speed=max", tmp_path / "project", limits=Limits(retries=0))
        for _ in range(3)
    ]
    await asyncio.gather(answered(sessions[0]), answered(sessions[1], "Something else"))
    await answered(sessions[2])
    for session in sessions:
        assert [part.text for part in session.state.parts.values()] == [p.text for p in live.state.parts.values()]
    await answered(sessions[0], "And now?")
    assert "is over: it holds 2 answers" in sessions[0].state.turns[-1].error


async def test_a_recording_is_played_at_its_pace_and_at_another(
    tmp_path: Path, open_at: OpenAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, _ = await taped("openai", tmp_path, open_at, monkeypatch)
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    for line in lines:
        if "bytes" in line or "base64" in line or "end" in line:
            line["at"] = 1.0  # all of it came after a second
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    clock = asyncio.get_running_loop().time
    took = {}
    for speed in (5, 50):
        models = Directory()
        began = clock()
        session = await open_at(models, f"replay:{file}?speed={speed}", tmp_path / "project", limits=Limits(retries=0))
        await answered(session)
        took[speed] = clock() - began
    assert took[5] >= 2 / 5 - 0.02 and took[5] > took[50]


async def test_what_has_no_wire_is_recorded_as_events(tmp_path: Path, open_at: OpenAt) -> None:
    (tmp_path / "project").mkdir()
    file = tmp_path / "tour.jsonl"
    script = ScriptedProvider([[text("I look. "), call("list", {})], [text("Two files, ", "no more.")]])
    taped_script = Taped(script, file, recording(tmp_path, file=str(file)), str)
    live = await answered(await open_at(ScriptedModels({"scripted": taped_script}), REFERENCE, tmp_path / "project"))
    assert live.state.turns[-1].outcome == "done"
    again = await open_at(Directory(), f"replay:{file}?speed=max", tmp_path / "project")
    await answered(again)
    assert [part.text for part in again.state.parts.values()] == [part.text for part in live.state.parts.values()]
    told = await Directory(recording=recording(tmp_path)).told([*live.state.steps])
    came = "".join(piece for pieces in told.values() for _, _, piece in pieces)
    assert came == "".join(part.text for part in live.state.parts.values())


async def test_models_that_are_only_listed_leave_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORK_KEY", KEY)
    async with FaultServer(Answer(body=b'{"data": []}')) as server:
        models = Directory([config("openai", server.url)], recording=recording(tmp_path / "tapes"))
        provider, _ = await models.resolve("work/any")
        await provider.models()
        await models.aclose()
    assert not (tmp_path / "tapes").exists()


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("replay:", "there is no file"),
        ("replay:gone.jsonl", "gone.jsonl cannot be read"),
        ("replay:a?speed=0", "'0' is no speed: 0.1 to 1000, or max"),
        ("replay:a?speed=fast", "'fast' is no speed"),
        ("replay:a?speed=nan", "'nan' is no speed"),
    ],
)
async def test_a_recording_that_cannot_be_played_is_refused_with_its_reason(reference: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        await Directory().resolve(reference)
    assert said in caught.value.sentence()


async def test_a_recording_of_an_unknown_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tape").write_text(header_line("telegraph") + record_line(0, 0.0, request={}))
    with pytest.raises(ConfigError, match="telegraph"):
        await Directory().resolve(f"replay:{tmp_path / 'tape'}")


def test_a_name_says_file_and_speed() -> None:
    assert reel_of("replay:a/b.jsonl") == Reel(path=Path("a/b.jsonl"), speed=1.0)
    assert reel_of("replay:what?.jsonl?speed=2.5") == Reel(path=Path("what?.jsonl"), speed=2.5)
    assert reel_of("replay:x?speed=max").speed == 0.0
    assert [asked_of(body) for body in ('{"messages": [1, 2]}', '{"input": [1]}', '{"input": "hi"}', "[]", "")] == [
        2, 1, None, None, None,
    ]  # fmt: skip
