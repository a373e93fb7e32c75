"""The command ``penstock``: reads the command line and hands over; exit codes are made here.

0 done, 1 failed, 2 wrong usage, 130 interrupted. Everything beyond the argument parser is behind a lazy
door, so that ``--help`` and ``--version`` load nothing but this file.
"""

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from tui.errors import PenstockError, UsageError
from tui.plain import plain, write

INTERRUPTED = 130
MODES = ("read-only", "ask", "accept-edits", "autonomous")
"""As in ``tui.engine.policy.rules``, which is not loaded for help."""

_EPILOG = """\
Without a command, the full-screen workspace opens on the current folder. Without any key it opens on
offline/tour, a scripted guide. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``penstock`` with ``argv`` (default: the process's). Returns the exit code."""
    try:
        return _dispatch(_parser().parse_args(argv))
    except UsageError as error:
        _say(error.sentence())
        return 2
    except PenstockError as error:
        _say(error.sentence())
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # nobody reads
        return 1


def _dispatch(options: argparse.Namespace) -> int:
    match options.command:
        case None:
            return _screen(options)
        case "run":
            from tui.headless import run_prompt  # noqa: PLC0415

            return run_prompt(options)
        case "sessions":
            from tui.listing import list_sessions  # noqa: PLC0415

            return list_sessions(options)
        case "policy":
            from tui.policy_check import check_policy  # noqa: PLC0415

            return check_policy(options)
        case "export":
            from tui.listing import export_session  # noqa: PLC0415

            return export_session(options)
        case _:
            from tui.doctor import examine  # noqa: PLC0415

            return examine()


def _screen(options: argparse.Namespace) -> int:
    for name, stream in (("input", sys.stdin), ("output", sys.stdout)):
        if stream is None or not stream.isatty():
            raise UsageError(
                f"The workspace needs a terminal, and standard {name} is none.",
                hint='`penstock run "..."` works without one.',
            )
    term = os.environ.get("TERM", "")
    if term in ("dumb", "unknown", ""):
        raise UsageError(
            f"This terminal (TERM={term}) cannot show a full screen.", hint='`penstock run "..."` works without one.'
        )
    gc.disable()  # until the first frame: collecting while modules load costs a quarter of the start, and finds nothing
    from tui.program import launch  # noqa: PLC0415
    from tui.screen import run_screen  # noqa: PLC0415

    return run_screen(launch(options.model))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="penstock", description="A terminal workspace for many AI agent sessions.", epilog=_EPILOG
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="say which version this is")
    parser.add_argument("--model", default="", metavar="PROVIDER/MODEL", help="the model for new sessions")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    run = commands.add_parser("run", help="run one prompt without a screen", description=(
        "Runs one prompt in the current folder and prints the answer. Standard input is added to the prompt. What "
        "reads inside the folder runs; nothing that writes or runs is done unless --allow names its tool."
    ))  # fmt: skip
    run.add_argument("prompt", nargs="*", help="the prompt; standard input where it is left out")
    run.add_argument("--model", dest="run_model", default="", metavar="PROVIDER/MODEL", help="the model to ask")
    run.add_argument("--json", action="store_true", help="print every event as one line of JSON")
    run.add_argument("--plain", action="store_true", help="tell every event in a sentence, for a screen reader")
    run.add_argument("--allow", default="", metavar="TOOL,...", help="tools that may write or run; all for every one")
    run.add_argument("--mode", default="", choices=MODES, help="how much runs unasked")
    policy = commands.add_parser("policy", help="say whether a command or call would run, ask or be denied")
    policy.add_argument("command_line", nargs="?", default="", metavar="COMMAND", help="a command line, in quotes")
    policy.add_argument("--tool", default="", metavar="NAME", help="a tool; shell where it is left out")
    policy.add_argument("--args", default="", metavar="JSON", help="its arguments, as a model would send them")
    policy.add_argument("--mode", default="", choices=MODES, help="as if the session were in this mode")
    policy.add_argument("--json", action="store_true", help="one line of JSON")
    sessions = commands.add_parser("sessions", help="list this folder's sessions")
    sessions.add_argument("--all", action="store_true", help="of all folders, and archived ones")
    sessions.add_argument("--json", action="store_true", help="one line of JSON for each")
    export = commands.add_parser("export", help="print one session whole")
    export.add_argument("id", help="its id, or the beginning of it")
    export.add_argument("--format", choices=("md", "jsonl"), default="md", help="Markdown, or lossless JSON lines")
    export.add_argument("-o", "--output", default="", metavar="FILE", help="write to FILE instead of standard output")
    commands.add_parser("doctor", help="look at the installation, the store and the terminal")
    return parser


class _Version(argparse.Action):
    """Looks the version up when it is asked for: that costs a tenth of the first frame."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print(f"penstock {_version()}")
        parser.exit()


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415

    try:
        return version("penstock")
    except PackageNotFoundError:
        return "(not installed)"


def _say(sentence: str) -> None:
    """On standard error, if anybody reads it."""
    with suppress(BrokenPipeError, PenstockError):
        write(sys.stderr, plain(f"penstock: {sentence}\n"))
