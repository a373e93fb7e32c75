"""A transcript with made-up data, for the gallery: every kind of block, and one answer that never stops streaming."""

from __future__ import annotations

from itertools import cycle

from textual.widget import Widget

from widgets.blocks import Block
from widgets.transcript import Transcript

ANSWER = """\
## The flaky test

The clock is read **twice**, once in `Clock.now` and once in the test, and on a slow machine the second reading is
*later*. See [the report](https://clock.example/17).

1. Pass the clock in.
2. Advance it by hand:
   - no sleeping
   - no tolerance

```python
class Clock:
    \"\"\"Time that stands still until it is told.\"\"\"

    def now(self) -> float:
        return self._now  # never the system's
```

| test | before | after |
|:-----|-------:|:-----:|
| `test_clock` | 1.31 s | ok |
| `test_long_waits_are_cut_short_when_nobody_listens` | 12.00 s | ok |

> Tests wait for facts, never for time.
"""

BLOCKS = (
    Block(id="prompt", kind="prompt", source="Why does the clock test fail on slow machines?\nPlease mend it."),
    Block(id="thought", kind="reasoning", source="The test sleeps, so it depends on the scheduler. " * 12),
    Block(id="read", kind="tool", title="read tests/test_clock.py", status="ok", detail="0.1 s · 4 KB", source="x\n"),
    Block(id="grep", kind="tool", title="grep 'sleep' in tests", status="error", detail="no match", source="nothing\n"),
    Block(
        id="edit", kind="tool", title="edit src/clock.py", status="asking", language="diff", detail="asks you",
        source="@@ -3,3 +3,3 @@\n class Clock:\n-    return time()\n+    return self._now\n",
    ),
    Block(id="answer", kind="text", source=ANSWER),
    Block(id="notice", kind="notice", title="The stream was cut", source="What came is kept.", status="cut"),
    Block(id="divider", kind="divider", title="another model from here on"),
    Block(id="live", kind="text", streaming=True),
)  # fmt: skip

WORDS = ["The", "gate", "opens", "a", "little", "further,", "and", "the", "water", "comes", "faster.", ""]


class _Demo(Transcript):
    """The transcript, and somebody who talks."""

    def on_mount(self) -> None:
        """Start to talk."""
        self.put_all(BLOCKS)
        self.all_loaded = True
        words = cycle(WORDS)
        self.set_interval(0.05, lambda: self.grow("live", next(words) + " "))


def gallery_transcript() -> Widget:
    """The widget to show."""
    return _Demo()
