"""Whether a call may run: allow, ask or deny. A pure function of a question that holds everything it needs.

In this order, so that deny beats ask beats allow whatever order or file the rules are in:

1. hard limits, which no mode, rule, grant or answer passes (``tui.engine.policy.places``);
2. deny rules; 3. what the mode forbids; 4. what is always asked, and ask rules;
5. allow rules and grants of this session; 6. the defaults: reading inside the workspace folder and commands that are
proven harmless run unasked, and what the mode lets run. All else asks.

A grant is one tool and one pattern: the exact text of a command, a path, a folder followed by ``/**``, a host.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Literal

from tui.engine.policy import commands
from tui.engine.policy.facts import Question, hosts_of
from tui.engine.policy.places import PROJECT_FILE, folded, forbidden, secret
from tui.engine.policy.rules import Rule, RuleAction, Rules, command_fits, domain_fits, path_fits, tool_fits
from tui.events import GrantAdded
from tui.value import value

__all__ = ["Action", "Question", "Verdict", "judge", "refusal", "would_match"]

Action = Literal["allow", "ask", "deny"]

BELOW = "/**"
ANY = "*"
"""A grant's pattern for tools that reach the network without naming an address."""


@value
class Verdict:
    """``why`` is a sentence for the person, ``rule`` the text of the rule that decided, "" for none.

    ``pattern`` is what a grant for this session would hold, ``suggestion`` the rule that "always" would write; neither
    is there where it would change nothing. ``touches`` are what it would change or reach. ``hard``: no answer helps.
    """

    action: Action
    why: str
    rule: str = ""
    pattern: str = ""
    touches: tuple[str, ...] = ()
    suggestion: Rule | None = None
    hard: bool = False


def judge(question: Question) -> Verdict:
    """The verdict on one call."""
    refused = _refused(question)
    if refused is not None:
        return refused
    touches = commands.touches(question)
    why, rule = _held(question)
    if why:
        return Verdict(action="ask", why=why, rule=rule, touches=touches)
    pattern = _pattern(question)
    free = _free(question, pattern)
    if question.rules.problem and question.effect != "own":
        return Verdict(action="ask", why=f"Everything is asked: {question.rules.problem}", touches=touches)
    if free is not None:
        return Verdict(action="allow", why=free.why, rule=free.rule, pattern=pattern, touches=touches)
    return Verdict(action="ask", why=_why(question), pattern=pattern, touches=touches, suggestion=_suggestion(question))


def refusal(question: Question) -> str:
    """Why no answer of the person could let this run; "" where one could. What is checked of edited arguments."""
    refused = _refused(question)
    return "" if refused is None else refused.why


# --- what is refused


def _refused(question: Question) -> Verdict | None:
    limit = _hard_limit(question)
    if limit:
        return Verdict(action="deny", why=f"{limit} No rule or answer allows that.", hard=True)
    rule = _matching(question, "deny")
    if rule is not None:
        return Verdict(action="deny", why="A rule denies it.", rule=rule.text)
    narrow = question.rules.narrowed(question.mode)
    if narrow == "read-only" and question.effect not in ("read", "own") and not _is_harmless(question):
        return Verdict(action="deny", why="This session only reads (mode read-only).")
    return None


def _hard_limit(question: Question) -> str:
    if question.effect == "write":
        for path in (*question.named, *map(str, question.paths)):
            if found := forbidden(path, question.places):
                return found
        if question.in_git:
            return f"{question.in_git} is inside a folder of git's own, where a file can run commands."
    return commands.forbidden_in(question) if question.command is not None else ""


def _matching(question: Question, action: RuleAction) -> Rule | None:
    """The deny or ask rule that matches; of several the first by its text, so that no order matters."""
    found = [rule for rule in question.rules.rules if rule.action == action and _touches_rule(rule, question)]
    return min(found, key=lambda rule: rule.text, default=None)


