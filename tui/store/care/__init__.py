"""Looking after the store's file: what is wrong with it, copies, salvage, redaction, pruning.

Read first: ``remake`` (a new file is made beside the old one and takes its place in one step), then ``salvage``,
``redact`` and ``prune``, which are three ways to fill it. ``pages`` reads what SQLite cannot.
Imported by ``tui.commands`` and ``tui.program``; ``tui.store.presence`` imports ``swap`` alone. Must never change a
store that another process has open, nor let the old file go before the new one is whole.
"""
