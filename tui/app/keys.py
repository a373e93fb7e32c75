"""Every action of the program, once: its id, keys, names and where it applies.

Bindings, the footer, the help screen, the palette and the ``/`` commands are all made from
this table, so none of them can promise what another does not keep. An action without a key is
reached by the palette or its command. ``[keys]`` in config.toml binds an id to other keys.

Only keys that reach a program in a plain terminal and in tmux are the first choice; the ones
behind them (``shift+enter``, ``ctrl+tab``, ``alt+1``) work where the terminal sends them.
"""

from collections.abc import Mapping
from typing import Literal

from tui.value import value

Place = Literal["app", "prompt", "transcript", "ask", "calls", "inspector"]
Group = Literal["Sessions", "Panes", "Turn", "Transcript", "All calls", "One call", "Prompt", "Answering", "Program"]


@value
class Action:
    """One thing that a person can do.

    ``id`` is what config.toml names. ``keys`` are Textual key names, comma separated. ``title`` is a short
    verb phrase for help and palette, ``hint`` one or two words for the footer (empty: not there).
    ``command`` is its ``/`` command. ``place``: where its keys work; actions of other
    places than "app" are bound by the widgets themselves and stand here for help, footer and rebinding.
    """

    id: str
    keys: str
    title: str
    group: Group
    hint: str = ""
    command: str = ""
    place: Place = "app"
    palette: bool = True