def _touches_rule(rule: Rule, question: Question) -> bool:
    """Whether any part of the call is what the rule speaks of."""
    if not tool_fits(rule, question.spec.name):
        return False
    if rule.command:
        return question.command is not None and any(
            command_fits(rule, command, loose=True) for command in question.script.commands
        )
    if rule.path:
        root, home = str(question.root), str(question.home)
        named = (*question.named, *map(str, question.paths), *commands.all_paths(question))
        every = (twin for path in named for twin in question.twins(path))
        return any(path_fits(rule, path, root, home, loose=True) for path in every)
    if rule.domain:
        return any(domain_fits(rule, host) for host in hosts_of(question))
    return True


# --- what is always asked


def _held(question: Question) -> tuple[str, str]:
    """Why it is asked whatever is allowed, and by which rule."""
    rule = _matching(question, "ask")
    if rule is not None:
        return "A rule asks about it.", rule.text
    if question.arguments.get("unconfined") and question.effect == "run":
        return "It would run outside of the sandbox.", ""
    if question.arguments.get("network") and question.effect == "run":
        return "It would use the network.", ""
    if question.effect == "read":
        for path in (*question.named, *map(str, question.paths)):
            if found := secret(path, question.places):
                return found, ""
    if question.effect == "write" and _own_rules(question, (*question.named, *map(str, question.paths))):
        return f"It changes the project's rules, {PROJECT_FILE}.", ""
    if question.command is not None:
        if found := commands.secret_in(question):
            return found, ""
        if _own_rules(question, commands.all_paths(question)) and commands.harm(question):
            return f"It may change the project's rules, {PROJECT_FILE}.", ""
        if not question.script.plain and any(rule.command and rule.action != "allow" for rule in question.rules.rules):
            return f"There are rules about commands, and {question.script.why}.", ""
    return "", ""


def _own_rules(question: Question, paths: Iterable[str]) -> bool:
    """Whether one of the paths is a file of the project's rules, or where that leads."""
    own = {folded(name) for file in question.rule_files for name in (file, question.real.get(file, file))}
    return not own.isdisjoint(map(folded, paths))


# --- what runs unasked


@value
class _Free:
    why: str
    rule: str = ""


def _free(question: Question, pattern: str) -> _Free | None:
    """Why it needs no question, None where it does."""
    if question.effect == "own":
        return _Free(why="It changes nothing outside of the session.")
    rule = _allowing(question)
    if rule:
        return _Free(why="A rule allows it.", rule=rule)
    if any(_covers(grant, question, pattern) for grant in question.grants):
        return _Free(why=f"You allowed {question.spec.name} {pattern} for this session.")
    inside = _inside(question)
    ruled = commands.ruled_below(question)
    if question.effect == "read" and inside and not ruled:
        return _Free(why="Reading inside the workspace folder runs unasked.")
    if _is_harmless(question) and not ruled:
        return _Free(why="It is proven to be plain words of programs that only look.")
    mode = question.rules.narrowed(question.mode)
    if question.effect == "write" and inside and mode in ("accept-edits", "autonomous"):
        return _Free(why=f"Edits inside the workspace folder run unasked in mode {mode}.")
    if question.command is not None and mode == "autonomous" and not _not_confined(question):
        return _Free(why="It runs inside the sandbox (mode autonomous).")
    return None


def _allowing(question: Question) -> str:
    """The texts of the allow rules that cover all of the call; "" where they do not."""
    rules = sorted(
        (rule for rule in question.rules.rules if rule.action == "allow" and tool_fits(rule, question.spec.name)),
        key=lambda rule: rule.text,
    )
    whole = next((rule for rule in rules if not (rule.path or rule.command or rule.domain) and rule.tool != "*"), None)
    if whole is not None:
        return whole.text
    if question.command is not None:
        return _allowing_command(question, [rule for rule in rules if rule.command])
    root, home = str(question.root), str(question.home)
    if question.paths:
        paths = list(map(str, question.paths))
        return _covering(paths, [rule for rule in rules if rule.path], lambda r, p: path_fits(r, p, root, home))
    return _covering(list(hosts_of(question)), [rule for rule in rules if rule.domain], domain_fits)


def _covering(parts: list[str], rules: list[Rule], fits: Callable[[Rule, str], bool]) -> str:
    found = [next((rule.text for rule in rules if fits(rule, part)), "") for part in parts]
    return "; ".join(dict.fromkeys(found)) if found and all(found) else ""


