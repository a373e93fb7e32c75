"""What the tour says. Kept apart from how it goes on, so that the words can be read as one text."""

THINKING = (
    "Nobody thinks here: this line is part of a script, and shows where a model's reasoning would be. "
    "It is folded when it ends; open it like any block. "
)

GREETING = """\
**Welcome to Penstock.** This is `offline/tour`: a script with **no model** behind it and no network. It plays the \
same scenes whatever you ask, but the tools are real, and so is everything they find in your folder.

First two reads at once. Reading inside the workspace folder runs unasked.
"""

NO_TOOLS = """\
**Welcome to Penstock.** This is `offline/tour`: a script with **no model** behind it and no network. No tools are \
offered here, so it only tells.
"""

LISTED = "The folder's listing has **{count}**"
EMPTY = "The folder is **empty**"
LIST_FAILED = "The listing did not work (`{why}`), and that is shown rather than hidden"
FOUND = ", and your words ({words}) turn up in it: see the `grep` row above."
NOT_FOUND = ", and a search for {words} found nothing."
GREP_FAILED = ", and the search for {words} did not work."
READING = " Next, one file: `{path}`.\n"
NOTHING_TO_READ = " There is no text file here that the tour could open, so it goes on without one.\n"

PROPOSING = """\

Now something that **changes** a file, so it waits for you. It is a scratch note in the system's temporary folder, \
nothing of yours. You see all of it before it happens:

- `y` allows it once, `s` for this session, `a` always; `e` edits it first
- `n` says no, `r` says no and tells the model why
- `z` leaves it for later: it blocks nothing else, and `ctrl+g` comes back to it

Whatever you choose, the tour goes on.
"""

EDITING = "The note is written. An edit is shown as a **diff**, and waits in the same way.\n"

DENIED = "You said no, and so nothing was done: the answer goes back to the model as the call's result.\n"
DENIED_WHY = "You said no, and so nothing was done. A model reads your reason, as this script did: “{why}”\n"
FAILED = "That did not work (`{why}`). A failed call is a result like any other; the turn goes on.\n"
EDITED = "Done: the diff stays in the transcript, and `i` on a tool row opens the inspector with all of it.\n"

KEYS = """\

## The keys

| key | what it does |
|---|---|
| `ctrl+n` | a new session |
| `ctrl+\\` | split the pane to the right |
| `F9` | the next pane |
| `ctrl+s` | sessions: a digit, or type to filter |
| `ctrl+g` | the next session that needs you |
| `ctrl+o` | how much of the tool rows is shown |
| `ctrl+f` | find in the transcript |
| `ctrl+c` | copy, clear, interrupt, quit: the first that applies |
| `ctrl+p` | every command, by name |
| `F1` | help, with all keys |

`enter` sends, `ctrl+j` makes a new line. While a turn runs, `enter` queues the prompt.

## A model of your own

1. Set `ANTHROPIC_API_KEY` or `OPENAI_API_KEY`, or start a local server (Ollama, LM Studio, llama.cpp, vLLM).
2. Start Penstock again.
3. Choose the model with `/model`.

```sh
export ANTHROPIC_API_KEY=...
penstock
```

Ask again, anything: the tour has a few more scenes. Or press `ctrl+n` now, and watch two at once.
"""

SIDE_BY_SIDE = """\
Scene two, still scripted: **many at once**.

While this text runs, press `ctrl+n` and send a prompt there, then `ctrl+\\` to see both. Each session is a task of \
its own: a hidden one goes on working, costs the screen nothing, and shows its state in the tab:

| mark | state |
|---|---|
| idle | it waits for a prompt |
| running | it streams, or a tool runs |
| asking | an approval waits for you: `ctrl+g` goes there |
| queued | prompts wait for their turn |
| failed | the last turn ended in an error, which says what to do |

Meanwhile, the Markdown files around here:
"""

AFTER_GLOB = """\
And that is the pattern of every turn: text, calls, results, text, until there is nothing left to do.

> A prompt that you send now does not disturb this one. It is queued, on disk, and survives a crash.
"""

SHELL = """\
Scene three: **a command**. Commands run with your rights. What is proven to be plain words of programs that only look \
runs unasked; everything else asks, with the exact text that would run, and says why:
"""

AFTER_SHELL = """\
Its output streamed into the row while it ran. `ctrl+c` now would interrupt the turn: the command's whole process \
group ends with it, and what had come so far stays.
"""

KEPT = """\
Scene four: **nothing is lost**.

Every word here went to disk as it came. Close the terminal, lose power, or try it the hard way from another one:

```sh
kill -9 $(pgrep -n penstock)
penstock        # tabs, splits, drafts and this sentence are back
```

- **Interrupted** text is kept and marked as cut; `/continue` asks for the rest.
- A call that had **started** when the process died is shown as *unknown*, and is never run again by itself.
- `penstock export` writes a session as Markdown or JSON lines.

That is all that a script can show. The rest needs a model: `/model`.
"""

NOTE = """\
# A note from the tour

Penstock wrote this file with your permission.
It may be deleted at any time.
"""
NOTE_OLD = "Penstock wrote this file with your permission."
NOTE_NEW = "Penstock wrote this file with your permission, and then changed this line."
