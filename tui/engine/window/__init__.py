"""What a model sees: the context window of the next request, what fills it, and how it is compacted.

Read first: ``context`` (history as messages), then ``filling`` (tokens by kind) and ``compaction`` (two phases).
``outgoing`` is the last wall before a provider: what is secret is masked there.
"""
