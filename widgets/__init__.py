"""The parts box: Textual widgets that know nothing of agents.

A widget knows values and verbs: it is told by methods, it tells by nested ``Message`` classes with a
``control``, and it runs alone in the gallery (``python -m widgets NAME``). Text from outside is never
parsed as markup; every colour is a theme variable; nothing here keeps a timer while it is idle.
Read ``tab_strip`` first (small), then ``split`` and ``transcript``. Anybody may import this room; it
imports Textual, Rich, markdown-it, pygments and the standard library, and never ``tui``.
"""
