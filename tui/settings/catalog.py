"""Every setting of config.toml, once: where it stands, what it may be, and what it does in one sentence.

The settings screen is made of this table; a test holds it equal to what ``config`` reads. Tables of a person's own
making (providers, rules, keys) have a row that says so, and are edited in the file.
"""

from collections.abc import Mapping
from functools import reduce
from typing import Any, Literal, get_args

from tui.engine.policy.rules import MODES
from tui.messages import EFFORTS
from tui.settings.config import MAX_RETRIES, MAX_SECONDS, Motion, Settings
from tui.settings.context import LEAST, MOST
from tui.settings.log import MOST_MB as MOST_LOG_MB
from tui.settings.models import LEAST_WARN, MOST_USD
from tui.settings.notify import LONGEST, How, When
from tui.settings.prompt import Enter
from tui.settings.prune import MOST_DAYS, MOST_MB
from tui.tools.sandbox import Kind as SandboxKind
from tui.tools.web import SEARCHES
from tui.value import value

Kind = Literal["text", "flag", "choice", "number", "list", "theme", "file"]
"""``theme`` is a choice of the themes there are; ``file``: to be edited in config.toml."""


@value
class Setting:
    """``held`` is where ``Settings`` has it, ``most`` the largest number, ``least`` the smallest where it is not
    anything above 0. ``live``: it holds at once, not at the next start."""

    section: str
    key: str
    kind: Kind
    says: str
    held: str = ""
    choices: tuple[str, ...] = ()
    least: float = 0.0
    most: float = 0.0
    whole: bool = False
    live: bool = False

    @property
    def name(self) -> str:
        return f"{self.section}.{self.key}" if self.section and self.key else self.section or self.key

    @property
    def place(self) -> str:
        return self.held or self.name

    def of(self, settings: Settings) -> Any:
        """Its value there."""
        return reduce(getattr, self.place.split("."), settings)

    @property
    def default(self) -> Any:
        return self.of(Settings())


def _seconds(key: str, says: str) -> Setting:
    return Setting(section="limits", key=key, kind="number", most=MAX_SECONDS, says=says)


