"""``penstock run``: the answer on standard output and nothing else there; no call unasked; every end has its code."""

import asyncio
import json
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.app.person import folder_of, outcomes, rows, says, serving
from tests.faults import Answer, FaultServer, closed_port, html, refusal
from tests.program import ASCII_LOCALES, Running, here, kept, penstock, settings
from tui.events import PartDelta, ToolOutput
from tui.paths import store_path
from tui.state import fold
from tui.store.export import from_json_lines
from tui.store.store import Store
from tui.tools.catalog import Catalog

KEY = "sk-neutral-0123456789"
WRITES = says("I write. ", calls=(("write", {"path": "new.txt", "content": "made"}),))


def read_by_the_model(server: FaultServer, request: int = -1) -> list[str]:
    """The texts of what the model was sent after the instructions, in order."""
    messages = json.loads(server.asked[request].body)["messages"]
    return [_text(message.get("content")) for message in messages if message["role"] != "system"]


def _text(content: Any) -> str:
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content or ())


# --- what goes in, and what comes out where


def test_the_answer_is_on_standard_output_and_all_else_on_standard_error(home: Path) -> None:
    with serving(home, says("Looking.", calls=(("list", {}),)), says("One file ", "lies here.")) as server:
        done = penstock("run", "What", "is here?", cwd=folder_of(home))
        assert (done.code, done.out) == (0, "Looking.\nOne file lies here.\n")
        assert done.err == "[list] {}\n"
        assert read_by_the_model(server, 0) == ["What is here?"]
        assert "README.md" in read_by_the_model(server)[-1]
    assert outcomes() == ["done"]


def test_standard_input_joins_the_prompt(home: Path) -> None:
    with serving(home, says("Yes.")) as server:
        assert penstock("run", "Sum up:", cwd=folder_of(home), stdin=b"a\nb\n").out == "Yes.\n"
        assert read_by_the_model(server) == ["Sum up:\n\na\nb\n"]


@pytest.mark.parametrize(
    ("words", "stdin", "prompt"),
    [
        ((), b"From a pipe.\n", "From a pipe.\n"),
        (("Only this.",), b"  \n", "Only this."),
        ((), b"caf\xe9", "caf\ufffd"),
    ],
)
def test_standard_input_is_the_prompt_where_there_is_no_other(
    home: Path, words: tuple[str, ...], stdin: bytes, prompt: str
) -> None:
    with serving(home, says("Yes.")) as server:
        assert here("run", *words, cwd=folder_of(home), stdin=stdin).out == "Yes.\n"
        assert read_by_the_model(server) == [prompt]


@pytest.mark.parametrize(
    ("words", "stdin"), [((), b""), (("", " "), b" \n"), ((), b"x" * 10_000_001)], ids=["none", "blank", "too long"]
)
def test_without_a_prompt_or_with_one_of_ten_megabytes_the_usage_is_wrong(
    home: Path, words: tuple[str, ...], stdin: bytes
) -> None:
    done = here("run", *words, cwd=folder_of(home), stdin=stdin)
    assert done.code == 2
    assert "no prompt" in done.sentence() or "10,000,000 bytes" in done.sentence()
    assert not store_path().exists()


@pytest.mark.parametrize("arguments", [("run", "--model", "here/other"), ("--model", "here/other", "run")])
def test_a_model_that_is_named_is_the_one_that_is_asked(home: Path, arguments: tuple[str, ...]) -> None:
    with serving(home, says("Yes.")) as server:
        assert here(*arguments, "Hello", cwd=folder_of(home)).code == 0
        assert json.loads(server.asked[0].body)["model"] == "other"


def test_json_is_one_event_a_line_and_loses_nothing(home: Path) -> None:
    odd = "Grüße\u00a0世界 👩\u200d💻 \x1b[31m \x7f\x85\u202e\u2028 \x00 end"
    with serving(home, says(odd, calls=(("list", {}),)), says("Done.")):
        done = here("run", "--json", "Go", cwd=folder_of(home))
    assert (done.code, done.err) == (0, "")
    assert done.out.removesuffix("\n").replace("\n", " ").isprintable() and "世界" in done.out
    lines = done.out.removesuffix("\n").split("\n")
    assert all(json.loads(line)["kind"] for line in lines)
    printed = list(from_json_lines(lines))
    stored = asyncio.run(load(printed[0].session_id))
    assert [entry for entry in printed if not isinstance(entry.event, (PartDelta, ToolOutput))] == stored
    assert fold(stored[0].session_id, printed) == fold(stored[0].session_id, stored)
    assert any(odd in part.text for call in fold("", stored).turns[0].items[1:2] for part in call.parts)  # type: ignore[union-attr]


