"""What turns did to files: kept before it happens, shown as a diff, undone, and compared between sessions.

Read first: ``checkpoints``.
"""
