"""What is remembered: one SQLite file that holds every event of every session.

Read first: ``store`` (what the engine sees), then ``schema`` (the tables) and ``writer`` (how an event
gets there). ``codec`` and ``projections`` turn events into rows; ``batch`` is one transaction.
Imported by ``tui.app`` and ``tui.cli``; the engine sees its protocol only. May import the language
(``tui.events`` and beside), sqlite3 and aiosqlite. Must never drop an event, write outside the writer's
task, block the event loop on the disk, or know a provider, a tool or a widget.
"""