def test_json_shows_no_secret_that_is_spelled_over_several_events(home: Path) -> None:
    key = "sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789"
    spelled = says("The key is ", *(key[at : at + 8] for at in range(0, len(key), 8)), ", I think.")
    with serving(home, replace(spelled, chunk=150, gap=0.03)):
        done = here("run", "--json", "Go", cwd=folder_of(home))
    events = [entry.event for entry in from_json_lines(done.out.splitlines())]
    pieces = [event.text for event in events if isinstance(event, PartDelta)]
    assert len(pieces) > 2
    assert "The key is sk-ant-…[masked ~64], I think.".startswith("".join(pieces))
    assert "[masked ~64], I think." in done.out
    assert not [at for at in range(13, len(key) - 8) if key[at : at + 8] in done.out]


async def load(session_id: str) -> list[Any]:
    store = await Store.open(store_path())
    try:
        return await store.load(session_id)
    finally:
        await store.close()


def test_what_a_terminal_would_obey_is_shown_and_what_joins_or_spaces_letters_is_kept(home: Path) -> None:
    said = "Bonjour\u00a0! \x1b]52;c;aGk=\x07\x9b2J\u202e 全角\u3000空白 👩\u200d💻\r\n\tEnd"
    with serving(home, says(said)):
        done = here("run", "Hi", cwd=folder_of(home))
    assert done.out == "Bonjour\u00a0! ␛]52;c;aGk=␇<U+009B>2J<U+202E> 全角\u3000空白 👩\u200d💻\n\tEnd\n"


@pytest.mark.parametrize("name", ASCII_LOCALES)
def test_a_locale_without_unicode_prints_what_it_can_and_the_model_reads_what_was_meant(home: Path, name: str) -> None:
    folder, env = folder_of(home, "jardin-é"), ASCII_LOCALES[name]
    form = () if name == "POSIX" else ("--json",)
    with serving(home, says("Grüße 世界.")) as server:
        done = penstock("run", *form, "Où est 世界?".encode(), cwd=folder, env=env)
        assert read_by_the_model(server) == ["Où est 世界?"]
    assert (done.code, done.err) == (0, "") and done.out.isascii()
    if form:
        assert any("Grüße 世界." in str(json.loads(line)) for line in done.out.splitlines())
    else:
        assert done.out == "Gr??e ??.\n"


# --- what may be done


def test_nothing_is_written_or_run_without_leave_and_the_model_is_told_why(home: Path) -> None:
    folder, outside = folder_of(home), home / "outside.txt"
    outside.write_text("not for you")
    calls = (
        ("write", {"path": "new.txt", "content": "made"}),
        ("shell", {"command": "touch ran"}),
        ("read", {"path": str(outside)}),
    )
    with serving(home, says("Trying.", calls=calls), says("So be it.")) as server:
        done = here("run", "Go", cwd=folder)
        assert (done.code, done.out) == (0, "Trying.\nSo be it.\n")
        told = read_by_the_model(server)[-3:]
    for tool, text in zip(("write", "shell", "read"), told, strict=True):
        assert "runs without a screen" in text and f"--allow {tool} would allow it" in text
    assert done.err.count("[denied]") == 3 and "not for you" not in str(told)
    assert sorted(path.name for path in folder.iterdir()) == ["README.md"]


def test_a_mode_lets_edits_run_or_nothing(home: Path) -> None:
    folder = folder_of(home)
    with serving(home, WRITES, says("Done."), WRITES, says("Done.")) as server:
        assert here("run", "--mode", "read-only", "--allow", "write", "Go", cwd=folder).code == 0
        assert "read-only" in read_by_the_model(server)[-1] and not (folder / "new.txt").exists()
        assert here("run", "--mode", "accept-edits", "Go", cwd=folder).code == 0
    assert (folder / "new.txt").read_text() == "made"