SETTINGS: tuple[Setting, ...] = (
    Setting(section="", key="model", kind="text", live=True,
            says="The model of new sessions, PROVIDER/MODEL, until one is chosen on screen."),
    Setting(section="", key="theme", kind="theme", live=True,
            says="The colours: auto is dark or light as the terminal is, or a theme's name."),
    Setting(section="screen", key="theme_dark", kind="theme", live=True, says="What auto wears in a dark terminal."),
    Setting(section="screen", key="theme_light", kind="theme", live=True, says="What auto wears in a light one."),
    Setting(section="screen", key="motion", kind="choice", choices=get_args(Motion), live=True,
            says="reduced: nothing scrolls smoothly, and elapsed times go on every five seconds."),
    Setting(section="screen", key="mouse", kind="flag", live=True,
            says="false leaves the mouse to the terminal, which then selects text; F12 changes it for now."),
    Setting(section="prompt", key="enter", kind="choice", choices=get_args(Enter), held="prompt.enter",
            says="What enter does while a turn runs: it queues, or steers; ctrl+] does the other."),
    Setting(section="notify", key="how", kind="choice", choices=get_args(How), live=True,
            says="How the desktop is told; auto takes what the terminal is known for, else the bell."),
    Setting(section="notify", key="when", kind="choice", choices=get_args(When), live=True,
            says="unfocused: while another window has the focus; always is for terminals that do not report it."),
    Setting(section="notify", key="on", kind="list", live=True, says="What is told: asks, done, failed."),
    Setting(section="notify", key="after", kind="number", most=LONGEST, live=True,
            says="Seconds that a turn has taken before its end is told."),
    Setting(section="notify", key="title", kind="flag", live=True,
            says="Whether the terminal's title counts what asks, runs, failed and is done."),
    Setting(section="models", key="effort", kind="choice", choices=tuple(word for word in EFFORTS if word),
            says="How hard models of new sessions reason; /effort changes one session's."),
    Setting(section="models", key="fallback", kind="list",
            says="Models to ask, in this order, when one has failed for good."),
    Setting(section="budget", key="session", kind="number", most=MOST_USD, held="models.budget",
            says="What a session may cost in USD, its sub-agents included; /budget changes one session's."),
    Setting(section="budget", key="day", kind="number", most=MOST_USD, held="models.day_budget",
            says="What all sessions may cost together in a day, in USD; /budget day changes today's."),
    Setting(section="budget", key="warn", kind="number", least=LEAST_WARN, most=1.0, held="models.warn",
            says="The part of a budget from which on the inbox says so, and nothing stops; 0 for never."),
    Setting(section="context", key="compact_at", kind="number", least=LEAST, most=MOST,
            says="The part of a model's window at which the context is compacted; 0 for never."),
    Setting(section="context", key="instructions", kind="flag",
            says="Whether AGENTS.md files, yours and the project's, are read and told to models."),
    Setting(section="context", key="system", kind="text",
            says="The system prompt of new sessions, instead of the usual one; /system changes one session's."),
    Setting(section="policy", key="mode", kind="choice", choices=tuple(MODES), held="mode",
            says="How much runs unasked in new sessions."),
    Setting(section="policy", key="rules", kind="file", held="mode",
            says="What is allowed, asked or denied: [[policy.rules]]; /rules shows what holds."),
    Setting(section="sandbox", key="kind", kind="choice", choices=get_args(SandboxKind),
            says="What confines commands; auto takes the best that works here."),
    Setting(section="sandbox", key="network", kind="flag",
            says="Whether commands reach the network without asking for it."),
    Setting(section="sandbox", key="writable", kind="list",
            says="Folders that commands may write to besides the workspace."),
    Setting(section="sandbox", key="hidden", kind="list",
            says="Files and folders that no command sees, besides those that hold keys and logins."),
    Setting(section="worktrees", key="folder", kind="text",
            says="Where sessions get git worktrees of their own; empty for a folder among Penstock's data."),
    Setting(section="record", key="folder", kind="text",
            says="Where all that providers say is recorded, with its timings; empty for no recording."),
    Setting(section="log", key="sessions", kind="flag",
            says="Whether each session is also kept as readable JSON lines in a file, for other programs."),
    Setting(section="log", key="folder", kind="text",
            says="Where those files are; empty for a folder among Penstock's data."),
    Setting(section="log", key="compress", kind="number", most=MOST_LOG_MB, whole=True,
            says="Megabytes from which such a file is compressed, and a new one begun; 0 for never."),
    Setting(section="prune", key="days", kind="number", most=MOST_DAYS, whole=True,
            says="penstock prune moves archived sessions out in which nothing happened for so many days; 0 for none."),
    Setting(section="prune", key="size", kind="number", most=MOST_MB, whole=True,
            says="And the oldest archived ones, until all texts take at most so many megabytes; 0 for none."),
    Setting(section="secrets", key="mask", kind="flag",
            says="Whether secrets are masked in what goes to models, the log, exports and recordings."),
    Setting(section="secrets", key="extra", kind="list",
            says="More that is secret: regular expressions, each seen on one line."),
    Setting(section="web", key="search", kind="choice", choices=tuple(SEARCHES), says="Who searches the web."),
    Setting(section="web", key="base_url", kind="text", says="The address of the search, where it is not the usual."),
    Setting(section="web", key="key_env", kind="text", says="The variable that holds the search's key, by name."),
    Setting(section="web", key="key_command", kind="list", says="The command that prints its key, word by word."),
    _seconds("connect", "Seconds to reach a provider."),
    _seconds("first_event", "Seconds until it begins to answer."),
    _seconds("first_event_local", "Seconds until a server on this machine begins to answer."),
    _seconds("idle", "Seconds of silence within an answer."),
    _seconds("request", "Seconds that one request may take."),
    Setting(section="limits", key="retries", kind="number", most=MAX_RETRIES, whole=True,
            says="Requests after the first, where one fails in passing."),
    _seconds("retry_cap", "The longest wait, in seconds, before it is tried again."),
    Setting(section="stream", key="min_interval", kind="number", most=1.0, held="pace.min_interval",
            says="Seconds for which streamed text is joined at the least."),
    Setting(section="stream", key="max_interval", kind="number", most=1.0, held="pace.max_interval",
            says="And at the most, when the machine is busy."),
    Setting(section="providers", key="", kind="file",
            says="Who serves models: a table [providers.NAME] for each, with api, base_url, key_env and more."),
    Setting(section="keys", key="", kind="file", live=True,
            says='Other keys for actions, such as "session.new" = "ctrl+n,f4"; help shows their ids.'),
)  # fmt: skip

BY_NAME: Mapping[str, Setting] = {setting.name: setting for setting in SETTINGS}
TITLES: Mapping[str, str] = {
    "": "General",
    "screen": "Screen",
    "prompt": "Prompt",
    "notify": "Notices",
    "models": "Models",
    "budget": "Budget",
    "context": "Context",
    "policy": "Policy",
    "sandbox": "Sandbox",
    "worktrees": "Worktrees",
    "record": "Recordings",
    "log": "Session log",
    "prune": "Pruning",
    "secrets": "Secrets",
    "web": "Web",
    "limits": "Time limits",
    "stream": "Streaming",
    "providers": "Providers",
    "keys": "Keys",
}
