"""Every action of the program, once: its id, keys, names and where it applies.

Bindings, the footer, the help screen, the palette and the ``/`` commands are all made from
this table, so none of them can promise what another does not keep. An action without a key is
reached by the palette or its command. ``[keys]`` in config.toml binds an id to other keys.

Only keys that reach a program in a plain terminal and in tmux are the first choice; the ones
behind them (``shift+enter``, ``ctrl+tab``, ``alt+1``) work where the terminal sends them.
What screens bind for themselves is in ``screen_keys``; it is part of this table.
"""

from collections.abc import Mapping

from tui.app.action import Action as Action
from tui.app.screen_keys import SCREEN_ACTIONS

APP_ACTIONS: tuple[Action, ...] = (
    # Sessions
    Action(id="session.new", keys="ctrl+n", title="New session", group="Sessions", hint="new", command="new",
           takes="[PROMPT]"),
    Action(id="session.next", keys="f8,ctrl+pagedown,ctrl+tab", title="Next session", group="Sessions"),
    Action(id="session.previous", keys="f7,ctrl+pageup,ctrl+shift+tab", title="Previous session", group="Sessions"),
    Action(
        id="session.pick", keys="ctrl+s", title="Sessions: by slot, or type to filter", group="Sessions",
        hint="sessions", command="sessions", takes="[TEXT]",
    ),
    Action(id="session.slot", keys="alt+1,alt+2,alt+3,alt+4,alt+5,alt+6,alt+7,alt+8,alt+9",
           title="Go to the session with that number", group="Sessions", command="go", takes="N", palette=False),
    Action(id="session.needy", keys="ctrl+g", title="Next session that needs you", group="Sessions", hint="needs me"),
    Action(id="session.rename", keys="", title="Rename this session", group="Sessions", command="rename",
           takes="[TITLE]"),
    Action(id="session.archive", keys="", title="Archive this session", group="Sessions", command="archive"),
    Action(id="session.close", keys="", title="Close this session's tab", group="Sessions", command="close"),
    Action(id="session.model", keys="alt+m", title="Choose the model", group="Sessions", command="model",
           takes="[NAME]"),
    Action(id="model.effort", keys="alt+e", title="How much the model reasons: auto, low to max", group="Sessions",
           command="effort", takes="[LEVEL]"),
    Action(id="model.budget", keys="", title="What this session may cost at the most", group="Sessions",
           command="budget", takes="[5 | off | day 20 | free]"),
    Action(id="session.mode", keys="", title="Mode: how much runs unasked here", group="Sessions", command="mode",
           takes="[MODE]"),
    Action(id="session.rules", keys="", title="Rules and grants: see them, take them back", group="Sessions",
           command="rules"),
    Action(id="branch.fork", keys="", title="Fork: go on from here in a new session", group="Sessions",
           command="fork"),
    Action(id="branch.rewind", keys="", title="From an earlier prompt, in a new session", group="Sessions",
           command="rewind"),
    Action(id="branch.restore", keys="", title="Put files back as they were before a prompt", group="Sessions",
           command="restore"),
    Action(id="session.export", keys="", title="Export this session: .md, .html or .jsonl", group="Sessions",
           command="export", takes="[FILE]"),
    # Panes
    Action(id="pane.right", keys="ctrl+backslash", title="Split right", group="Panes", hint="split", command="split"),
    Action(id="pane.down", keys="ctrl+underscore", title="Split down", group="Panes", command="vsplit"),
    Action(id="pane.next", keys="f9", title="Next pane", group="Panes", hint="pane"),
    Action(id="pane.previous", keys="shift+f9", title="Previous pane", group="Panes"),
    Action(id="pane.next_tab", keys="alt+n", title="Next tab", group="Panes"),
    Action(id="pane.previous_tab", keys="alt+p", title="Previous tab", group="Panes"),
    Action(id="pane.zoom", keys="f10", title="Zoom the pane, or undo it", group="Panes", command="zoom"),
    Action(id="pane.close", keys="", title="Close the pane; its session goes on", group="Panes", command="unsplit"),
    Action(id="pane.wider", keys="alt+right", title="Pane wider", group="Panes", command="wider"),
    Action(id="pane.narrower", keys="alt+left", title="Pane narrower", group="Panes", command="narrower"),
    Action(id="pane.taller", keys="alt+shift+down", title="Pane taller", group="Panes", command="taller"),
    Action(id="pane.shorter", keys="alt+shift+up", title="Pane shorter", group="Panes", command="shorter"),
    Action(id="pane.swap", keys="alt+s", title="Swap the pane with the next one, or with session N", group="Panes",
           command="swap", takes="[N]"),
    Action(id="pane.move", keys="", title="Move the pane to another tab, or to one of its own", group="Panes",
           command="move", takes="[N | own]"),
    Action(id="pane.bring", keys="", title="Bring another session into this tab", group="Panes", command="bring",
           takes="[N]"),
    Action(id="pane.shape", keys="alt+a", title="Arrange the panes: grid, columns, rows, main", group="Panes",
           command="arrange", takes="[SHAPE]"),
    Action(id="layout.back", keys="", title="Put the panes back as before the broadcast", group="Panes",
           command="back"),
    Action(id="layout.pick", keys="", title="Layouts: arrange all tabs as a kept one says", group="Panes",
           command="layout", takes="[NAME]"),
    Action(id="layout.keep", keys="", title="Keep this layout under a name", group="Panes", command="keep-layout",
           takes="NAME",
           palette=False),
    Action(id="layout.forget", keys="", title="Forget a kept layout", group="Panes", command="forget-layout",
           takes="[NAME]"),
    # Worktrees
    Action(id="worktree.new", keys="", title="New session in a git worktree of its own", group="Worktrees",
           command="worktree", takes="[BRANCH]"),
    Action(id="worktree.list", keys="", title="Worktrees: diff, merge back, keep or remove", group="Worktrees",
           command="worktrees"),
    # Turn
    Action(
        id="turn.interrupt", keys="ctrl+c", title="Copy, clear, interrupt or quit: the first that applies",
        group="Turn", hint="interrupt", palette=False,
    ),
    Action(id="turn.stop", keys="", title="Interrupt the turn (also escape twice)", group="Turn", command="stop"),
    Action(id="turn.continue", keys="ctrl+r", title="Continue after a cut, an interrupt or a failure", group="Turn",
           hint="continue", command="continue"),
    Action(id="turn.steer", keys="ctrl+right_square_bracket", title="Send into the running turn (steer)", group="Turn"),
    Action(id="outbox.focus", keys="alt+q", title="To the queue: edit, move, steer, take back", group="Turn",
           command="queue"),
    Action(id="turn.retry", keys="", title="Retry now instead of waiting", group="Turn", command="retry"),
    Action(id="turn.unqueue", keys="", title="Take the last queued prompt back", group="Turn", command="unqueue"),
    Action(id="turn.send_queue", keys="", title="Send the held queue", group="Turn", command="send"),
    Action(id="turn.changes", keys="", title="What turns changed in files; undo it", group="Turn", command="changes"),
    # Context
    Action(id="context.show", keys="", title="Context: what fills the model's window", group="Context",
           command="context"),
    Action(id="context.compact", keys="", title="Compact the context; what you write behind it is kept in mind",
           group="Context", command="compact", takes="[WORDS]"),
    Action(id="context.system", keys="", title="The system prompt of this session", group="Context",
           command="system", takes="[TEXT]"),
    # Transcript
    Action(id="transcript.density", keys="ctrl+o", title="Tool rows: line, summary, full", group="Transcript",
           command="density", takes="[LEVEL]"),
    Action(id="transcript.find", keys="ctrl+f", title="Find in the transcript", group="Transcript", command="find",
           takes="[TEXT]"),
    Action(id="transcript.find_too", keys="slash", title="Find, where nothing is typed", group="Transcript",
           palette=False),
    Action(id="transcript.inspect", keys="", title="Inspect a tool call", group="Transcript", command="inspect"),
    # Replay
    Action(id="replay.open", keys="", title="Replay this session, from the block that is pointed at", group="Replay",
           command="replay", takes="[ENTRY]"),
    # Comparing
    Action(id="compare.send", keys="", title="Send one prompt to several sessions or models", group="Comparing",
           command="broadcast", takes="[PROMPT]"),
    Action(id="compare.show", keys="alt+c", title="Compare the sessions that were sent the same prompt",
           group="Comparing",
           command="compare"),
    # All calls
    Action(id="calls.list", keys="f5", title="All tool calls, of this session or of every one", group="All calls",
           command="calls", takes="[FILTER]"),
    # Search
    Action(id="search.open", keys="f6", title="Search everything that was ever said, in every session", group="Search",
           command="search", takes="[TEXT]"),
    # Inbox
    Action(id="inbox.open", keys="f3", title="Inbox: all that waits for you, in every session", group="Inbox",
           hint="inbox", command="inbox"),
    # Ledger
    Action(id="ledger.open", keys="", title="Ledger: what models cost, by day, session, model or tool",
           group="Ledger", command="ledger", takes="[day | session | model | tool]"),
    Action(id="ledger.usage", keys="", title="The ledger, by its other name", group="Ledger", command="usage",
           takes="[day | session | model | tool]", palette=False),
    # Query
    Action(id="query.open", keys="", title="The store in SQL: ask it anything", group="Query", command="sql",
           takes="[QUERY]"),
    # In and out
    Action(id="exchange.import", keys="", title="Import a session: ours, of Claude Code or of Codex CLI",
           group="In and out", command="import", takes="[FILE]"),
    # Prompt
    Action(id="draft.editor", keys="f4", title="Edit the prompt in $EDITOR", group="Prompt", command="editor"),
    Action(id="draft.image", keys="", title="Attach an image, or paste its path", group="Prompt",
           command="image", takes="PATH", palette=False),
    # Program
    Action(id="app.palette", keys="ctrl+p,f2", title="Command palette", group="Program", hint="commands",
           palette=False),
    Action(id="app.help", keys="f1", title="Help: all keys, those of where you are first", group="Program",
           hint="help", command="help", takes="[WORDS]"),
    Action(id="app.help_too", keys="question_mark", title="Help, where nothing is typed", group="Program",
           palette=False),
    Action(id="app.theme", keys="", title="Themes: dark, light, as the terminal is, your own", group="Program",
           command="theme", takes="[NAME]"),
    Action(id="app.settings", keys="ctrl+comma", title="Settings", group="Program", command="settings", takes="[TEXT]"),
    Action(id="app.select_text", keys="f12", title="Let the terminal select text, or take the mouse back",
           group="Program", command="mouse"),
    Action(id="app.suspend", keys="ctrl+z", title="Suspend to the shell (outside the prompt)", group="Program"),
    Action(id="app.quit", keys="ctrl+q", title="Quit", group="Program", command="quit"),
)  # fmt: skip

