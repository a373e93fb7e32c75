"""``shell``: a command's output and its end, as the model and the person are told of them."""

import asyncio
import time
from dataclasses import replace

import pytest

from tests.scripts import eventually
from tests.tools.conftest import Bench
from tests.tools.test_child import is_gone, pid_in
from tui.errors import ToolError, ToolTimedOut
from tui.messages import TextDisplay
from tui.tools.base import ToolResult
from tui.tools.child import KEPT
from tui.tools.shell import ShellArgs, shell_tool


async def shell(bench: Bench, command: str, timeout: int = 60) -> ToolResult:
    return await shell_tool(ShellArgs(command=command, timeout=timeout), bench.ctx)


async def test_output_and_exit_code_are_told_to_both_readers(bench: Bench) -> None:
    result = await shell(bench, "echo one; echo two >&2")
    assert result == ToolResult(
        text="one\ntwo\n[exit code 0]", display=(TextDisplay(text="one\ntwo\n[exit code 0]"),), error=False
    )
    assert "".join(bench.shown) == "one\ntwo\n"


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("false", "(no output)\n[exit code 1]"),
        ("echo x; exit 3", "x\n[exit code 3]"),
        ("kill -9 $$", "(no output)\n[ended by signal 9]"),
        ("no-such-program-here 2>/dev/null", "(no output)\n[exit code 127]"),
        ("if", "syntax error"),
    ],
)
async def test_a_failure_is_an_error_with_all_that_was_said(bench: Bench, command: str, told: str) -> None:
    result = await shell(bench, command)
    assert result.error
    assert told in result.text


async def test_a_command_is_passed_on_to_the_byte(bench: Bench) -> None:
    result = await shell(bench, "printf '%s|' '日本 🦊' \"a  b\" $'tab\\there' '-rf' '*'\necho end")
    assert result.text == "日本 🦊|a  b|tab\there|-rf|*|end\n[exit code 0]"


async def test_a_command_that_waits_for_an_answer_gets_none(bench: Bench) -> None:
    result = await shell(bench, "read -p 'Sure? ' answer; echo \"got $? [$answer]\"")
    assert "got 1 []" in result.text


async def test_a_command_past_its_limit_is_stopped_with_all_that_it_started(bench: Bench) -> None:
    began = time.monotonic()
    with pytest.raises(ToolTimedOut, match="did not end within 1 s and was stopped"):
        await shell(bench, "echo begun; sleep 600 & echo $! > inner; wait", timeout=1)
    assert time.monotonic() - began < 10
    assert bench.shown == ["begun\n"]
    await bench.finish()
    await eventually(lambda: is_gone(pid_in(bench.folder / "inner")))


async def test_interrupting_a_command_ends_it(bench: Bench) -> None:
    running = asyncio.ensure_future(shell(bench, "echo $$ > inner; sleep 600"))
    await eventually(lambda: pid_in(bench.folder / "inner"))
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await bench.finish()
    await eventually(lambda: is_gone(pid_in(bench.folder / "inner")))


async def test_a_flood_is_bounded_in_what_the_model_reads_and_in_what_the_person_sees(bench: Bench) -> None:
    result = await shell(bench, "yes '0123456789' | head -c 10000000; echo END")
    for text in (result.text, *(part.text for part in result.display if isinstance(part, TextDisplay))):
        assert len(text) < 2 * KEPT + 200
        assert text.startswith("0123456789\n")
        assert text.endswith("END\n[exit code 0]")
        assert "characters left out" in text


async def test_what_no_command_line_can_hold_is_refused(bench: Bench) -> None:
    with pytest.raises(ToolError, match="cannot hold a NUL byte"):
        await shell(bench, "echo a\0b")
    with pytest.raises(ValueError, match="valid string"):
        await shell(bench, "echo \ud800")


async def test_a_command_too_long_or_a_folder_that_is_gone_is_a_sentence(bench: Bench) -> None:
    with pytest.raises(ToolError, match="cannot be started"):
        await shell(bench, f": {'x' * 3_000_000}")
    gone = replace(bench.ctx, cwd=bench.folder / "gone")
    with pytest.raises(ToolError, match=r"cannot be started in .*/gone: No such file"):
        await shell_tool(ShellArgs(command="true"), gone)


@pytest.mark.parametrize("timeout", [0, -1, 3601])
def test_a_limit_out_of_bounds_is_refused(timeout: int) -> None:
    with pytest.raises(ValueError, match="timeout"):
        ShellArgs(command="true", timeout=timeout)
