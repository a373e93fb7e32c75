"""Git worktrees for sessions: made, looked at, merged back, removed; nothing is lost on the way.

Read first: ``life`` (the deeds), then ``facts`` (what only looks) and ``git`` (how git is run).
"""
