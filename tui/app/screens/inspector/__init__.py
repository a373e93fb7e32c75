"""One call, whole. Read ``screen`` first: the tabs and what stands in them; ``deeds`` adds what can be done from there.

``subject`` says what there is to say of a call, ``sheets`` writes the sheets of timing and approval, ``paper`` brings
parts out of the program. The verbs of ``tui.app`` alone open it; it changes nothing but by the session's own verbs.
"""

from tui.app.screens.inspector.deeds import InspectorScreen

__all__ = ["InspectorScreen"]
