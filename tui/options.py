"""The command line's words: every command, its options and its help. Loads nothing but the argument parser."""

import argparse

MODES = ("read-only", "ask", "accept-edits", "autonomous")
"""As in ``tui.engine.policy.rules``, which is not loaded for help."""

_EPILOG = """\
Without a command, the full-screen workspace opens on the current folder. Without any key it opens on
offline/tour, a scripted guide. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
"""


def parser() -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser(
        prog="penstock", description="A terminal workspace for many AI agent sessions.", epilog=_EPILOG
    )
    whole.add_argument("--version", action=_Version, nargs=0, help="say which version this is")
    whole.add_argument("--model", default="", metavar="PROVIDER/MODEL", help="the model for new sessions")
    whole.add_argument("--record", nargs="?", const="-", default="", metavar="FOLDER", help=(
        "keep all that providers say, with timings, in FOLDER, or among Penstock's data"
    ))  # fmt: skip
    commands = whole.add_subparsers(dest="command", metavar="COMMAND")
    run = commands.add_parser("run", help="run one prompt without a screen", description=(
        "Runs one prompt in the current folder and prints the answer. Standard input is added to the prompt. What "
        "reads inside the folder runs; nothing that writes or runs is done unless --allow names its tool."
    ))  # fmt: skip
    run.add_argument("prompt", nargs="*", help="the prompt; standard input where it is left out")
    run.add_argument("--model", dest="run_model", default="", metavar="PROVIDER/MODEL", help="the model to ask")
    run.add_argument("--record", dest="run_record", default="", metavar="FILE", help=(
        "keep all that the provider says in FILE; --model replay:FILE plays it again"
    ))  # fmt: skip
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
    export = commands.add_parser("export", help="print one session whole, or write any number to files")
    export.add_argument("id", nargs="*", help="its id, or the beginning of it")
    export.add_argument("--all", action="store_true", help="every session of every folder, into the folder of -o")
    form = "Markdown, a page that stands alone, or lossless JSON lines; else as FILE's name says"
    export.add_argument("--format", choices=("md", "html", "jsonl"), default="", help=form)
    export.add_argument("-o", "--output", default="", metavar="FILE", help="write to FILE, or into a folder")
    bring = commands.add_parser("import", help="take sessions from files, also of other programs", description=(
        "Takes sessions into the store: JSON lines of `penstock export`, Claude Code's files "
        "(~/.claude/projects) and Codex CLI's (~/.codex/sessions). What is there already is not taken twice; what is "
        "not understood is kept as it is, and said."
    ))  # fmt: skip
    bring.add_argument("files", nargs="+", metavar="FILE", help="files, folders, or - for standard input")
    bring.add_argument("--dry-run", action="store_true", help="say what would come, and take nothing")
    bring.add_argument("--json", action="store_true", help="one line of JSON for each session")
    search = commands.add_parser("search", help="find what was ever said, in every session", description=(
        'Words, "a phrase", pref*, -not, and in: model: tool: state: session: before: after: path: has:image. '
        "Behind -- a word may begin with a dash. Exit code 1 where nothing is found."
    ))  # fmt: skip
    search.add_argument("words", nargs="*", metavar="TEXT", help="what to look for, such as: valve in:output after:3d")
    search.add_argument("--newest", action="store_true", help="newest first instead of best first")
    search.add_argument("--limit", type=count, default=50, metavar="N", help="at most N lines (50); 0 for all")
    search.add_argument("--json", action="store_true", help="one line of JSON for each")
    sql = commands.add_parser("sql", help="ask the store in SQL; it only reads", description=(
        "Runs one SQL statement that reads: over the views sessions, turns, messages, tool_calls, approvals, usage and "
        "files_touched. SELECT * FROM contract tells their columns."
    ))  # fmt: skip
    sql.add_argument("query", nargs="?", default="-", metavar="QUERY", help="the statement; - for standard input")
    form = sql.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one array of objects")
    form.add_argument("--lines", action="store_true", help="one line of JSON for each row")
    form.add_argument("--csv", action="store_true", help="comma-separated values, with a line of names")
    sql.add_argument("--limit", type=count, default=10_000, metavar="ROWS", help="at most so many; 0 for all")
    sql.add_argument("--timeout", type=seconds, default=60.0, metavar="SECONDS", help="0 for no limit; 60")
    usage = commands.add_parser("usage", help="what models cost and used, by day, session, model or tool", description=(
        "Sums over all sessions, at the prices of the day on which a request was sent. TIME is 7d, 12h, today, "
        "yesterday, 2026-11-01 or 2026-11-01T14:00; of --until a day's end is meant. What has no known price is "
        "counted, and never taken for nothing. The cost of a tool's calls is an estimate."
    ))  # fmt: skip
    usage.add_argument("--by", choices=("day", "session", "model", "tool"), default="day", help="a line for each; day")
    usage.add_argument("--since", default="", metavar="TIME", help="what was sent from then on")
    usage.add_argument("--until", default="", metavar="TIME", help="what was sent before then")
    form = usage.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON object, with the sum of all")
    form.add_argument("--csv", action="store_true", help="comma-separated values, with a line of names")
    _care(commands)
    return whole


