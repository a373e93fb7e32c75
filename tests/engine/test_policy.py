"""Reading inside runs unasked, everything else asks, deny beats ask beats allow, and some things are never done."""

import itertools
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.judging import HOME, ROOT, asked, file, grant, rule, shell, spec
from tui.engine.policy.facts import Question
from tui.engine.policy.rules import MODES, Rule, Rules
from tui.engine.policy.verdict import Verdict, judge
from tui.events import Effect, Mode
from tui.tools.base import resolve
from tui.tools.catalog import Catalog

PARTS = ("a", "b", "bc", "c", "**", "*", "日本", "🦊", " ", "..b", "b..")
PATHS = st.builds(
    Path, st.sampled_from(("/", "/a/b", "/a/bc")), st.lists(st.sampled_from(PARTS), max_size=5).map("/".join)
)
EFFECTS: st.SearchStrategy[Effect] = st.sampled_from(("read", "write"))
COMMANDS = st.sampled_from(
    ("make", "make ", "MAKE", "make *", "/a/b/**", "/**", "**", "", "rm -rf x", "make\n", "make;rm", "/a/b")
)
AB = Path("/a/b")


def at(effect: Effect, *paths: str | Path, **more: Any) -> Verdict:
    """As ``file``, in the folder ``/a/b``."""
    return file(effect, *paths, root=more.pop("root", AB), **more)


# --- without rules


@pytest.mark.parametrize("path", ["/a/b", "/a/b/c", "/a/b/c/d", "/a/b/.env", "/a/b/**", "/a/b/ "])
def test_reading_inside_runs_unasked(path: str) -> None:
    assert at("read", path).action == "allow"


@pytest.mark.parametrize("path", ["/a/bc", "/a/b.txt", "/a", "/", "/A/B/c", "/a/b2/c", "/x/a/b/c", "/a/B"])
def test_reading_outside_asks_and_names_the_place(path: str) -> None:
    verdict = at("read", path)
    assert verdict.action == "ask"
    assert path in verdict.why


@pytest.mark.parametrize("path", ["/a/b/c", "/a/bc", "/"])
def test_what_changes_the_world_asks_wherever_it_is(path: str) -> None:
    verdict = at("write", path)
    assert (verdict.action, bool(verdict.why)) == ("ask", True)


def test_one_path_outside_is_enough_to_ask() -> None:
    verdict = at("read", "/a/b/c", "/etc/passwd")
    assert (verdict.action, verdict.pattern) == ("ask", "")
    assert "/etc/passwd" in verdict.why
    assert "/a/b/c" not in verdict.why


def test_what_names_no_file_is_not_taken_to_be_inside() -> None:
    assert (at("read").action, at("read").pattern) == ("ask", "")
    assert at("write").action == "ask"


def test_what_only_the_session_sees_needs_no_leave() -> None:
    assert at("own").action == "allow"
    mild = spec("write", mild=("action", ("search",)))
    assert judge(asked(mild, {"action": "search"})).action == "allow"
    assert judge(asked(mild, {"action": "forget"})).action == "ask"


def test_everything_is_inside_the_root_of_all() -> None:
    assert at("write", "/x/passwd", root=Path("/")).pattern == "/**"
    assert at("write", "/x/passwd", root=Path("/"), grants=("/**",)).action == "allow"


def test_the_tools_that_exist_are_judged_so() -> None:
    for known in Catalog().specs():
        inside = (ROOT / "x",) if known.path_fields else ()
        found = judge(asked(known, {"command": "make"} if known.effect == "run" else {}, *inside))
        assert found.action == ("allow" if known.effect in ("read", "own") else "ask"), known.name


# --- grants


def test_a_granted_command_is_exactly_that_text() -> None:
    assert shell("make -j", grants=("make -j",)).action == "allow"
    for other in ("make", "make -j ", " make -j", "make -j; rm x", "make  -j", "MAKE -J", "make -j\n", ""):
        assert shell(other, grants=("make -j",)).action == "ask", other


@pytest.mark.parametrize("pattern", ["*", "**", "/**", "make*", "make/**", "", ".*"])
def test_a_command_is_never_a_pattern(pattern: str) -> None:
    assert shell("make -j", grants=(pattern,)).action == "ask"


def test_a_granted_file_is_that_file() -> None:
    assert at("write", "/x/y", grants=("/x/y",)).action == "allow"
    for other in ("/x/y/z", "/x", "/x/yz", "/x/Y"):
        assert at("write", other, grants=("/x/y",)).action == "ask", other


