"""Full-text search over everything that was said, and the index that makes it quick.

Read first: ``find`` (what a query comes to), then ``index`` (the tables, and how far they reach) and ``texts`` (what of
an event is looked through). ``indexer`` feeds the index off the append path; ``marks`` makes the snippets.
Imported by ``tui.store.store``; others ask the store. Must never hold the writer for more than a moment, keep a text a
second time, or let what a person types reach the index as syntax.
"""
