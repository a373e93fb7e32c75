"""What ``penstock COMMAND`` does without a screen: a module for each kind of command, behind a lazy door of ``cli``.

Each takes the parsed options and returns the exit code; what is wrong is raised as a PenstockError. Must never load
Textual, and must write to standard output only what was asked for.
"""