ACTIONS: tuple[Action, ...] = (
    # Sessions
    Action(id="session.new", keys="ctrl+n", title="New session", group="Sessions", hint="new", command="new"),
    Action(id="session.next", keys="f8,ctrl+pagedown,ctrl+tab", title="Next session", group="Sessions"),
    Action(id="session.previous", keys="f7,ctrl+pageup,ctrl+shift+tab", title="Previous session", group="Sessions"),
    Action(
        id="session.pick", keys="ctrl+s", title="Sessions: by slot, or type to filter", group="Sessions",
        hint="sessions", command="sessions",
    ),
    Action(id="session.needy", keys="ctrl+g", title="Next session that needs you", group="Sessions", hint="needs me"),
    Action(id="session.rename", keys="", title="Rename this session", group="Sessions", command="rename"),
    Action(id="session.archive", keys="", title="Archive this session", group="Sessions", command="archive"),
    Action(id="session.close", keys="", title="Close this session's tab", group="Sessions", command="close"),
    Action(id="session.model", keys="", title="Choose the model", group="Sessions", command="model"),
    Action(id="session.mode", keys="", title="Mode: how much runs unasked here", group="Sessions", command="mode"),
    Action(id="session.rules", keys="", title="Rules and grants: see them, take them back", group="Sessions",
           command="rules"),
    Action(id="session.export", keys="", title="Export this session to Markdown", group="Sessions", command="export"),
    # Panes
    Action(id="pane.right", keys="ctrl+backslash", title="Split right", group="Panes", hint="split", command="split"),
    Action(id="pane.down", keys="ctrl+underscore", title="Split down", group="Panes", command="vsplit"),
    Action(id="pane.next", keys="f9", title="Next pane", group="Panes", hint="pane"),
    Action(id="pane.zoom", keys="f10", title="Zoom the pane, or undo it", group="Panes", command="zoom"),
    Action(id="pane.close", keys="", title="Close the pane; its session goes on", group="Panes", command="unsplit"),
    Action(id="pane.wider", keys="alt+right", title="Pane wider", group="Panes", command="wider"),
    Action(id="pane.narrower", keys="alt+left", title="Pane narrower", group="Panes", command="narrower"),
    Action(id="pane.taller", keys="alt+shift+down", title="Pane taller", group="Panes", command="taller"),
    Action(id="pane.shorter", keys="alt+shift+up", title="Pane shorter", group="Panes", command="shorter"),
    # Turn
    Action(
        id="turn.interrupt", keys="ctrl+c", title="Copy, clear, interrupt or quit: the first that applies",
        group="Turn", hint="interrupt", palette=False,
    ),
    Action(id="turn.stop", keys="", title="Interrupt the turn (also escape twice)", group="Turn", command="stop"),
    Action(id="turn.continue", keys="ctrl+r", title="Continue after a cut, an interrupt or a failure", group="Turn",
           hint="continue", command="continue"),
    Action(id="turn.steer", keys="ctrl+right_square_bracket", title="Send into the running turn (steer)", group="Turn"),
    Action(id="turn.retry", keys="", title="Retry now instead of waiting", group="Turn", command="retry"),
    Action(id="turn.unqueue", keys="", title="Take the last queued prompt back", group="Turn", command="unqueue"),
    Action(id="turn.send_queue", keys="", title="Send the held queue", group="Turn", command="send"),
    Action(id="turn.changes", keys="", title="What turns changed in files; undo it", group="Turn", command="changes"),
    # Transcript
    Action(id="transcript.density", keys="ctrl+o", title="Tool rows: line, summary, full", group="Transcript",
           command="density"),
    Action(id="transcript.find", keys="ctrl+f", title="Find in the transcript", group="Transcript", command="find"),
    Action(id="transcript.inspect", keys="", title="Inspect a tool call", group="Transcript", command="inspect"),
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
    # All calls: the list, and its own keys
    Action(id="calls.list", keys="f5", title="All tool calls, of this session or of every one", group="All calls",
           command="calls"),
    Action(id="table.open", keys="enter", title="Open the call", group="All calls", hint="opens", place="calls",
           palette=False),
    Action(id="calls.filter", keys="slash", title="Filter: tool:shell state:error slower:5s path:src session:2 text",
           group="All calls", hint="filters", place="calls", palette=False),
    Action(id="calls.close", keys="escape,q,f5", title="Back", group="All calls", hint="closes", place="calls",
           palette=False),
    Action(id="calls.sort", keys="s", title="Sort by time, duration, bytes or cost", group="All calls", hint="sorts",
           place="calls", palette=False),
    Action(id="calls.scope", keys="a", title="This session, or all sessions", group="All calls", hint="this or all",
           place="calls", palette=False),
    Action(id="calls.jump", keys="g", title="To the call's place in its transcript", group="All calls",
           hint="goes there", place="calls", palette=False),
    Action(id="calls.copy", keys="c", title="Copy what the call did", group="All calls", hint="copies", place="calls",
           palette=False),
    Action(id="calls.reverse", keys="S", title="The other way around", group="All calls", hint="turns around",
           place="calls", palette=False),
    Action(id="calls.inspect", keys="i", title="Inspect the call, as enter does", group="All calls", place="calls",
           palette=False),
    Action(id="table.down", keys="j,down", title="Next call", group="All calls", place="calls", palette=False),
    Action(id="table.up", keys="k,up", title="Previous call", group="All calls", place="calls", palette=False),
    Action(id="table.pagedown", keys="pagedown,ctrl+d", title="Page down", group="All calls", place="calls",
           palette=False),
    Action(id="table.pageup", keys="pageup,ctrl+u", title="Page up", group="All calls", place="calls", palette=False),
    Action(id="table.home", keys="home", title="To the beginning", group="All calls", place="calls", palette=False),
    Action(id="table.end", keys="G,end", title="To the end", group="All calls", place="calls", palette=False),
    # One call
    Action(id="inspector.close", keys="escape,q", title="Back",
           group="One call", hint="closes", place="inspector", palette=False),
    Action(id="inspector.tab", keys="1,2,3,4,5,6", title="Arguments, output, diff, timing, approval, raw events",
           group="One call", hint="to 6: tabs", place="inspector", palette=False),
    Action(id="inspector.next_tab", keys="tab", title="Next tab",
           group="One call", place="inspector", palette=False),
    Action(id="inspector.previous_tab", keys="shift+tab", title="Previous tab",
           group="One call", place="inspector", palette=False),
    Action(id="inspector.next", keys="n", title="Next call of the session (next match while one searches)",
           group="One call", hint="next", place="inspector", palette=False),
    Action(id="inspector.previous", keys="p", title="Previous call",
           group="One call", hint="previous", place="inspector", palette=False),
    Action(id="inspector.rerun", keys="r", title="Run it again, beside the conversation: no model is told",
           group="One call", hint="runs again", place="inspector", palette=False),
    Action(id="inspector.edit", keys="e", title="Run it again with other arguments",
           group="One call", hint="edits and runs", place="inspector", palette=False),
    Action(id="inspector.compare", keys="d", title="What the outputs of original and re-run differ in",
           group="One call", hint="compares", place="inspector", palette=False),
    Action(id="inspector.attach", keys="a", title="Put a re-run's output into the prompt, to edit and send",
           group="One call", hint="attaches", place="inspector", palette=False),
    Action(id="inspector.cancel", keys="x", title="Cancel this call; its turn goes on",
           group="One call", hint="cancels", place="inspector", palette=False),
    Action(id="inspector.answer", keys="y", title="To the question about this call",
           group="One call", hint="answers", place="inspector", palette=False),
    Action(id="inspector.find", keys="slash", title="Search the output; n and N go on",
           group="One call", hint="finds", place="inspector", palette=False),
    Action(id="inspector.wrap", keys="w", title="Wrap long lines, or not",
           group="One call", hint="wraps", place="inspector", palette=False),
    Action(id="inspector.side", keys="s", title="Diff side by side, or unified",
           group="One call", hint="side by side", place="inspector", palette=False),
    Action(id="inspector.follow", keys="f", title="Follow the output's end",
           group="One call", hint="follows", place="inspector", palette=False),
    Action(id="inspector.copy", keys="c", title="Copy the part that is shown",
           group="One call", hint="copies", place="inspector", palette=False),
    Action(id="inspector.save", keys="W", title="Write the part that is shown to a file",
           group="One call", hint="to file", place="inspector", palette=False),
    Action(id="inspector.editor", keys="o", title="Read it in $EDITOR",
           group="One call", hint="editor", place="inspector", palette=False),
    Action(id="inspector.jump", keys="g,enter", title="To the call's place in the transcript",
           group="One call", hint="goes there", place="inspector", palette=False),
    # Prompt
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
    Action(id="ask.reason", keys="r", title="No, with a reason; or the answer to a question", group="Answering",
           place="ask", palette=False),
    Action(id="ask.later", keys="z", title="Later", group="Answering", place="ask", palette=False),
    # Program
    Action(id="app.palette", keys="ctrl+p,f2", title="Command palette", group="Program", hint="commands",
           palette=False),
    Action(id="app.help", keys="f1,question_mark", title="Help (? outside the prompt)", group="Program", hint="help",
           command="help"),
    Action(id="app.theme", keys="", title="Dark or light theme", group="Program", command="theme"),
    Action(id="app.suspend", keys="ctrl+z", title="Suspend to the shell (outside the prompt)", group="Program"),
    Action(id="app.quit", keys="ctrl+q", title="Quit", group="Program", command="quit"),
)  # fmt: skip

FOOTER = (
    "transcript.open",
    "transcript.look",
    "transcript.copy",
    "transcript.end",
    "app.palette",
    "app.help",
    "session.new",
    "session.pick",
    "session.needy",
    "pane.right",
    "pane.next",
    "turn.interrupt",
    "prompt.newline",
)
CONTINUE = "turn.continue"
"""In the footer, and first, while there is something to continue."""
"""What the footer shows, in its order; where room is short the last ones go first."""

BY_ID: Mapping[str, Action] = {action.id: action for action in ACTIONS}
COMMANDS: Mapping[str, Action] = {action.command: action for action in ACTIONS if action.command}
