"""What the public views hold: for each column its name, its type, the SQL that makes it and what it means.

A text stands in an event's JSON, whole, or as the hash of a blob. Whatever reads JSON here asks first whether it is
some: one damaged entry must not make every query fail.
"""

from tui.value import value


@value
class ViewColumn:
    """``type`` is what ``typeof`` says of every value that is not NULL: text, integer or real."""

    name: str
    type: str
    sql: str
    meaning: str


@value
class View:
    name: str
    meaning: str
    source: str
    columns: tuple[ViewColumn, ...]


def _plain(table: str, type: str, **meanings: str) -> tuple[ViewColumn, ...]:
    return tuple(ViewColumn(name=n, type=type, sql=f"{table}.{n}", meaning=m) for n, m in meanings.items())


def _one(name: str, type: str, sql: str, meaning: str) -> ViewColumn:
    return ViewColumn(name=name, type=type, sql=sql, meaning=meaning)


def _time(name: str, sql: str, meaning: str) -> tuple[ViewColumn, ViewColumn]:
    """A moment twice: ``NAME_at`` for reckoning, ``NAME_utc`` for reading."""
    epoch, written = (f"{name}_at", f"{name}_utc") if name else ("at", "utc")
    iso = f"strftime('%Y-%m-%dT%H:%M:%fZ', {sql}, 'unixepoch')"
    return (
        _one(epoch, "real", sql, f"{meaning}, in UTC epoch seconds"),
        _one(written, "text", iso, f"{epoch} as ISO 8601, to the millisecond"),
    )


def _text(
    name: str, path: str, where: str, meaning: str, *, stream: tuple[str, str] | None = None
) -> tuple[ViewColumn, ...]:
    """A text of the entry e that ``where`` finds: itself, where it is kept, and the blob that it is where it is long.

    ``stream``: the condition under which it still grows, and the id of what its scratch belongs to.
    """
    kind, blob = f"json_type(e.body, {path})", f"""json_extract(e.body, {path} || '."$blob"')"""
    here = f"json_valid(e.body) AND {kind} = 'text'"
    kept = (
        f"CASE WHEN NOT json_valid(e.body) THEN 'damaged' WHEN {kind} = 'text' THEN 'here'"
        f" WHEN {blob} IS NOT NULL THEN 'blob' WHEN {kind} = 'object' THEN 'base64' END"
    )
    text = _of_entry(f"CASE WHEN {here} THEN json_extract({_WITHOUT_NULL}, {path}) END", where)
    place = _of_entry(kept, where)
    told = (
        f"where {name} is: here; blob (over 64 KB: {name} is NULL, see {name}_blob); base64 (no UTF-8: {name} is NULL,"
        f" the entry has it); {'stream (it still grows); ' * bool(stream)}damaged. NULL where there is none"
    )
    if stream is not None:
        text = f"CASE WHEN {stream[0]} THEN {_streamed(stream[1])} ELSE {text} END"
        place = f"CASE WHEN {stream[0]} THEN 'stream' ELSE {place} END"
    return (
        _one(name, "text", text, meaning),
        _one(f"{name}_kept", "text", place, told),
        _one(
            f"{name}_blob",
            "text",
            _of_entry(f"CASE WHEN json_valid(e.body) THEN {blob} END", where),
            f"the hash of the row of blobs that {name} is, where that is too long to stand here",
        ),
    )


_WITHOUT_NULL = (
    r"CASE WHEN instr(e.body, '\u0000') THEN replace(replace(e.body, '\\', '\u005c'), '\u0000', '\u2400')"
    " ELSE e.body END"
)
"""SQLite ends a text at a null character. It is shown by its picture instead."""


def _of_entry(sql: str, where: str) -> str:
    """A lookup of its own for each column: a join would be made for every row, also where nobody asks for the text."""
    return f"(SELECT {sql} FROM entries e WHERE {where})"


def _streamed(owner: str) -> str:
    """In the order of scratch's key, which ends with seq."""
    return (
        "(SELECT group_concat(CASE WHEN json_valid(d.body) AND json_type(d.body, '$.text') = 'text'"
        " THEN json_extract(d.body, '$.text') END, '') FROM scratch d"
        f" WHERE d.session_id = {owner.partition('.')[0]}.session_id AND d.owner = {owner})"
    )


def _of_session(row: str) -> tuple[ViewColumn, ...]:
    found = f"FROM p_sessions s WHERE s.id = {row}.session_id"
    return (
        _one("title", "text", f"(SELECT s.title {found})", "the session's title"),
        _one("workspace", "text", f"(SELECT s.workspace {found})", "the folder that the session's workspace is"),
    )


