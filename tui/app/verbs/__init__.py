"""What the actions of the keys table do: a group of verbs for each first word of their ids.

``Verbs.run("pane.zoom")`` calls ``zoom`` of the group "pane", with what follows a ``/`` command. Read first:
verbs.py (all groups), base.py (the shape of one). Every action of the place "app" has its verb: a test holds it.
Imported by ``tui.app.app`` alone. A verb says on screen what it cannot do (PenstockError), and imports a screen
only when it opens it.
"""