def _care(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    doctor = commands.add_parser("doctor", help="look at the installation, the store and the terminal", description=(
        "Looks at versions, folders, the store, the sandbox, keys (by name) and the terminal. Each line is ok, ?? for "
        "something to look at, or !! for something wrong, and says what to do. The exit code is 1 when anything is "
        "wrong. Nothing is changed without --repair."
    ))  # fmt: skip
    doctor.add_argument("--json", action="store_true", help="one line of JSON for each: name, state, text")
    doctor.add_argument("--repair", action="store_true", help=(
        "where the store is damaged, read what can be read into a new file, say what could not, and keep the old "
        "file beside it; Penstock must not be open"
    ))  # fmt: skip
    backup = commands.add_parser("backup", help="copy the store to a file, also while Penstock runs", description=(
        "Copies all sessions, drafts and layouts to one file, readable by you alone, while Penstock may go on running. "
        "The copy is checked before it stands under its name. To use it, put it in the store's place (penstock doctor "
        "says where) while Penstock is closed, or name a folder with PENSTOCK_HOME."
    ))  # fmt: skip
    backup.add_argument("file", metavar="FILE", help="where to; a file that is there stays, without --force")
    backup.add_argument("--force", action="store_true", help="replace a file that is there")
    redact = commands.add_parser("redact", help="take a secret out of everything that is stored", description=(
        "Asks for a secret, or reads it from standard input (never from the command line, which others can see), and "
        "says in how many places of which sessions it stands: as it is, escaped in JSON, in URLs and HTML, in base64 "
        "and hexadecimal, in compressed outputs, and split over streamed pieces. After a yes it is covered in the log, "
        "and everything else is made again without it, so that no byte of it is left in the store's files. A note "
        "stays that says when and how much. This cannot be undone, and Penstock must not be open. Have the secret "
        "replaced by whoever issued it all the same: what was sent to a model has left this machine."
    ))  # fmt: skip
    redact.add_argument("--yes", action="store_true", help="do it; needed where nobody can be asked")
    prune = commands.add_parser("prune", help="move old archived sessions out of the store", description=(
        "Says which archived sessions are old enough, by --days or --size or [prune] in config.toml, and with --yes "
        "moves them to a file beside the store. Nothing else is ever moved: what is not archived, what runs or waits, "
        "and what another session was forked from stays. For 30 days --undo brings them back; files that are older go "
        "at the next pruning. Nothing is pruned by itself."
    ))  # fmt: skip
    prune.add_argument("--days", type=count, default=None, metavar="N", help="archived and unchanged for N days")
    prune.add_argument("--size", type=count, default=None, metavar="MB", help=(
        "the oldest archived ones until all texts take MB megabytes"
    ))  # fmt: skip
    prune.add_argument("--dry-run", action="store_true", help="only say what would go, as without --yes")
    prune.add_argument("--yes", action="store_true", help="move them")
    prune.add_argument("--undo", action="store_true", help="bring back what was moved last")


def count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError
    return number


def seconds(text: str) -> float:
    number = float(text)
    if not 0 <= number < float("inf"):
        raise ValueError
    return number


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