def _model(row: str, meaning: str) -> ViewColumn:
    sql = f"(SELECT u.model FROM p_usage u WHERE u.session_id = {row}.session_id AND u.step_id = {row}.step_id)"
    return _one("model", "text", sql, meaning)


def _of_call(name: str, row: str, meaning: str) -> ViewColumn:
    sql = f"(SELECT c.{name} FROM p_tool_calls c WHERE c.session_id = {row}.session_id AND c.call_id = {row}.call_id)"
    return _one(name, "text", sql, meaning)


_SESSION = "the session"
_OWN_USAGE = "FROM p_usage WHERE session_id = s.id"
_TURN_USAGE = "FROM p_usage WHERE session_id = t.session_id AND turn_id = t.turn_id"
_LAST_TURN = "FROM p_turns WHERE session_id = s.id ORDER BY seq DESC LIMIT 1"
_STATE = f"""CASE
        WHEN EXISTS (SELECT 1 FROM questions WHERE session_id = s.id AND answered_at IS NULL)
            OR EXISTS (SELECT 1 FROM p_approvals a JOIN p_tool_calls c
                ON c.session_id = a.session_id AND c.call_id = a.call_id
                WHERE a.session_id = s.id AND a.decided_at IS NULL
                    AND c.started_at IS NULL AND c.ended_at IS NULL) THEN 'asking'
        WHEN (SELECT outcome IS NULL {_LAST_TURN}) THEN 'running'
        WHEN EXISTS (SELECT 1 FROM prompts WHERE session_id = s.id AND state = 'queued') THEN 'queued'
        WHEN (SELECT outcome = 'failed' AND NOT put_away {_LAST_TURN}) THEN 'failed'
        ELSE 'idle' END"""


def _usage_sums(source: str) -> tuple[ViewColumn, ...]:
    return (
        _one("input_tokens", "integer", f"(SELECT CAST(total(input_tokens) AS INTEGER) {source})", "of all requests"),
        _one("output_tokens", "integer", f"(SELECT CAST(total(output_tokens) AS INTEGER) {source})", "of all requests"),
        _one(
            "cost",
            "real",
            f"(SELECT sum(price) {source})",
            "USD, over the requests whose price is known; NULL where none is",
        ),
        _one(
            "unpriced",
            "integer",
            f"(SELECT count(*) {source} AND ended_at IS NOT NULL AND price IS NULL)",
            "how many requests have no known price: cost is without them",
        ),
    )


_SESSIONS = View(
    name="sessions",
    meaning="One row for each session. A fork's row has its own part alone; what it goes on from is forked_from's.",
    source="p_sessions s",
    columns=(
        *_plain(
            "s",
            "text",
            id="the session's id: session_id of the other views",
            workspace="the folder that its workspace is: the top of the git repository, else the folder itself",
            cwd="where its tools run: the workspace, or a worktree",
            title="its title",
            model="the model of its next turn, as PROVIDER/NAME",
        ),
        *_plain("s", "integer", slot="its number in its workspace, never given twice"),
        _one("state", "text", _STATE, "asking, running, queued, failed or idle; running also where its process died"),
        *_plain("s", "integer", archived="1 where the person put it away", closed="1 where it was closed"),
        *_plain(
            "s",
            "text",
            group_id="shared by sessions that were sent the same prompt",
            parent_session="the session whose agent called this one",
            parent_call="the tool call that it was called by",
            forked_from="the session that it goes on from",
        ),
        *_plain("s", "integer", forked_through="the last seq of forked_from that it goes on from"),
        *_plain("s", "text", last_prompt="the beginning of the last prompt, 200 characters"),
        *_time("opened", "s.opened_at", "when it began"),
        *_time("changed", "s.changed_at", "when something last happened in it"),
        _one("turns", "integer", "(SELECT count(*) FROM p_turns WHERE session_id = s.id)", "how many turns it had"),
        _one(
            "messages",
            "integer",
            "(SELECT count(*) FROM p_messages WHERE session_id = s.id AND kind = 'text')",
            "how many prompts and answers, without reasoning and calls",
        ),
        _one(
            "tool_calls",
            "integer",
            "(SELECT count(*) FROM p_tool_calls WHERE session_id = s.id)",
            "how many tool calls, the person's own among them",
        ),
        *_usage_sums(_OWN_USAGE),
        *_plain("s", "integer", seq="the seq of its last entry"),
    ),
)