PANE_ACTIONS: tuple[Action, ...] = (
    # Transcript
    Action(id="transcript.down", keys="j,down", title="Next block", group="Transcript", place="transcript",
           palette=False),
    Action(id="transcript.up", keys="k,up", title="Previous block", group="Transcript", place="transcript",
           palette=False),
    Action(id="transcript.open", keys="enter,space", title="Open or fold the block", group="Transcript", hint="open",
           place="transcript", palette=False),
    Action(id="transcript.look", keys="i", title="Inspect the call", group="Transcript", hint="inspect",
           place="transcript", palette=False),
    Action(id="transcript.copy", keys="c", title="Copy the block's source", group="Transcript", hint="copy",
           place="transcript", palette=False),
    Action(id="transcript.attach", keys="a", title="Put what you ran into the prompt", group="Transcript",
           place="transcript", palette=False),
    Action(id="transcript.cancel", keys="x", title="End the call now; its turn goes on", group="Transcript",
           place="transcript", palette=False),
    Action(id="transcript.fork", keys="f", title="Fork here: a new session that goes on from this block",
           group="Transcript", hint="fork", place="transcript", palette=False),
    Action(id="transcript.rewind", keys="b", title="Back to this prompt: say it another way, in a new session",
           group="Transcript", hint="back", place="transcript", palette=False),
    Action(id="transcript.replay", keys="p", title="Replay the session from this block on", group="Transcript",
           place="transcript", palette=False),
    Action(id="transcript.end", keys="G,end", title="To the end, and follow", group="Transcript", hint="end",
           place="transcript", palette=False),
    Action(id="transcript.home", keys="g,home", title="To the beginning", group="Transcript", place="transcript",
           palette=False),
    Action(id="transcript.pagedown", keys="pagedown", title="Page down", group="Transcript", place="transcript",
           palette=False),
    Action(id="transcript.pageup", keys="pageup", title="Page up", group="Transcript", place="transcript",
           palette=False),
    Action(id="transcript.halfdown", keys="ctrl+d", title="Half a page down", group="Transcript", place="transcript",
           palette=False),
    Action(id="transcript.halfup", keys="ctrl+u", title="Half a page up", group="Transcript", place="transcript",
           palette=False),
    Action(id="transcript.next_match", keys="n", title="Next match", group="Transcript", place="transcript",
           palette=False),
    Action(id="transcript.previous_match", keys="N", title="Previous match", group="Transcript", place="transcript",
           palette=False),
    # Queue
    Action(id="queue.down", keys="j,down", title="Next queued prompt", group="Queue", place="queue", palette=False),
    Action(id="queue.up", keys="k,up", title="Previous queued prompt", group="Queue", place="queue", palette=False),
    Action(id="queue.home", keys="g,home", title="First queued prompt", group="Queue", place="queue", palette=False),
    Action(id="queue.end", keys="G,end", title="Last queued prompt", group="Queue", place="queue", palette=False),
    Action(id="queue.later", keys="J,alt+down", title="Send it later: behind the next one", group="Queue",
           place="queue", palette=False),
    Action(id="queue.sooner", keys="K,alt+up", title="Send it sooner: before the one above", group="Queue",
           place="queue", palette=False),
    Action(id="queue.edit", keys="e", title="Edit it in the prompt; enter saves, escape leaves it", group="Queue",
           place="queue", palette=False),
    Action(id="queue.enter", keys="enter", title="Edit it; send the queue where that is held", group="Queue",
           place="queue", palette=False),
    Action(id="queue.steer", keys="s", title="Into the running turn at its next step, or after it", group="Queue",
           place="queue", palette=False),
    Action(id="queue.withdraw", keys="x,delete", title="Take it back into the prompt", group="Queue", place="queue",
           palette=False),
    Action(id="queue.leave", keys="escape,tab,shift+tab", title="Back to the prompt", group="Queue", place="queue",
           palette=False),
    # Prompt
    Action(id="prompt.shell", keys="!", title="First: a shell command; !! attaches output",
           group="Prompt", place="prompt", palette=False),
    Action(id="prompt.send", keys="enter", title="Send; queue while a turn runs", group="Prompt", place="prompt",
           palette=False),
    Action(id="prompt.newline", keys="ctrl+j,shift+enter", title="New line", group="Prompt", hint="new line",
           place="prompt", palette=False),
    Action(id="prompt.history", keys="up,down", title="History, on the first and last line", group="Prompt",
           place="prompt", palette=False),
    Action(id="prompt.transcript", keys="tab,alt+up,alt+down", title="To the transcript", group="Prompt",
           place="prompt", palette=False),
    Action(id="prompt.files", keys="@", title="Complete a file name", group="Prompt", place="prompt", palette=False),
    Action(id="prompt.commands", keys="/", title="Commands, at the beginning", group="Prompt", place="prompt",
           palette=False),
    # Answering
    Action(id="ask.once", keys="y", title="Allow once", group="Answering", place="ask", palette=False),
    Action(id="ask.session", keys="s", title="Allow for this session", group="Answering", place="ask", palette=False),
    Action(id="ask.always", keys="a", title="Allow always: shows the rule first", group="Answering", place="ask",
           palette=False),
    Action(id="ask.edit", keys="e", title="Edit the arguments, then run", group="Answering", place="ask",
           palette=False),
    Action(id="ask.option", keys="1,2,3,4,5,6,7,8", title="An agent's question: one of its options", group="Answering",
           place="ask", palette=False),
    Action(id="ask.no", keys="n", title="No", group="Answering", place="ask", palette=False),
    Action(id="ask.reason", keys="r", title="No, with a reason; the answer to a question; go on after a failure",
           group="Answering",
           place="ask", palette=False),
    Action(id="ask.later", keys="z", title="Later", group="Answering", place="ask", palette=False),
    Action(id="ask.away", keys="x", title="In the inbox: put a failed turn away", group="Answering", place="ask",
           palette=False),
    Action(id="ask.send", keys="c", title="In the inbox: send prompts that are held", group="Answering", place="ask",
           palette=False),
)  # fmt: skip

ACTIONS: tuple[Action, ...] = (*APP_ACTIONS, *PANE_ACTIONS, *SCREEN_ACTIONS)

HELP = "help"
"""The id of the screen that a second f1 closes."""
BY_ID: Mapping[str, Action] = {action.id: action for action in ACTIONS}
COMMANDS: Mapping[str, Action] = {action.command: action for action in ACTIONS if action.command}


def about(action: Action) -> str:
    """What a command takes and does, beside its name."""
    return f"{action.takes} {action.title}".strip()