def test_a_granted_folder_is_what_is_in_it_and_not_its_neighbour() -> None:
    for inside in ("/x/y", "/x/y/z", "/x/y/z/w"):
        assert at("write", inside, grants=("/x/y/**",)).action == "allow"
    for outside in ("/x/yz", "/x", "/x/y2/z", "/"):
        assert at("write", outside, grants=("/x/y/**",)).action == "ask"


def test_a_grant_is_for_one_tool() -> None:
    for other in (spec("write", "other"), spec("read", "other")):
        question = asked(other, {}, "/x/y")
        held = asked(spec("write", "tool"), {}, "/x/y", grants=("/x/y",))
        assert judge(held).action == "allow"
        assert judge(_granted(question, "/x/y", "tool")).action == "ask"


def _granted(question: Question, pattern: str, tool: str) -> Question:
    return replace(question, grants=(grant(pattern, tool),))


def test_leave_to_change_files_inside_does_not_reach_outside() -> None:
    pattern = at("write", "/a/b/c").pattern
    assert pattern == "/a/b/**"
    assert at("write", "/a/b/d/e", grants=(pattern,)).action == "allow"
    for outside in ("/a/bc", "/a/b2/x", "/etc/passwd"):
        assert at("write", outside, grants=(pattern,)).action == "ask"


def test_a_file_whose_name_is_a_pattern_cannot_be_granted_as_one() -> None:
    """Leave for the one file ``/x/**`` would otherwise be leave for the whole of ``/x``."""
    assert at("write", "/x/**").pattern == ""


def test_a_host_is_granted_and_no_other() -> None:
    web = spec("fetch", "web", url_fields=("url",))
    verdict = judge(asked(web, {"url": "https://docs.example.com/a"}))
    assert (verdict.action, verdict.pattern) == ("ask", "docs.example.com")
    assert judge(asked(web, {"url": "https://docs.example.com/b"}, grants=(verdict.pattern,))).action == "allow"
    for url in ("https://example.com", "https://docs.example.com.evil.net", "https://docs.example.com@evil.net/"):
        assert judge(asked(web, {"url": url}, grants=(verdict.pattern,))).action == "ask", url


@given(PATHS, st.lists(PATHS.map(str) | PATHS.map(lambda path: f"{path}/**"), max_size=3), EFFECTS)
def test_what_runs_unasked_is_inside_or_in_what_a_grant_says(path: Path, patterns: list[str], effect: Effect) -> None:
    def says(pattern: str) -> bool:
        folder, below = os.path.split(pattern)
        inside = f"{path}/".startswith(f"{folder.rstrip('/')}/")
        return str(path) == pattern or (below == "**" and inside)

    inside = f"{path}/".startswith("/a/b/")
    allowed = at(effect, path, grants=tuple(patterns)).action == "allow"
    if effect == "read" and inside:
        assert allowed
    elif allowed:
        assert any(says(pattern) for pattern in patterns)
    elif not inside and path.name != "**" and path != Path("/"):  # elsewhere none that a question could have offered
        assert not any(says(pattern) for pattern in patterns)


@given(PATHS, EFFECTS)
def test_a_question_s_own_pattern_covers_it_and_only_its_own_side_of_the_wall(path: Path, effect: Effect) -> None:
    verdict = at(effect, path)
    if verdict.action == "ask" and verdict.pattern:
        assert at(effect, path, grants=(verdict.pattern,)).action == "allow"
        across = "/elsewhere" if path.is_relative_to(AB) else "/a/b/c"
        if effect == "write" and path != Path(across):
            assert at(effect, across, grants=(verdict.pattern,)).action == "ask"


@given(COMMANDS, st.lists(COMMANDS, max_size=4))
def test_a_command_runs_unasked_only_when_its_own_text_was_granted(command: str, patterns: list[str]) -> None:
    assert (shell(command, grants=tuple(patterns)).action == "allow") is (command != "" and command in patterns)


# --- what is never done, whatever is allowed