_TURNS = View(
    name="turns",
    meaning="One row for each turn: from a prompt to the agent's rest.",
    source="p_turns t",
    columns=(
        *_plain("t", "text", session_id=_SESSION, turn_id="the turn's id, unique in its session"),
        *_plain("t", "integer", seq="the entry that began it"),
        *_text("prompt", "'$.text'", "e.session_id = t.session_id AND e.seq = t.seq", "the prompt that began it"),
        *_plain(
            "t",
            "text",
            outcome="done, interrupted or failed; NULL while it runs",
            error="what failed, in a sentence",
            hint="what to do about that",
        ),
        *_time("started", "t.started_at", "when the prompt was sent"),
        *_time("ended", "t.ended_at", "when it came to rest; NULL while it runs"),
        _one("duration", "real", "t.ended_at - t.started_at", "seconds from started_at to ended_at"),
        _one("requests", "integer", f"(SELECT count(*) {_TURN_USAGE})", "how many model requests it took"),
        _one(
            "tool_calls",
            "integer",
            "(SELECT count(*) FROM p_usage v JOIN p_tool_calls c ON c.session_id = v.session_id"
            " AND c.step_id = v.step_id WHERE v.session_id = t.session_id AND v.turn_id = t.turn_id)",
            "how many tools it called",
        ),
        _one(
            "model",
            "text",
            f"(SELECT model {_TURN_USAGE} ORDER BY seq DESC LIMIT 1)",
            "the model of its last request",
        ),
        *_usage_sums(_TURN_USAGE),
        *_of_session("t"),
    ),
)

_MESSAGE_PATH = (
    "CASE WHEN m.role = 'user' THEN '$.text' WHEN m.kind = 'tool_call' THEN '$.part.arguments' ELSE '$.part.text' END"
)
_MESSAGES = View(
    name="messages",
    meaning="One row for each prompt and each part of an answer. What a tool gave back is in tool_calls.",
    source="p_messages m",
    columns=(
        *_plain("m", "text", session_id=_SESSION),
        *_plain("m", "integer", seq="its place in the session"),
        _one("message_id", "text", "m.source_id", "the prompt's or part's id, unique in its session"),
        *_plain(
            "m",
            "text",
            role="user or assistant",
            kind="text, reasoning or tool_call",
            turn_id="the turn that it belongs to",
            step_id="the model request that it came from; NULL for a prompt",
            call_id="the tool call that it asks for",
        ),
        *_text(
            "text",
            _MESSAGE_PATH,
            "e.session_id = m.session_id AND e.seq = m.ended_seq",
            "what it says; of a tool_call its arguments as the model wrote them",
            stream=("m.ended_seq IS NULL", "m.source_id"),
        ),
        *_plain(
            "m",
            "integer",
            chars="how many characters text has; 0 while it grows",
            images="how many images came with it",
            cut="1 where the stream ended before it was whole",
        ),
        *_time("", "m.at", "when it began"),
        *_time("ended", "m.ended_at", "when it was whole; NULL while it grows"),
        _model("m", "the model that wrote it; NULL for a prompt"),
        *_of_session("m"),
    ),
)

_CALL_PATH = "CASE WHEN e.kind = 'PartEnded' THEN '$.part.arguments' ELSE '$.arguments' END"
_RUN = "e.session_id = c.session_id AND e.seq = coalesce(c.started_seq, c.seq)"
_ASKED = "e.session_id = c.session_id AND e.seq = c.seq"
_ENDED = "e.session_id = c.session_id AND e.seq = c.ended_seq"
_TOOL_CALLS = View(
    name="tool_calls",
    meaning="One row for each tool call, whether a model asked for it or the person ran it.",
    source="p_tool_calls c",
    columns=(
        *_plain("c", "text", session_id=_SESSION, call_id="the call's id, unique in its session"),
        *_plain("c", "integer", seq="the entry that asked for it"),
        *_plain(
            "c",
            "text",
            turn_id="the turn that it belongs to; NULL where the person ran it",
            step_id="the model request that asked for it; NULL where the person ran it",
            tool="the tool's name",
            state="waiting, asking or running, and once it has ended its outcome",
            outcome="ok, error, denied, cancelled, timed_out or unknown (the program died); NULL until it ends",
            line="what it does, in one line",
            path="the files that its arguments name, a line each",
            original="the call that the person ran again with this one; empty for others",
        ),
        *_text("arguments", _CALL_PATH, _RUN, "its arguments as JSON text: those that ran, else those asked for"),
        *_text("asked_arguments", _CALL_PATH, _ASKED, "the arguments that were asked for, before anybody edited them"),
        *_text(
            "output",
            "'$.text'",
            _ENDED,
            "what the model was told; while it runs, what it has put out",
            stream=("c.started_seq IS NOT NULL AND c.ended_seq IS NULL", "c.call_id"),
        ),
        *_plain("c", "integer", chars="how many characters output has", output_bytes="the size of the whole output"),
        _one(
            "output_pieces",
            "text",
            _of_entry("CASE WHEN json_valid(e.body) THEN nullif(json_extract(e.body, '$.pieces'), '[]') END", _ENDED),
            "where the whole output is longer than output: a JSON array of hash, size and lines of its blobs, in order",
        ),
        *_time("requested", "c.requested_at", "when it was asked for"),
        *_time("started", "c.started_at", "when it began to run; NULL where it never did"),
        *_time("ended", "c.ended_at", "when it ended"),
        *_plain("c", "real", duration="seconds that it ran"),
        _one("cost_estimate", "real", "c.price", "USD: a request's price, shared alike by the calls that it asked for"),
        _model("c", "the model that asked for it"),
        *_of_session("c"),
    ),
)