@pytest.mark.parametrize("allow", ["write", " shell , write,", "all"])
def test_a_tool_that_is_allowed_runs(home: Path, allow: str) -> None:
    folder = folder_of(home)
    with serving(home, WRITES, says("Done.")):
        assert here("run", "--allow", allow, "Go", cwd=folder).code == 0
    assert (folder / "new.txt").read_text() == "made"


@pytest.mark.parametrize("allow", ["shel", "write,shel", "all,shel"])
def test_allowing_a_tool_that_there_is_not_is_wrong_usage(home: Path, allow: str) -> None:
    done = here("run", "--allow", allow, "Go", cwd=folder_of(home))
    assert done.code == 2
    known = ", ".join(sorted(spec.name for spec in Catalog().specs()))
    assert "no tool: shel." in done.sentence() and f"There are: {known}, all." in done.sentence()
    assert not store_path().exists()


# --- who answers


def test_without_a_model_the_tour_answers_and_it_is_said(home: Path) -> None:
    with Running("run", "Hello", cwd=folder_of(home)) as child:
        child.prints("No model is set: the scripted tour answers. Set ANTHROPIC_API_KEY")
        child.prints("Welcome to Penstock.")
        child.send(signal.SIGINT)
        assert child.ended().code == 130


@pytest.mark.long
def test_a_tour_that_was_asked_for_is_not_explained(home: Path) -> None:
    with Running("run", "--model", "offline/tour", "Hello", cwd=folder_of(home)) as child:
        child.prints("Welcome to Penstock.")
        child.send(signal.SIGINT)
        assert "No model is set" not in child.ended().err


@pytest.mark.parametrize("model", ["nobody/m", "here", "offline/other", "here/"])
def test_a_model_of_nobody_is_wrong_usage_and_says_what_there_is(home: Path, model: str) -> None:
    settings(home, '[providers.here]\napi = "openai-chat"\nbase_url = "http://127.0.0.1:1/v1"\n')
    done = here("run", "--model", model, "Hi", cwd=folder_of(home))
    assert done.code == 2
    assert repr(model) in done.sentence() and "here" in done.sentence() and "PROVIDER/MODEL" in done.sentence()
    assert rows("SELECT 1 FROM sessions") == []


@pytest.mark.parametrize(
    ("base_url", "words"),
    [
        ("http://no-such-host.invalid/v1", ("No address was found for no-such-host.invalid",)),
        (f"http://127.0.0.1:{closed_port()}/v1", ("Nothing answers at http://127.0.0.1:", "base_url")),
    ],
    ids=["no DNS", "nobody listens"],
)
def test_an_address_where_nobody_answers_is_one_sentence(home: Path, base_url: str, words: tuple[str, ...]) -> None:
    provider = f'[providers.far]\napi = "openai-chat"\nbase_url = "{base_url}"\nlocal = true\n'
    settings(home, f'model = "far/m"\n[limits]\nretries = 0\n{provider}')
    done = here("run", "Hi", cwd=folder_of(home))
    assert done.code == 1
    for word in words:
        assert word in done.sentence()
    assert outcomes() == ["failed"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (refusal(404, '{"error": {"code": "model_not_found", "message": "no such model"}}'), "does not know the model"),
        (html(), "text/html where here's event stream was expected"),
        (refusal(429, '{"error": {"code": "insufficient_quota", "message": "m"}}'), "out of credit"),
    ],
    ids=["unknown model", "a web page", "no money"],
)
def test_a_refusal_is_one_sentence(home: Path, answer: Answer, words: str) -> None:
    with serving(home, answer) as server:
        done = here("run", "Hi", cwd=folder_of(home))
        assert done.code == 1 and words in done.sentence()
        assert len(server.asked) == 1


# --- keys