EVERYTHING = (
    rule("allow", tool="tool"), rule("allow", tool="shell"), rule("allow", path="/**"),
    rule("allow", tool="shell", command="rm"), rule("allow", tool="shell", command="tee"),
)  # fmt: skip
NEVER_WRITTEN = [
    f"{ROOT}/.git", f"{ROOT}/.git/config", f"{ROOT}/.git/hooks/pre-commit", f"{ROOT}/sub/.git/hooks/x", "/x/.git/HEAD",
    f"{ROOT}/.GIT/config", f"{ROOT}/.g\u200cit/config", f"{HOME}/.bashrc", f"{HOME}/.BashRC", f"{HOME}/.profile",
    f"{HOME}/.zshrc", f"{HOME}/.zshenv", f"{HOME}/.config/fish/config.fish", f"{HOME}/.ssh/authorized_keys",
    f"{HOME}/.ssh", f"{HOME}/.SSH/config", f"{HOME}/.gitconfig", f"{HOME}/.config/penstock/config.toml",
    f"{HOME}/.local/share/penstock/penstock.db", f"{HOME}/.local/share/penstock", "/etc/profile.d/x.sh",
    f"{HOME}/.gnupg/x", f"{HOME}/.config/autostart/x.desktop", f"{HOME}/.config/systemd/user/x.service",
]  # fmt: skip


@pytest.mark.parametrize("path", NEVER_WRITTEN)
@pytest.mark.parametrize("mode", MODES)
def test_no_mode_rule_or_grant_writes_where_it_would_rule_later(path: str, mode: Mode) -> None:
    for root in (ROOT, HOME, Path("/")):
        verdict = file("write", path, root=root, mode=mode, rules=EVERYTHING, grants=("/**", path), confined="whole")
        assert (verdict.action, verdict.hard) == ("deny", True)
        assert path in verdict.why


def test_a_link_into_a_protected_place_counts_as_the_place_and_so_does_its_name() -> None:
    for named, real in ((f"{ROOT}/innocent", f"{HOME}/.bashrc"), (f"{ROOT}/.git/x", f"{ROOT}/x")):
        question = asked(spec("write"), {}, grants=(f"{ROOT}/**",))
        assert judge(replace(question, named=(named,), paths=(Path(real),))).hard


@pytest.mark.parametrize(
    "path", [f"{HOME}/.ssh/id_rsa", f"{HOME}/.config/penstock/config.toml", f"{HOME}/.netrc", HOME, f"{HOME}/.npmrc",
             f"{HOME}/.config/gcloud/x", f"{HOME}/.bash_history", "/proc/self/environ", "/proc"],
)  # fmt: skip
def test_reading_secrets_asks_whatever_is_allowed(path: str) -> None:
    verdict = file("read", path, root=HOME, rules=EVERYTHING, grants=("/**",), mode="autonomous")
    assert (verdict.action, verdict.pattern, verdict.suggestion) == ("ask", "", None)


def test_the_neighbours_of_protected_places_are_free() -> None:
    for path in (f"{ROOT}/.gitignore", f"{ROOT}/.github/x.yml", f"{ROOT}/git/x", f"{ROOT}/x.git", f"{ROOT}/.bashrc"):
        assert file("write", path, mode="accept-edits").action == "allow", path


def test_the_project_s_own_rules_are_changed_only_by_a_person_s_yes() -> None:
    verdict = file("write", f"{ROOT}/.penstock.toml", mode="autonomous", rules=EVERYTHING, grants=(f"{ROOT}/**",))
    assert verdict.action == "ask"
    leads = {f"{ROOT}/.penstock.toml": f"{ROOT}/rules.toml"}
    assert file("write", f"{ROOT}/rules.toml", mode="accept-edits", real=leads).action == "ask"
    for command in ("rm .penstock.toml", "echo > ./.penstock.toml", "cd sub && mv ../.Penstock.toml x"):
        assert shell(command, mode="autonomous", confined="whole", rules=EVERYTHING, grants=(command,)).action == "ask"
    assert shell("cat .penstock.toml").action == "allow"


# --- modes


def test_each_mode_lets_run_what_it_says() -> None:
    inside, outside = f"{ROOT}/x", "/srv/x"
    expected = {
        "read-only": ("deny", "deny", "deny", "allow", "allow", "ask"),
        "ask": ("ask", "ask", "ask", "allow", "allow", "ask"),
        "accept-edits": ("allow", "ask", "ask", "allow", "allow", "ask"),
        "autonomous": ("allow", "ask", "allow", "allow", "allow", "ask"),
    }
    for mode in MODES:
        found = (
            file("write", inside, mode=mode).action, file("write", outside, mode=mode).action,
            shell("make", mode=mode, confined="whole").action, shell("ls", mode=mode).action,
            file("read", inside, mode=mode).action, file("read", outside, mode=mode).action,
        )  # fmt: skip
        assert found == expected[mode], mode