_APPROVALS = View(
    name="approvals",
    meaning="One row for each decision about a tool call, whoever made it, and each that still waits.",
    source="p_approvals a",
    columns=(
        *_plain("a", "text", session_id=_SESSION, approval_id="its id, unique in its session"),
        *_plain("a", "integer", seq="the entry that asked or, where nobody was asked, decided"),
        *_plain("a", "text", call_id="the tool call that it is about"),
        _of_call("tool", "a", "the tool's name"),
        _of_call("line", "a", "what the call does, in one line"),
        _one("asked", "integer", "a.asked_at IS NOT NULL", "1 where the person was asked"),
        *_plain(
            "a",
            "text",
            effect="what the tool can do at most: read, write, run, fetch or own; NULL where nobody was asked",
            why="why the person was asked",
        ),
        *_time("asked", "a.asked_at", "when the person was asked; NULL where the policy decided"),
        *_time("decided", "a.decided_at", "when it was decided; NULL while it waits"),
        _one("waited", "real", "a.decided_at - a.asked_at", "seconds from the question to the decision"),
        *_plain(
            "a",
            "text",
            decision="allow or deny; NULL while it waits",
            decided_by="person, policy or engine",
            scope="once, session or always",
            reason="why, in a sentence",
        ),
        *_of_session("a"),
    ),
)

_USAGE = View(
    name="usage",
    meaning="One row for each model request: a step of a turn, or a summary of the context.",
    source="p_usage u",
    columns=(
        *_plain("u", "text", session_id=_SESSION, step_id="its id, unique in its session"),
        *_plain("u", "integer", seq="the entry that began it"),
        _one("turn_id", "text", "nullif(u.turn_id, '')", "the turn that it is a step of; NULL for a summary"),
        _one("kind", "text", "CASE u.turn_id WHEN '' THEN 'summary' ELSE 'step' END", "step or summary"),
        *_plain("u", "text", model="the model, as PROVIDER/NAME"),
        *_time("started", "u.started_at", "when it was sent"),
        *_time("ended", "u.ended_at", "when it ended; NULL while it runs"),
        *_plain("u", "text", stop="end, tool_use, max_tokens, refusal, pause or cut"),
        *_plain(
            "u",
            "integer",
            retries="how often it was sent again",
            input_tokens="the whole prompt, with what the cache held",
            output_tokens="the whole answer, with its reasoning",
            cache_read_tokens="of input_tokens, what was read from the cache",
            cache_write_tokens="of input_tokens, what was written to it",
            reasoning_tokens="of output_tokens, what was reasoning",
        ),
        *_plain("u", "real", first_token="seconds to the first token", duration="seconds to the end"),
        _one("cost", "real", "u.price", "USD, at the prices of that day; NULL where they are not known"),
        *_of_session("u"),
    ),
)

_FILES_TOUCHED = View(
    name="files_touched",
    meaning="One row for each file that a tool call changed, each time.",
    source="p_files_touched f",
    columns=(
        *_plain("f", "text", session_id=_SESSION, path="the file"),
        *_plain("f", "integer", seq="the entry that ended the call"),
        *_plain("f", "text", call_id="the tool call that changed it"),
        *_time("", "f.at", "when the call ended"),
        _of_call("turn_id", "f", "the turn that the call belongs to"),
        _of_call("tool", "f", "the tool's name"),
        _of_call("outcome", "f", "the call's outcome"),
        *_of_session("f"),
    ),
)

VIEWS = (_SESSIONS, _TURNS, _MESSAGES, _TOOL_CALLS, _APPROVALS, _USAGE, _FILES_TOUCHED)
