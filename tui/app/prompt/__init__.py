"""The lower half of a pane: what is being written, what waits to be sent, and what both need from outside.

Read first: ``desk``.
"""
