"""A provider is recorded, bytes and timings, without secrets, and served again to the same code."""

import asyncio
import json
import os
from pathlib import Path

import httpx2
import pytest

from tests.faults import Answer, FaultServer, closed_port, refusal
from tests.providers.conftest import OpenAt
from tests.scripts import drain, prompt
from tests.wires import APIS, KEY, SUFFIX, adapter, recorded
from tui.engine.stream import Limits
from tui.errors import ConfigError, ConnectionLost, ProviderError, RateLimited, RequestRejected
from tui.messages import ReasoningPart, StopReason, TextPart, ToolCallPart, Usage
from tui.providers.base import Finish, PartChunk, PartClose, PartOpen, Request, StreamEvent
from tui.providers.models import Directory
from tui.providers.recording import Recorder, Replay, transport_of
from tui.providers.scripted import ScriptedProvider
from tui.providers.tape import header_line, read_tape, record_line, script_of, write_events
from tui.secrets import Masks
from tui.settings.config import read_settings

REQUEST = Request(model="neutral-1", messages=(prompt(),))
OTHER_KEY = "sk-of-another-provider-98765"

every_api = pytest.mark.parametrize("api", APIS)


async def record(
    api: str, tape: Path, *answers: Answer, times: int = 1
) -> list[tuple[list[StreamEvent], ProviderError | None]]:
    """What the adapter made of each answer while it was recorded."""
    async with FaultServer(*answers) as server:
        provider = adapter(api, server.url, transport=Recorder(tape, api=api, secrets=(KEY, OTHER_KEY)))
        heard = [await drain(provider, REQUEST) for _ in range(times)]
        await provider.aclose()
    return heard


async def play(
    api: str, tape: Path, *, times: int = 1, timed: bool = False
) -> list[tuple[list[StreamEvent], ProviderError | None]]:
    provider = adapter(api, "http://nowhere.invalid", key="", transport=Replay(tape, timed=timed))
    heard = [await drain(provider, REQUEST) for _ in range(times)]
    await provider.aclose()
    return heard


# --- bytes and timings


@every_api
async def test_a_recording_gives_the_same_events_again(api: str, tmp_path: Path) -> None:
    live = await record(api, tmp_path / "tape", Answer(body=recorded(api), chunk=37), times=2)
    assert isinstance(live[0][0][-1], Finish)
    assert await play(api, tmp_path / "tape", times=2) == live
    exchanges = read_tape(tmp_path / "tape").exchanges
    assert len(exchanges) == 2
    for exchange in exchanges:
        assert b"".join(piece for _, piece in exchange.pieces) == recorded(api)
        assert exchange.request["method"] == "POST"
        assert json.loads(exchange.request["body"])["model"] == "neutral-1"


@every_api
async def test_what_broke_breaks_again_at_the_same_byte(api: str, tmp_path: Path) -> None:
    half = len(recorded(api)) // 2
    ((live, error),) = await record(api, tmp_path / "tape", Answer(body=recorded(api), cut_after=half))
    assert isinstance(error, ConnectionLost)
    ((again, same),) = await play(api, tmp_path / "tape")
    assert (again, type(same)) == (live, ConnectionLost)


@every_api
async def test_refusals_are_recorded_with_what_they_ask(api: str, tmp_path: Path) -> None:
    slow_down = refusal(429, '{"error": {"message": "slow down"}}', retry_after="7")
    await record(api, tmp_path / "tape", slow_down)
    ((_, error),) = await play(api, tmp_path / "tape")
    assert isinstance(error, RateLimited) and error.retry_after == 7


