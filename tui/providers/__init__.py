"""How models are spoken to: one file for each wire format, one for a script that needs no model.

Read first: ``base`` (the protocols), then ``scripted`` (the smallest provider), then ``anthropic``.
Imported by ``tui.cli``, which composes; the engine sees ``base`` alone, the app nothing of it.
Each adapter turns its API's raw stream into four events and every failure into ``tui.errors``.
Never retries, sleeps to pace a request, repairs JSON, or keeps a key. Importing this room, ``base``,
``models``, ``scripted`` or ``tour`` loads no SDK, no HTTP client and no price list.
"""
