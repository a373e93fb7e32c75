"""The command ``penstock``: reads the command line and hands over; exit codes are made here.

0 done, 1 failed, 2 wrong usage, 130 interrupted. Everything beyond the argument parser is behind a lazy
door, so that ``--help`` and ``--version`` load nothing but this file and ``options``.
"""

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from tui.errors import PenstockError, UsageError
from tui.options import parser
from tui.plain import plain, write

INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``penstock`` with ``argv`` (default: the process's). Returns the exit code."""
    try:
        return _dispatch(parser().parse_args(argv))
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
            from tui.commands.run import run_prompt  # noqa: PLC0415

            return run_prompt(options)
        case "sessions":
            from tui.commands.listing import list_sessions  # noqa: PLC0415

            return list_sessions(options)
        case "policy":
            from tui.commands.policy import check_policy  # noqa: PLC0415

            return check_policy(options)
        case "sql":
            from tui.commands.sql import ask_store  # noqa: PLC0415

            return ask_store(options)
        case "search":
            from tui.commands.search import search_store  # noqa: PLC0415

            return search_store(options)
        case "usage":
            from tui.commands.usage import print_usage  # noqa: PLC0415

            return print_usage(options)
        case "export":
            from tui.commands.exchange import export_sessions  # noqa: PLC0415

            return export_sessions(options)
        case "import":
            from tui.commands.exchange import import_sessions  # noqa: PLC0415

            return import_sessions(options)
        case "backup" | "redact" | "prune" as care:
            from tui.commands.care import back_up, prune_sessions, redact_secret  # noqa: PLC0415

            return {"backup": back_up, "redact": redact_secret, "prune": prune_sessions}[care](options)
        case _:
            from tui.commands.doctor import examine  # noqa: PLC0415

            return examine(json=options.json, repair=options.repair)


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

    return run_screen(launch(options.model, record=options.record))


def _say(sentence: str) -> None:
    """On standard error, if anybody reads it."""
    with suppress(BrokenPipeError, PenstockError):
        write(sys.stderr, plain(f"penstock: {sentence}\n"))