async def test_the_time_between_pieces_is_kept_and_can_be_played_with_it(tmp_path: Path) -> None:
    body = recorded("anthropic")
    await record("anthropic", tmp_path / "tape", Answer(body=body, chunk=len(body) // 4, gap=0.05))
    times = [at for at, _ in read_tape(tmp_path / "tape").exchanges[0].pieces]
    assert times == sorted(times) and times[-1] - times[0] >= 0.15
    clock = asyncio.get_running_loop().time
    began = clock()
    await play("anthropic", tmp_path / "tape", timed=True)
    timed, began = clock() - began, clock()
    await play("anthropic", tmp_path / "tape")
    assert timed >= times[-1] - 0.01 > clock() - began


async def test_a_server_that_never_answered_does_not_answer_again(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{closed_port()}"
    provider = adapter("openai", url, transport=Recorder(tmp_path / "tape", api="openai"))
    _, error = await drain(provider, REQUEST)
    await provider.aclose()
    assert isinstance(error, ConnectionLost)
    ((_, error),) = await play("openai", tmp_path / "tape")
    assert isinstance(error, ConnectionLost)


async def test_a_stream_that_was_left_is_recorded_as_far_as_it_was_read(tmp_path: Path) -> None:
    async with FaultServer(Answer(body=recorded("openai"), cut_after=1500, hang=True)) as server:
        provider = adapter("openai", server.url, transport=Recorder(tmp_path / "tape", api="openai"))
        stream = provider.stream(REQUEST)
        async for event in stream:
            if isinstance(event, PartChunk):
                break
        await stream.aclose()
        await server.hung_up()
        await provider.aclose()
    (exchange,) = read_tape(tmp_path / "tape").exchanges
    assert exchange.end == "closed"
    assert b"".join(piece for _, piece in exchange.pieces) == recorded("openai")[:1500]


async def test_a_recording_that_is_over_says_so_and_is_not_asked_again_by_itself(tmp_path: Path) -> None:
    await record("openai", tmp_path / "tape", Answer(body=recorded("openai")))
    _, (events, error) = await play("openai", tmp_path / "tape", times=2)
    assert events == []
    assert isinstance(error, RequestRejected)
    assert "tape" in str(error) and "1 answers" in str(error)


async def test_models_that_were_listed_are_listed_as_often_as_one_asks_and_take_no_answers_place(
    tmp_path: Path,
) -> None:
    listing = refusal(200, '{"object": "list", "data": [{"id": "one"}]}')
    async with FaultServer(listing, Answer(body=recorded("openai"))) as server:
        provider = adapter("openai", server.url, transport=Recorder(tmp_path / "tape", api="openai"))
        await provider.models()
        live = await drain(provider, REQUEST)
        await provider.aclose()
    provider = adapter("openai", transport=Replay(tmp_path / "tape"))
    assert [[model.name for model in await provider.models()] for _ in range(2)] == [["one"], ["one"]]
    assert await drain(provider, REQUEST) == live


# --- secrets


@every_api
@pytest.mark.parametrize("header", ["bearer", "x-api-key"])
async def test_no_secret_is_in_the_file_wherever_it_was(api: str, header: str, tmp_path: Path) -> None:
    leak = f"data: {{}}\n\n: {KEY} and {OTHER_KEY}\n\n".encode()
    answer = Answer(
        body=leak + recorded(api),
        chunk=5,  # so that the secret arrives in pieces
        headers={
            "content-type": "text/event-stream",
            "set-cookie": "session=baked-in-1234",
            "x-echo": f"you sent {KEY}",
        },
    )
    asked = Request(model="neutral-1", messages=(prompt(f"my key is {KEY}, the other {OTHER_KEY}"),))
    async with FaultServer(answer) as server:
        recorder = Recorder(tmp_path / "tape", api=api, secrets=(KEY, OTHER_KEY))
        provider = adapter(api, server.url, header=header, transport=recorder)
        events, error = await drain(provider, asked)
        await provider.aclose()
        assert error is None and isinstance(events[-1], Finish)
        assert KEY in server.asked[0].head and KEY.encode() in server.asked[0].body  # the server did get it
    written = (tmp_path / "tape").read_bytes()
    for secret in (KEY, OTHER_KEY, "baked-in"):
        assert secret.encode() not in written
    assert written.count(b"[removed]") >= 5
    for name in ("authorization", "x-api-key", "cookie"):
        assert f'"{name}"'.encode() not in written.lower()
    ((again, _),) = await play(api, tmp_path / "tape")
    assert again == events


async def test_a_tape_is_for_its_owner_alone(tmp_path: Path) -> None:
    await record("openai", tmp_path / "tape", Answer(body=recorded("openai")))
    assert os.stat(tmp_path / "tape").st_mode & 0o777 == 0o600


# --- the file


async def test_any_bytes_come_back_as_they_were(tmp_path: Path) -> None:
    odd = b"data: {}\n\n: \xff\xfe\x00 \xe2\x80\xa8 line \xc2\x85 \x0b\x0c\x1c \xf0\x9f\x91\xa9\n\n"
    body = odd + recorded("openai")
    for size in (1, 3, 1000):
        live = await record("openai", tmp_path / "tape", Answer(body=body, chunk=size))
        (exchange,) = read_tape(tmp_path / "tape").exchanges
        assert b"".join(piece for _, piece in exchange.pieces) == body
        assert await play("openai", tmp_path / "tape") == live


async def test_a_recorder_that_was_killed_leaves_what_can_be_played(tmp_path: Path) -> None:
    await record("openai", tmp_path / "tape", Answer(body=recorded("openai"), chunk=200))
    whole = (tmp_path / "tape").read_bytes()
    before: list[StreamEvent] = []
    for size in (len(whole) // 3, len(whole) // 2, len(whole) - 40):
        (tmp_path / "killed").write_bytes(whole[:size])
        ((events, error),) = await play("openai", tmp_path / "killed")
        assert isinstance(error, ConnectionLost) or isinstance(events[-1], Finish)
        assert events[: len(before)] == before
        before = events
    assert before


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"hello\n", b"[1]\n", b'{"penstock_tape": 2}\n', b"\xff\n", b"{}\n", b'{"penstock_tape"']
)
def test_what_is_no_tape_is_refused_with_its_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "tape").write_bytes(content)
    for path in (tmp_path / "tape", tmp_path / "gone"):
        with pytest.raises(ConfigError) as caught:
            Replay(path)
        assert str(path) in str(caught.value)


def test_unknown_fields_and_lines_of_a_newer_tape_are_passed_over(tmp_path: Path) -> None:
    lines = [header_line("openai"), '{"exchange": 0, "at": 1, "mood": "good"}\n', record_line(0, 2, bytes=b"x", more=1)]
    (tmp_path / "tape").write_text("".join(lines))
    assert read_tape(tmp_path / "tape").exchanges[0].pieces == [(2.0, b"x")]


async def test_events_written_as_a_tape_play_as_a_script(tmp_path: Path) -> None:
    step: list[tuple[float, StreamEvent]] = [
        (0.0, PartOpen(0, "reasoning")),
        (0.01, PartChunk(0, "Hm.")),
        (0.02, PartClose(0, ReasoningPart(text="Hm.", provider_data=("neutral", '{"a": 1}')))),
        (0.03, PartOpen(1, "tool_call", "read", "call_a")),
        (0.03, PartChunk(1, '{"path": "ü\u2028"}')),
        (0.03, PartClose(1, ToolCallPart(call_id="call_a", name="read", arguments='{"path": "ü\u2028"}'))),
        (0.04, Finish(StopReason.TOOL_USE, Usage(input_tokens=7, output_tokens=3))),
    ]
    cut: list[tuple[float, StreamEvent]] = [(0.0, PartOpen(0, "text")), (0.0, PartChunk(0, "So "))]
    ended: list[tuple[float, StreamEvent]] = [(0.0, PartOpen(0, "text")), (0.0, PartClose(0, TextPart(text="")))]
    write_events(tmp_path / "tape", [step, cut, ended])
    tape = read_tape(tmp_path / "tape")
    provider = ScriptedProvider(script_of(tape, timed=False))
    for wanted in (step, cut, ended):
        events, error = await drain(provider, REQUEST)
        assert error is None and events == [event for _, event in wanted]
    assert provider.endings == ["finished", "cut", "cut"]
    assert [exchange.events for exchange in tape.exchanges] == [step, cut, ended]


# --- the door from config.toml


def settings(folder: Path, text: str) -> Directory:
    folder.mkdir(exist_ok=True)
    (folder / "config.toml").write_text(text)
    return Directory(read_settings(folder / "config.toml").providers)


@every_api
async def test_a_person_records_a_turn_by_a_setting_and_plays_it_without_network_or_key(
    api: str, tmp_path: Path, open_at: OpenAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORK_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_API_KEY", OTHER_KEY)
    (tmp_path / "project").mkdir()
    body = recorded(api)
    async with FaultServer(
        Answer(body=body, chunk=400), refusal(400, f'{{"error": "enough of {OTHER_KEY}"}}')
    ) as server:
        table = f'[providers.work]\napi = "{api}"\nbase_url = "{server.url + SUFFIX[api]}"\nkey_env = "WORK_KEY"\n'
        known = settings(tmp_path / "config", f'{table}record = "tapes"\nlocal = false\n')
        live = await turn(known, open_at, tmp_path / "project")
        await known.aclose()
    (tape,) = (tmp_path / "config" / "tapes").iterdir()
    assert tape.stat().st_mode & 0o077 == tape.parent.stat().st_mode & 0o077 == 0
    assert KEY.encode() not in tape.read_bytes() and OTHER_KEY.encode() not in tape.read_bytes()
    monkeypatch.delenv("WORK_KEY")
    known = settings(tmp_path / "config", f'{table}replay = "tapes/{tape.name}"\nlocal = false\n')
    again = await turn(known, open_at, tmp_path / "project")
    assert again == live
    assert "reasoning" in [kind for kind, _ in live]
    assert (await known.resolve("work/x"))[0] is (await known.resolve("work/y"))[0]


async def turn(known: Directory, open_at: OpenAt, folder: Path) -> list[tuple[str, str]]:
    """The parts of a turn and how its calls ended: a recording's calls are run for real."""
    session = await open_at(known, "work/neutral-1", folder, limits=Limits(retries=0))
    session.submit("Go")
    await session.rest()
    assert session.state.turns[-1].outcome == "failed"  # the second answer was a refusal
    parts = [(part.kind, part.text) for step in session.state.steps.values() for part in step.parts]
    return [*parts, *((call.tool, call.phase) for call in session.state.calls.values())]


async def test_each_client_writes_a_file_of_its_own(tmp_path: Path) -> None:
    for _ in range(3):
        transport = transport_of("work", "openai", record=str(tmp_path / "deep" / "tapes"))
        assert isinstance(transport, Recorder)
        await transport.aclose()
    assert len(list((tmp_path / "deep" / "tapes").iterdir())) == 3
    assert transport_of("work", "openai") is None


async def test_a_tape_of_another_format_or_place_is_refused_with_a_sentence(tmp_path: Path) -> None:
    await record("openai", tmp_path / "tape", Answer(body=recorded("openai")))
    with pytest.raises(ConfigError, match=r"'openai'.*'anthropic'"):
        transport_of("work", "anthropic", replay=str(tmp_path / "tape"))
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="recorded into"):
        transport_of("work", "openai", record=str(tmp_path / "file"))


def test_paths_are_relative_to_the_file_that_names_them(tmp_path: Path, home: Path) -> None:
    table = '[providers.work]\napi = "openai"\n'
    for text, found in (
        ('record = "tapes"', tmp_path / "tapes"),
        ('record = "~/tapes"', home / "tapes"),
        ('record = "/var/tapes"', Path("/var/tapes")),
    ):
        (tmp_path / "config.toml").write_text(table + text)
        assert read_settings(tmp_path / "config.toml").providers[0].record == str(found)


@pytest.mark.parametrize(
    "wrong", ['record = "a"\nreplay = "b"', "record = 7", 'replay = ["a"]', 'record = "~nobody-1/x"']
)
def test_a_wrong_setting_is_named(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "config.toml").write_text(f'[providers.work]\napi = "openai"\n{wrong}\n')
    with pytest.raises(ConfigError, match=r"providers\.work\.re(cord|play) "):
        read_settings(tmp_path / "config.toml")


def test_a_table_of_a_built_in_name_changes_only_what_it_names(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[providers.anthropic]\nrecord = "tapes"\n'
        '[providers.ollama]\nmodels = ["small"]\n'
        '[providers.openai]\napi = "openai-chat"\nbase_url = "https://llm.example.org/v1"\n'
    )
    maker, local, moved = read_settings(tmp_path / "config.toml").providers
    assert (maker.api, maker.key_env, maker.header) == ("anthropic", "ANTHROPIC_API_KEY", "x-api-key")
    assert maker.record == str(tmp_path / "tapes")
    assert (local.base_url, local.local, local.models) == ("http://127.0.0.1:11434/v1", True, ("small",))
    assert (moved.key_env, moved.models, moved.local) == ("", (), False)  # a key never follows to another address


async def test_the_recorder_passes_on_what_the_network_says(tmp_path: Path) -> None:
    """A request that never got through leaves no response line, and the failure is the network's own."""
    recorder = Recorder(tmp_path / "tape", api="openai")
    with pytest.raises(httpx2.ConnectError):
        await recorder.handle_async_request(httpx2.Request("GET", f"http://127.0.0.1:{closed_port()}/"))
    await recorder.aclose()
    (exchange,) = read_tape(tmp_path / "tape").exchanges
    assert (exchange.status, exchange.end) == (0, "broken")


async def test_known_forms_of_keys_are_not_recorded_either(tmp_path: Path) -> None:
    key = "sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789"
    body = recorded("anthropic") + f": {key}\n\n".encode()
    async with FaultServer(Answer(body=body, chunk=7)) as server:
        recorder = Recorder(tmp_path / "tape", api="anthropic", masks=Masks())
        provider = adapter("anthropic", server.url, transport=recorder)
        await drain(provider, Request(model="neutral-1", messages=(prompt(f"Use {key}, please."),)))
        await provider.aclose()
    assert key[13:] not in (tmp_path / "tape").read_text()
    (exchange,) = read_tape(tmp_path / "tape").exchanges
    assert json.loads(exchange.request["body"])["messages"]
    assert b"".join(piece for _, piece in exchange.pieces).startswith(recorded("anthropic"))
