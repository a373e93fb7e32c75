"""What the public views hold: for each column its name, its type, the SQL that makes it and what it means."""

from tui.store.view_parts import (
    View,
    ViewColumn,
    as_it_is,
    from_call,
    from_entry,
    made,
    model_of_step,
    moment,
    session_columns,
    text_of_entry,
)

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
        made("input_tokens", "integer", f"(SELECT CAST(total(input_tokens) AS INTEGER) {source})", "of all requests"),
        made("output_tokens", "integer", f"(SELECT CAST(total(output_tokens) AS INTEGER) {source})", "of all requests"),
        made(
            "cost",
            "real",
            f"(SELECT sum(price) {source})",
            "USD, over the requests whose price is known; NULL where none is",
        ),
        made(
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
        *as_it_is(
            "s",
            "text",
            id="the session's id: session_id of the other views",
            workspace="the folder that its workspace is: the top of the git repository, else the folder itself",
            cwd="where its tools run: the workspace, or a worktree",
            title="its title",
            model="the model of its next turn, as PROVIDER/NAME",
        ),
        *as_it_is("s", "integer", slot="its number in its workspace, never given twice"),
        made("state", "text", _STATE, "asking, running, queued, failed or idle; running also where its process died"),
        *as_it_is("s", "integer", archived="1 where the person put it away", closed="1 where it was closed"),
        *as_it_is(
            "s",
            "text",
            group_id="shared by sessions that were sent the same prompt",
            parent_session="the session whose agent called this one",
            parent_call="the tool call that it was called by",
            forked_from="the session that it goes on from",
        ),
        *as_it_is("s", "integer", forked_through="the last seq of forked_from that it goes on from"),
        *as_it_is("s", "text", last_prompt="the beginning of the last prompt, 200 characters"),
        *moment("opened", "s.opened_at", "when it began"),
        *moment("changed", "s.changed_at", "when something last happened in it"),
        made("turns", "integer", "(SELECT count(*) FROM p_turns WHERE session_id = s.id)", "how many turns it had"),
        made(
            "messages",
            "integer",
            "(SELECT count(*) FROM p_messages WHERE session_id = s.id AND kind = 'text')",
            "how many prompts and answers, without reasoning and calls",
        ),
        made(
            "tool_calls",
            "integer",
            "(SELECT count(*) FROM p_tool_calls WHERE session_id = s.id)",
            "how many tool calls, the person's own among them",
        ),
        *_usage_sums(_OWN_USAGE),
        *as_it_is("s", "integer", seq="the seq of its last entry"),
    ),
)