def test_a_wrong_key_names_its_variable_is_not_tried_again_and_stands_nowhere(home: Path) -> None:
    body = json.dumps({"error": {"message": f"Incorrect API key provided: {KEY}"}})
    with serving(home, refusal(401, body)) as server:
        provider = f'[providers.here]\napi = "openai-chat"\nbase_url = "{server.url}/v1"\nkey_env = "HERE_KEY"\n'
        settings(home, f'model = "here/m"\n{provider}')  # with the usual retries
        done = penstock("run", "Hi", cwd=folder_of(home), env={"HERE_KEY": KEY})
        assert len(server.asked) == 1 and server.asked[0].header("authorization") == f"Bearer {KEY}"
    assert done.code == 1
    assert "refused the key (401)" in done.sentence() and "Set HERE_KEY" in done.sentence()
    assert KEY not in done.err and KEY.encode() not in kept(home)


def test_a_key_that_is_not_there_names_its_variable(home: Path) -> None:
    with serving(home, says("Never."), more='key_env = "HERE_KEY"\nlocal = false') as server:
        done = here("run", "Hi", cwd=folder_of(home), env={"HERE_KEY": ""})
        assert server.asked == []
    assert done.code == 1 and "no key for here" in done.sentence() and "HERE_KEY" in done.sentence()


def test_a_key_stays_out_of_children_output_and_store(home: Path) -> None:
    folder = folder_of(home)
    command = json.dumps(["/bin/sh", "-c", 'echo "$SECRET_OF_MINE"'])
    more = f'key_command = {command}\nheader = "x-api-key"'
    with serving(home, says("Looking.", calls=(("shell", {"command": "env"}),)), says("Done."), more=more) as server:
        done = penstock("run", "--allow", "shell", "Hi", cwd=folder, env={"SECRET_OF_MINE": KEY})
        assert done.code == 0 and server.asked[0].header("x-api-key") == KEY
        assert "PATH=" in read_by_the_model(server)[-1]
    (session,) = rows("SELECT id FROM sessions")[0]
    exported = [here("export", session, "--format", form, cwd=folder).out for form in ("md", "jsonl")]
    assert all("PATH=" in text for text in exported)
    assert KEY not in f"{done.out}{done.err}{exported}" and KEY.encode() not in kept(home)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["penstock-no-such-program"], "(penstock-no-such-program) cannot be started: No such file"),
        (["/bin/sh", "-c", "echo sk-x; exit 3"], "ended with code 3"),
        (["/bin/sh", "-c", "exit 0"], "gave no key"),
        (["/bin/sh", "-c", r"printf 'sk-\303\274'"], "characters that no key has"),
    ],
    ids=["no such program", "fails", "prints nothing", "prints odd characters"],
)
def test_a_key_command_that_gives_no_key_says_so(home: Path, command: list[str], words: str) -> None:
    with serving(home, says("Never."), more=f"key_command = {json.dumps(command)}") as server:
        done = here("run", "Hi", cwd=folder_of(home))
        assert server.asked == []
    assert done.code == 1
    assert words in done.sentence() and "key_command under [providers.here]" in done.sentence()


# --- agents that ask, and agents of agents


def test_nobody_can_be_asked_and_the_model_is_told_so_at_once(home: Path) -> None:
    asks = says("Hm. ", calls=(("ask_user", {"question": "Which colour?"}),))
    with serving(home, asks, says("Red, then.")) as server:
        done = penstock("run", "Paint it.", cwd=folder_of(home))
        assert (done.code, done.out) == (0, "Hm. \nRed, then.\n")
        assert "Nobody can be asked" in read_by_the_model(server)[-1]


@pytest.mark.parametrize(("allow", "made"), [("write", True), ("", False)])
def test_what_a_sub_agent_may_do_is_what_was_allowed(home: Path, allow: str, made: bool) -> None:
    task = says(calls=(("task", {"prompt": "Make it."}),))
    with serving(home, task, WRITES, says("Tried."), says("Done.")) as server:
        done = penstock("run", "--allow", allow, "Go", cwd=folder_of(home))
        assert (done.code, done.out) == (0, "Done.\n")
        assert "Tried.\n\n[sub-agent's session: " in read_by_the_model(server)[-1]
        assert ("Nobody can be asked" in read_by_the_model(server, 2)[-1]) is not made
    assert (home / "garden" / "new.txt").exists() is made
    assert outcomes() == ["done", "done"]
    assert len(rows("SELECT 1 FROM sessions WHERE parent_session IS NOT NULL")) == 1