def test_autonomous_without_a_sandbox_asks_and_says_why() -> None:
    verdict = shell("make", mode="autonomous", confined="no")
    assert verdict.action == "ask" and "no sandbox works here" in verdict.why
    for wish in ("network", "unconfined"):
        assert shell("make", mode="autonomous", confined="whole", arguments={wish: True}).action == "ask"


def test_autonomous_asks_where_the_sandbox_does_not_guard_git_or_the_home_folder() -> None:
    partly = shell("make", mode="autonomous", confined="partly")
    assert partly.action == "ask" and "does not guard git's settings and hooks" in partly.why
    for root in (HOME, Path("/")):
        home = shell("make", mode="autonomous", confined="whole", root=root, cwd=ROOT)
        assert home.action == "ask" and "home folder" in home.why
    assert shell("ls", mode="autonomous", confined="partly").action == "allow"


def test_what_leaves_the_sandbox_asks_whatever_is_allowed() -> None:
    for command, wish in itertools.product(("ls", "make"), ("unconfined", "network")):
        verdict = shell(
            command, mode="autonomous", confined="whole", rules=EVERYTHING, grants=(command,), arguments={wish: True}
        )
        assert (verdict.action, verdict.pattern, verdict.suggestion) == ("ask", "", None)


def test_reading_only_no_rule_makes_it_write() -> None:
    assert file("write", f"{ROOT}/x", mode="read-only", rules=EVERYTHING, grants=("/**",)).action == "deny"
    assert shell("make", mode="read-only", rules=EVERYTHING, grants=("make",)).action == "deny"


def test_a_project_s_mode_is_a_ceiling() -> None:
    book = Rules(ceiling="read-only")
    assert file("write", f"{ROOT}/x", mode="autonomous", book=book).action == "deny"
    assert Rules(ceiling="accept-edits").narrowed("ask") == "ask"
    assert Rules(mode="read-only").narrowed(None) == "read-only"


# --- rules

