"""Penstock, the program: many AI agent sessions on one screen, and nothing of them lost or hidden.

Read first: ``errors``, ``messages``, ``events`` and ``state`` (the language that every room speaks), then
``engine/log``. Rooms: ``providers`` (models), ``tools``, ``store``, ``engine`` (what runs), ``app`` (what is seen).
``cli`` starts it all and ``program`` puts concrete rooms together; nobody imports those two.
A room imports only rooms below it. Must never hold code itself: this file stays a card.
"""
