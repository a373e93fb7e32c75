"""What is seen: the only room of ``tui`` that knows Textual.

Read first: ``app`` (the program's frame), ``screens/workspace`` (the main screen), ``pane`` (one session on
screen), ``history/present`` (log entries to transcript blocks), ``keys`` (every action there is) and ``verbs`` (what
each does). Imported by ``tui.cli`` alone, through a lazy door. Must never import an SDK or sqlite, await a
model, keep a second history, or run a timer while nothing runs.
"""
