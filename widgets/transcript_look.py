"""The transcript's default colours, all from the theme's variables; and its keys."""

from __future__ import annotations

from textual.binding import Binding, BindingType

CSS = """
Transcript {
    overflow-x: hidden;
    overflow-y: scroll;
    scrollbar-size-vertical: 1;
    scrollbar-gutter: stable;
    background: $background;
    color: $foreground;
    pointer: text;
}
Transcript > .transcript--h1 { color: $primary; text-style: bold underline; }
Transcript > .transcript--h2 { color: $primary; text-style: bold; }
Transcript > .transcript--h3 { color: $foreground; text-style: bold; }
Transcript > .transcript--h4 { color: $foreground; text-style: bold italic; }
Transcript > .transcript--h5 { color: $foreground; text-style: italic; }
Transcript > .transcript--h6 { color: $foreground 70%; text-style: italic; }
Transcript > .transcript--em { text-style: italic; }
Transcript > .transcript--strong { text-style: bold; }
Transcript > .transcript--strike { text-style: strike; }
Transcript > .transcript--code { color: $text-accent; background: $foreground 8%; }
Transcript > .transcript--link { color: $text-primary; text-style: underline; }
Transcript > .transcript--muted { color: $foreground 70%; }
Transcript > .transcript--bullet { color: $primary; }
Transcript > .transcript--rule { color: $foreground 30%; }
Transcript > .transcript--quote-bar { color: $foreground 35%; }
Transcript > .transcript--codeblock { background: $foreground 6%; }
Transcript > .transcript--code-label { color: $foreground 60%; }
Transcript > .transcript--code-keyword { color: $text-secondary; text-style: bold; }
Transcript > .transcript--code-string { color: $text-success; }
Transcript > .transcript--code-number { color: $text-warning; }
Transcript > .transcript--code-comment { color: $foreground 65%; text-style: italic; }
Transcript > .transcript--code-function { color: $text-primary; }
Transcript > .transcript--code-type { color: $text-accent; }
Transcript > .transcript--code-inserted { color: $text-success; background: $success 12%; }
Transcript > .transcript--code-deleted { color: $text-error; background: $error 12%; }
Transcript > .transcript--code-muted { color: $foreground 65%; }
Transcript > .transcript--prompt { background: $primary 10%; }
Transcript > .transcript--prompt-bar { color: $primary; }
Transcript > .transcript--reasoning { color: $foreground 70%; text-style: italic; }
Transcript > .transcript--notice { color: $foreground 70%; }
Transcript > .transcript--tool-name { text-style: bold; }
Transcript > .transcript--tool-summary { color: $foreground 75%; }
Transcript > .transcript--detail { color: $foreground 65%; }
Transcript > .transcript--state-none { color: $foreground 70%; }
Transcript > .transcript--state-waiting { color: $foreground 70%; }
Transcript > .transcript--state-asking { color: $text-warning; text-style: bold; }
Transcript > .transcript--state-running { color: $text-primary; }
Transcript > .transcript--state-ok { color: $text-success; }
Transcript > .transcript--state-error { color: $text-error; }
Transcript > .transcript--state-denied { color: $text-error; }
Transcript > .transcript--state-cancelled { color: $text-warning; }
Transcript > .transcript--state-timed_out { color: $text-warning; }
Transcript > .transcript--state-unknown { color: $text-warning; }
Transcript > .transcript--state-cut { color: $text-warning; }
Transcript > .transcript--cursor { color: $accent; }
Transcript > .transcript--match { background: $warning 35%; color: $foreground; }
Transcript > .transcript--match-current { background: $warning; color: auto; }
"""

BINDINGS: list[BindingType] = [
    Binding("j,down", "down", "Next block", id="transcript.down", show=False),
    Binding("k,up", "up", "Previous block", id="transcript.up", show=False),
    Binding("pagedown", "page(1)", "Page down", id="transcript.pagedown", show=False),
    Binding("pageup", "page(-1)", "Page up", id="transcript.pageup", show=False),
    Binding("ctrl+d", "half_page(1)", "Half a page down", id="transcript.halfdown", show=False),
    Binding("ctrl+u", "half_page(-1)", "Half a page up", id="transcript.halfup", show=False),
    Binding("g,home", "home", "Beginning", id="transcript.home", show=False),
    Binding("G,end", "end", "End, and follow", id="transcript.end", show=False),
    Binding("enter,space", "open", "Open", id="transcript.open"),
    Binding("c", "copy", "Copy", id="transcript.copy"),
    Binding("i", "inspect", "Inspect", id="transcript.look"),
    Binding("a", "attach", "Attach", id="transcript.attach", show=False),
    Binding("x", "cancel", "Cancel", id="transcript.cancel", show=False),
    Binding("f", "branch(False)", "Fork", id="transcript.fork", show=False),
    Binding("b", "branch(True)", "Rewind", id="transcript.rewind", show=False),
    Binding("p", "replay", "Replay", id="transcript.replay", show=False),
    Binding("n", "match(1)", "Next match", id="transcript.next_match", show=False),
    Binding("N", "match(-1)", "Previous match", id="transcript.previous_match", show=False),
]