RULES = [
    rule("deny", tool="shell", command="git push"), rule("ask", tool="shell", command="git"),
    rule("allow", tool="shell", command="make"), rule("allow", tool="shell", command="git commit"),
    rule("deny", path="secrets/**"), rule("ask", path="docs"), rule("allow", tool="tool", path="docs/**"),
    rule("allow", path="~/notes/*.md"), rule("deny", tool="tool", source="project", path="*.lock"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("command", "action"),
    [
        ("make", "allow"), ("make all", "allow"), ("make && ls", "allow"), ("ls | make", "allow"), ("makefoo", "ask"),
        ("m'a'ke x", "allow"), ("make; rm x", "ask"), ("make > out", "ask"), ("make $(x)", "ask"), ("make &", "ask"),
        ("git commit -m x", "ask"), ("git push", "deny"), ("git push --force", "deny"), ("git 'push'", "deny"),
        ("g\\it push", "deny"), ("make && git push", "deny"), ("sudo git push", "deny"), ("/usr/bin/git push", "deny"),
        ("env A=b git push", "deny"), ("bash -c 'git push; true'", "deny"), ("echo $(git push)", "deny"),
        ("if true; then git push; fi", "deny"), ("git pushy", "ask"), ("git -C x push", "deny"), ("FOO=1 make", "ask"),
        ("cat secrets/key", "deny"), ("cat ./secrets/../secrets/key", "deny"), ("make secrets/x", "deny"),
    ],
)  # fmt: skip
def test_a_rule_for_a_command_holds_by_words(command: str, action: str) -> None:
    verdict = shell(command, rules=tuple(RULES))
    assert verdict.action == action, verdict.why


def test_flags_between_its_words_do_not_dodge_a_rule_that_denies() -> None:
    deny = (rule("deny", tool="shell", command="git push"), rule("allow", tool="shell", command="git"))
    for command in ("git --no-pager push", "git -c a=b -C x push", "sudo git -C x push origin", "git --git-dir=x push"):
        assert shell(command, rules=deny).action == "deny", command
    for command in ("git commit -m push", "git log push"):
        assert shell(command, rules=deny).action == "allow", command


def test_what_reads_all_of_a_folder_is_asked_about_where_a_rule_speaks_of_a_part_of_it() -> None:
    for name in ("secrets/**", "secrets", "**/*.pem", "~/project/src/key"):
        book = (rule("deny", path=name),)
        for command in ("grep -r key .", "rg key", "git grep key", "ls && rg key src/../."):
            verdict = shell(command, rules=book)
            assert verdict.action == "ask" and "what a rule speaks of" in verdict.why, command
        assert judge(asked(spec("read", "grep"), {}, ROOT, rules=book)).action == "ask"
        assert shell("ls", rules=book).action == "allow"
    assert shell("rg key src", rules=(rule("deny", path="secrets/**"),)).action == "allow"
    assert shell("rg key", rules=(rule("deny", path="secrets/**"),), grants=("rg key",)).action == "allow"


def test_a_folder_that_is_git_s_under_another_name_is_never_written_to() -> None:
    verdict = file("write", f"{ROOT}/bare/config", mode="accept-edits", in_git=f"{ROOT}/bare/config")
    assert (verdict.action, verdict.hard) == ("deny", True)


@pytest.mark.parametrize(
    ("path", "action"),
    [
        (f"{ROOT}/secrets/x", "deny"), (f"{ROOT}/secrets", "deny"), (f"{ROOT}/Secrets/x", "deny"),
        (f"{ROOT}/docs/x", "ask"), (f"{HOME}/notes/a.md", "allow"), (f"{HOME}/notes/a/b.md", "ask"),
        (f"{HOME}/notes/a.txt", "ask"), (f"{ROOT}/uv.lock", "deny"), (f"{ROOT}/a/uv.lock", "ask"),
    ],
)  # fmt: skip
def test_a_rule_for_a_path_is_a_glob(path: str, action: str) -> None:
    assert file("write", path, rules=tuple(RULES)).action == action


def test_a_domain_is_itself_and_what_is_below_it() -> None:
    web = spec("fetch", "web", url_fields=("url",))
    allow, deny = rule("allow", domain="example.com"), rule("deny", domain="bad.example.com")
    for url, action in {
        "https://example.com/x": "allow", "http://a.example.com": "allow", "https://EXAMPLE.com.": "allow",
        "https://notexample.com": "ask", "https://example.com.evil.net": "ask", "https://x@example.com": "allow",
        "https://example.com@evil.net": "ask", "https://x.bad.example.com/": "deny",
    }.items():  # fmt: skip
        assert judge(asked(web, {"url": url}, rules=(allow, deny))).action == action, url


def test_a_verdict_names_the_rule_that_decided() -> None:
    assert shell("git push", rules=tuple(RULES)).rule == "deny shell git push"
    assert shell("make", rules=tuple(RULES)).rule == "allow shell make"
    assert file("write", f"{ROOT}/uv.lock", rules=tuple(RULES)).rule == "deny tool *.lock (the project's rule)"


def test_an_exact_rule_takes_no_more_words() -> None:
    exact = (rule("allow", tool="shell", command="rm -r build", exact=True),)
    assert shell("rm -r build", rules=exact).action == "allow"
    assert shell("rm -r build src", rules=exact).action == "ask"


def test_while_rules_cannot_be_read_everything_is_asked() -> None:
    book = Rules(problem="x is not TOML.", rules=EVERYTHING)
    for verdict in (file("read", f"{ROOT}/x", book=book), shell("ls", book=book), shell("make", book=book)):
        assert verdict.action == "ask" and "x is not TOML." in verdict.why
    assert file("write", f"{ROOT}/.git/x", book=book).action == "deny"


def test_a_rule_about_commands_asks_about_every_command_that_cannot_be_read() -> None:
    deny = (rule("deny", tool="shell", command="git push"),)
    assert shell("$G push", rules=deny, mode="autonomous", confined="whole").action == "ask"
    assert shell("$G push", mode="autonomous", confined="whole").action == "allow"


OVERLAPPING = [
    *RULES, rule("deny", tool="shell", command="git push a"), rule("ask", command="git commit"),
    rule("allow", tool="shell", command="make all"), rule("deny", tool="shell", path="secrets/key"),
]  # fmt: skip


@given(
    st.permutations(OVERLAPPING),
    st.sampled_from(["make all", "git push a", "git commit", "make && git push a", "x", "ls", "cat secrets/key"]),
)
def test_no_order_of_rules_changes_a_verdict(rules: list[Rule], command: str) -> None:
    assert shell(command, rules=tuple(rules)) == shell(command, rules=tuple(OVERLAPPING))


@given(st.lists(st.sampled_from(RULES + list(EVERYTHING)), max_size=6), st.sampled_from(MODES))
def test_one_more_rule_that_denies_or_asks_never_lets_more_run(rules: list[Rule], mode: Mode) -> None:
    order = ("allow", "ask", "deny")
    for command, narrower in itertools.product(("make", "git push", "rm x", "ls"), RULES[:2]):
        before = shell(command, rules=tuple(rules), mode=mode).action
        after = shell(command, rules=(*rules, narrower), mode=mode).action
        own = order.index(narrower.action) if command == "git push" else 0
        assert order.index(after) >= max(order.index(before), own)


# --- the rule that "always" would write


@pytest.mark.parametrize("command", ["make", "rm -r 'a b'", "ls && make", "cat /etc/passwd", "git commit -m 'x; y'"])
def test_the_suggested_rule_covers_the_call_and_not_one_word_more(command: str) -> None:
    suggested = shell(command).suggestion
    assert suggested is not None and suggested.action == "allow"
    assert shell(command, rules=(suggested,)).action == "allow"
    assert shell(f"{command} more", rules=(suggested,)).action == "ask"


@pytest.mark.parametrize("command", ["make > x", "a && b", "echo $(x)", "make &", "ls *"])
def test_what_no_rule_can_say_is_not_suggested(command: str) -> None:
    assert shell(command).suggestion is None


def test_files_are_suggested_by_their_folder_inside_and_by_name_outside() -> None:
    for path in (f"{ROOT}/a/b", "/srv/x"):
        suggested = file("write", path).suggestion
        assert suggested is not None
        assert file("write", path, rules=(suggested,)).action == "allow"
        assert file("write", "/srv/y", rules=(suggested,)).action == "ask"


def test_what_is_touched_is_said() -> None:
    touched = shell("rm x /srv/y > out.txt").touches
    assert "runs rm" in touched and "writes to out.txt" in touched
    assert "names /srv/y, outside the workspace folder" in touched
    assert file("write", f"{ROOT}/x").touches == (f"changes {ROOT}/x",)


# --- real files


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace ``b`` with links of all kinds, a neighbour ``bc``, and something to steal above both."""
    top = Path(os.path.realpath(tmp_path_factory.mktemp("tree")))
    for folder in ("b/sub/deep", "bc", "b/日本"):
        (top / folder).mkdir(parents=True)
    for name in ("secret", "b/file", "bc/file", "b/sub/file"):
        (top / name).write_text("x")
    for link, target in {
        "b/out": "..", "b/in": "sub", "b/far": "/etc", "b/loop": "loop", "b/near": "../bc", "b/file-out": "../secret",
        "b/sub/up": "..", "b/dangling": "../nothing", "bc/back": "../b", "b/chain": "sub/up/out",
    }.items():  # fmt: skip
        (top / link).symlink_to(target)
    return top


STEPS = st.lists(
    st.sampled_from(("", ".", "..", "out", "in", "far", "near", "file-out", "sub", "up", "dangling", "back", "chain",
                     "file", "b", "bc", "secret", "日本", "new", "~", "deep")),
    max_size=7,
).map("/".join)  # fmt: skip


def reads(path: Path, root: Path) -> str:
    return judge(asked(spec("read"), {}, path, root=root)).action


@given(STEPS, st.booleans())
def test_no_path_reads_outside_unasked_whatever_links_and_dots_it_takes(tree: Path, steps: str, absolute: bool) -> None:
    root = tree / "b"
    path = resolve(f"{root}/{steps}" if absolute else steps, root)
    real = os.path.realpath(root / os.path.expanduser(steps) if not absolute else f"{root}/{steps}")
    inside = real == str(root) or real.startswith(f"{root}/")
    assert (reads(path, root) == "allow") is inside


@pytest.mark.parametrize(
    "path", ["..", "../secret", "out/secret", "file-out", "near/file", "far/passwd", "sub/../../secret",
             "in/up/out/secret", "chain/secret", "dangling", "~", "~/x", "/", "/etc/passwd", "sub/up/../secret"],
)  # fmt: skip
def test_an_escape_asks(tree: Path, path: str) -> None:
    assert reads(resolve(path, tree / "b"), tree / "b") == "ask"


@pytest.mark.parametrize("path", ["loop", "loop/x", "a\0b", "~nobody-of-that-name/x", "\ud800"])
def test_what_is_no_path_is_refused_before_it_is_judged(tree: Path, path: str) -> None:
    with pytest.raises(ValueError):
        resolve(path, tree / "b")
