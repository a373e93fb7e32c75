"""What a transcript shows of a log: entries as blocks, the live and the long past alike.

Read first: ``present``.
"""