def _allowing_command(question: Question, rules: list[Rule]) -> str:
    """Each simple command must match a rule or be harmless, and one at least must match."""
    script = question.script
    if not script.plain:
        return ""
    texts = []
    for command in script.commands:
        rule = next((rule for rule in rules if command_fits(rule, command)), None)
        if rule is not None:
            texts.append(rule.text)
        elif commands.harm_of(command, question):
            return ""
    return "; ".join(dict.fromkeys(texts))


def _is_harmless(question: Question) -> bool:
    return question.command is not None and not question.arguments.get("unconfined") and not commands.harm(question)


def _not_confined(question: Question) -> str:
    if question.confined == "no":
        return "no sandbox works here"
    if question.confined == "partly":
        return "the sandbox that works here does not guard git's settings and hooks inside the workspace folder"
    if _within(question.home, question.root):
        return "the workspace folder holds your home folder, with what starts programs in it"
    return ""


def _covers(grant: GrantAdded, question: Question, pattern: str) -> bool:
    if grant.tool != question.spec.name or not grant.pattern:
        return False
    if grant.pattern == pattern:
        return True
    paths = question.paths
    if question.effect in ("run", "fetch") or not grant.pattern.endswith(BELOW) or not paths:  # a command is no pattern
        return False
    return all(_within(path, Path(grant.pattern.removesuffix(BELOW) or "/")) for path in paths)


# --- what an answer would cover, and why it is asked


def _pattern(question: Question) -> str:
    match question.effect:
        case "run":
            return question.command or ""
        case "fetch":
            hosts = hosts_of(question)
            return (hosts[0] if len(hosts) == 1 else "") if question.spec.url_fields else ANY
        case _:
            pass
    if _inside(question):
        return f"{str(question.root).rstrip('/')}{BELOW}"
    paths = question.paths
    if len(paths) != 1 or str(paths[0]).endswith(BELOW):  # a file of that name would stand for a whole folder
        return ""
    return str(paths[0])


def _suggestion(question: Question) -> Rule | None:
    """The rule that "always" would write: it covers this call, and as little more as can be said."""
    tool, pattern = question.spec.name, _pattern(question)
    match question.effect:
        case "run":
            return commands.suggestion(question)
        case "fetch":
            return Rule(action="allow", tool=tool, domain="" if pattern == ANY else pattern) if pattern else None
        case _:
            if not pattern or any(mark in pattern.removesuffix(BELOW) for mark in "*?"):
                return None
            return Rule(action="allow", tool=tool, path=pattern)


def _why(question: Question) -> str:
    ruled = commands.ruled_below(question)
    if ruled and (_inside(question) or _is_harmless(question)):
        return f"It may read what a rule speaks of: {ruled}."
    outside = [str(path) for path in question.paths if not _within(path, question.root)]
    match question.effect:
        case "read":
            where = f"outside the workspace folder: {', '.join(outside)}" if question.paths else "what it does not name"
            return f"It reads {where}."
        case "write":
            where = f", outside the workspace folder: {', '.join(outside)}" if outside else ""
            return f"It changes files{where}."
        case "fetch":
            hosts = ", ".join(hosts_of(question))
            return f"It reaches the network{f': {hosts}' if hosts else ''}."
        case _:
            return _why_run(question)


def _why_run(question: Question) -> str:
    if question.command is None:
        return "It runs a command with your rights."
    why = commands.harm(question)
    more = ""
    if question.rules.narrowed(question.mode) == "autonomous":
        more = f" Autonomous is not enough: {_not_confined(question)}."
    return f"It runs a command with your rights: {why}.{more}"


def _inside(question: Question) -> bool:
    return bool(question.paths) and all(_within(path, question.root) for path in question.paths)


def _within(path: Path, root: Path) -> bool:
    return path == root or path.is_relative_to(root)


def would_match(rule: Rule, questions: Iterable[Question]) -> int:
    """How many calls a rule covers that would else have been asked about."""
    count = 0
    for question in questions:
        alone = Rules(rules=(rule,), mode=question.rules.mode)
        count += tool_fits(rule, question.spec.name) and bool(_allowing(_with(question, alone)))
    return count


def _with(question: Question, rules: Rules) -> Question:
    return replace(question, rules=rules)