_TURNS = View(
    name="turns",
    meaning="One row for each turn: from a prompt to the agent's rest.",
    source="p_turns t",
    columns=(
        *as_it_is("t", "text", session_id=_SESSION, turn_id="the turn's id, unique in its session"),
        *as_it_is("t", "integer", seq="the entry that began it"),
        *text_of_entry(
            "prompt", "'$.text'", "e.session_id = t.session_id AND e.seq = t.seq", "the prompt that began it"
        ),
        *as_it_is(
            "t",
            "text",
            outcome="done, interrupted or failed; NULL while it runs",
            error="what failed, in a sentence",
            hint="what to do about that",
        ),
        *moment("started", "t.started_at", "when the prompt was sent"),
        *moment("ended", "t.ended_at", "when it came to rest; NULL while it runs"),
        made("duration", "real", "t.ended_at - t.started_at", "seconds from started_at to ended_at"),
        made("requests", "integer", f"(SELECT count(*) {_TURN_USAGE})", "how many model requests it took"),
        made(
            "tool_calls",
            "integer",
            "(SELECT count(*) FROM p_usage v JOIN p_tool_calls c ON c.session_id = v.session_id"
            " AND c.step_id = v.step_id WHERE v.session_id = t.session_id AND v.turn_id = t.turn_id)",
            "how many tools it called",
        ),
        made(
            "model",
            "text",
            f"(SELECT model {_TURN_USAGE} ORDER BY seq DESC LIMIT 1)",
            "the model of its last request",
        ),
        *_usage_sums(_TURN_USAGE),
        *session_columns("t"),
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
        *as_it_is("m", "text", session_id=_SESSION),
        *as_it_is("m", "integer", seq="its place in the session"),
        made("message_id", "text", "m.source_id", "the prompt's or part's id, unique in its session"),
        *as_it_is(
            "m",
            "text",
            role="user or assistant",
            kind="text, reasoning or tool_call",
            turn_id="the turn that it belongs to",
            step_id="the model request that it came from; NULL for a prompt",
            call_id="the tool call that it asks for",
        ),
        *text_of_entry(
            "text",
            _MESSAGE_PATH,
            "e.session_id = m.session_id AND e.seq = m.ended_seq",
            "what it says; of a tool_call its arguments as the model wrote them",
            stream=("m.ended_seq IS NULL", "m.source_id"),
        ),
        *as_it_is(
            "m",
            "integer",
            chars="how many characters text has; 0 while it grows",
            images="how many images came with it",
            cut="1 where the stream ended before it was whole",
        ),
        *moment("", "m.at", "when it began"),
        *moment("ended", "m.ended_at", "when it was whole; NULL while it grows"),
        model_of_step("m", "the model that wrote it; NULL for a prompt"),
        *session_columns("m"),
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
        *as_it_is("c", "text", session_id=_SESSION, call_id="the call's id, unique in its session"),
        *as_it_is("c", "integer", seq="the entry that asked for it"),
        *as_it_is(
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
        *text_of_entry(
            "arguments", _CALL_PATH, _RUN, "its arguments as JSON text: those that ran, else those asked for"
        ),
        *text_of_entry(
            "asked_arguments", _CALL_PATH, _ASKED, "the arguments that were asked for, before anybody edited them"
        ),
        *text_of_entry(
            "output",
            "'$.text'",
            _ENDED,
            "what the model was told; while it runs, what it has put out",
            stream=("c.started_seq IS NOT NULL AND c.ended_seq IS NULL", "c.call_id"),
        ),
        *as_it_is("c", "integer", chars="how many characters output has", output_bytes="the size of the whole output"),
        made(
            "output_pieces",
            "text",
            from_entry("CASE WHEN json_valid(e.body) THEN nullif(json_extract(e.body, '$.pieces'), '[]') END", _ENDED),
            "where the whole output is longer than output: a JSON array of hash, size and lines of its blobs, in order",
        ),
        *moment("requested", "c.requested_at", "when it was asked for"),
        *moment("started", "c.started_at", "when it began to run; NULL where it never did"),
        *moment("ended", "c.ended_at", "when it ended"),
        *as_it_is("c", "real", duration="seconds that it ran"),
        made("cost_estimate", "real", "c.price", "USD: a request's price, shared alike by the calls that it asked for"),
        made(
            "added_cost_estimate",
            "real",
            "c.added",
            "USD: what its result added to the first request that read it, by its characters",
        ),
        model_of_step("c", "the model that asked for it"),
        *session_columns("c"),
    ),
)

_APPROVALS = View(
    name="approvals",
    meaning="One row for each decision about a tool call, whoever made it, and each that still waits.",
    source="p_approvals a",
    columns=(
        *as_it_is("a", "text", session_id=_SESSION, approval_id="its id, unique in its session"),
        *as_it_is("a", "integer", seq="the entry that asked or, where nobody was asked, decided"),
        *as_it_is("a", "text", call_id="the tool call that it is about"),
        from_call("tool", "a", "the tool's name"),
        from_call("line", "a", "what the call does, in one line"),
        made("asked", "integer", "a.asked_at IS NOT NULL", "1 where the person was asked"),
        *as_it_is(
            "a",
            "text",
            effect="what the tool can do at most: read, write, run, fetch or own; NULL where nobody was asked",
            why="why the person was asked",
        ),
        *moment("asked", "a.asked_at", "when the person was asked; NULL where the policy decided"),
        *moment("decided", "a.decided_at", "when it was decided; NULL while it waits"),
        made("waited", "real", "a.decided_at - a.asked_at", "seconds from the question to the decision"),
        *as_it_is(
            "a",
            "text",
            decision="allow or deny; NULL while it waits",
            decided_by="person, policy or engine",
            scope="once, session or always",
            reason="why, in a sentence",
        ),
        *session_columns("a"),
    ),
)

_USAGE = View(
    name="usage",
    meaning="One row for each model request: a step of a turn, or a summary of the context.",
    source="p_usage u",
    columns=(
        *as_it_is("u", "text", session_id=_SESSION, step_id="its id, unique in its session"),
        *as_it_is("u", "integer", seq="the entry that began it"),
        made("turn_id", "text", "nullif(u.turn_id, '')", "the turn that it is a step of; NULL for a summary"),
        made("kind", "text", "CASE u.turn_id WHEN '' THEN 'summary' ELSE 'step' END", "step or summary"),
        *as_it_is("u", "text", model="the model, as PROVIDER/NAME"),
        *moment("started", "u.started_at", "when it was sent"),
        *moment("ended", "u.ended_at", "when it ended; NULL while it runs"),
        *as_it_is("u", "text", stop="end, tool_use, max_tokens, refusal, pause or cut"),
        *as_it_is(
            "u",
            "integer",
            retries="how often it was sent again",
            input_tokens="the whole prompt, with what the cache held",
            output_tokens="the whole answer, with its reasoning",
            cache_read_tokens="of input_tokens, what was read from the cache",
            cache_write_tokens="of input_tokens, what was written to it",
            reasoning_tokens="of output_tokens, what was reasoning",
        ),
        *as_it_is("u", "real", first_token="seconds to the first token", duration="seconds to the end"),
        made("cost", "real", "u.price", "USD, at the prices of that day; NULL where they are not known"),
        *session_columns("u"),
    ),
)

_FILES_TOUCHED = View(
    name="files_touched",
    meaning="One row for each file that a tool call changed, each time.",
    source="p_files_touched f",
    columns=(
        *as_it_is("f", "text", session_id=_SESSION, path="the file"),
        *as_it_is("f", "integer", seq="the entry that ended the call"),
        *as_it_is("f", "text", call_id="the tool call that changed it"),
        *moment("", "f.at", "when the call ended"),
        from_call("turn_id", "f", "the turn that the call belongs to"),
        from_call("tool", "f", "the tool's name"),
        from_call("outcome", "f", "the call's outcome"),
        *session_columns("f"),
    ),
)

VIEWS = (_SESSIONS, _TURNS, _MESSAGES, _TOOL_CALLS, _APPROVALS, _USAGE, _FILES_TOUCHED)
