"""What an agent may do: one typed function a tool, with an argument model that the model reads.

Read first: ``base`` (the shape), ``catalog`` (the table of all tools), then any tool.
Imported by ``tui.cli`` (the catalog) and the engine (``base`` alone); a tool's module is imported before its
first call, in a thread. ``child`` is the one door to other processes. Must never import the engine,
a provider or the store, write half a file, or leave a process behind.
"""
