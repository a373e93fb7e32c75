"""What runs: sessions, turns, steps and calls, as tasks on one asyncio loop.

Read first: ``log`` (what is true), then ``turn`` (the loop) and ``session`` (a person's verbs). Rooms of its own:
``calls`` (one tool call), ``policy`` (may it run), ``window`` (what a model sees), ``changes`` (what turns did to
files), ``worktrees``. Imported by ``tui.app`` and ``tui.cli``. Sees ``providers.base``, ``tools.base`` and the store's
protocol, never a concrete provider or tool. Must never import Textual, block the loop, or lose an event.
"""
