"""Sessions that stand in files: our own JSON lines, Claude Code's and Codex CLI's.

Read first: ``story`` (what another program's session is made of, and the events that it becomes), then ``found``
(which program wrote a file) and ``taking`` (from there into the store). Each reader is tolerant: what it does not
know is counted, kept as it stands and said; nothing in a file makes it raise.
May be imported by commands and by the app. Must never import the store itself, write outside it, or guess words that
a file does not hold.
"""
