"""Rules in files: read strictly, narrowed by the project, written beside whatever a person wrote."""

import os
import stat
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.engine.policy.rules import Rule
from tui.errors import ConfigError
from tui.settings.config import read_settings
from tui.settings.rulebook import RuleFiles

TOUCH = Rule(action="allow", tool="shell", command="touch 'a b'", exact=True)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config" / "config.toml"


@pytest.fixture
def book(config: Path) -> RuleFiles:
    return RuleFiles(config, ())


def put(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def test_without_files_there_are_no_rules(book: RuleFiles, root: Path) -> None:
    rules = book.read(root)
    assert (rules.rules, rules.mode, rules.ceiling, rules.problem) == ((), "ask", "autonomous", "")


def test_both_files_are_read_again_when_they_change(book: RuleFiles, root: Path, config: Path) -> None:
    put(config, '[policy]\nmode = "autonomous"\n[[policy.rules]]\naction = "allow"\ntool = "write"\npath = "docs/**"\n')
    put(root / ".penstock.toml", '[policy]\nmode = "ask"\n[[policy.rules]]\naction = "deny"\ncommand = "git push"\n')
    rules = book.read(root)
    assert [rule.text for rule in rules.rules] == [
        "allow write docs/**", "deny * git push (the project's rule)",
    ]  # fmt: skip
    assert (rules.mode, rules.ceiling, rules.narrowed(None)) == ("autonomous", "ask", "ask")
    put(config, "")
    assert [rule.action for rule in book.read(root).rules] == ["deny"]
    (root / ".penstock.toml").unlink()
    assert book.read(root).rules == ()


def test_a_project_cannot_allow_and_it_is_said(book: RuleFiles, root: Path) -> None:
    put(root / ".penstock.toml", '[[policy.rules]]\naction = "allow"\ntool = "shell"\n')
    rules = book.read(root)
    assert rules.rules == () and "1 of its rules would allow" in rules.notes[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x", "is not TOML"), ("[policy]\nmode = 'yolo'", "policy.mode is 'yolo', and must be"),
        ("[policy]\nmods = 1", "no setting policy.mods"), ("[policy]\nrules = 1", "must be tables: [[policy.rules]]"),
        ("[[policy.rules]]\ntool = 'x'", "policy.rules[1].action is missing"),
        ("[[policy.rules]]\naction = 'alow'", "Did you mean allow?"),
        ("[[policy.rules]]\naction = 'allow'", "policy.rules[1].tool is missing"),
        ("[[policy.rules]]\naction = 'deny'\npath = 'a'\ncommand = 'b'", "speaks of one thing"),
        ("[[policy.rules]]\naction = 'deny'\ncommand = \"it's\"", "every quote closed"),
        ("[[policy.rules]]\naction = 'deny'\nexact = true", "left out where there is no command"),
        ("[[policy.rules]]\naction = 'allow'\ntool = 'shell'\ncommand = ''", "left out, or some text"),
        ("[[policy.rules]]\naction = 'allow'\ntool = 'write'\npath = ''", "left out, or some text"),
        ("[[policy.rules]]\naction = 'deny'\nwhat = 'x'", "no setting policy.rules[1].what"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_a_problem_and_names_the_file_and_the_key(
    book: RuleFiles, root: Path, config: Path, text: str, words: str
) -> None:
    for path in (config, root / ".penstock.toml"):
        put(path, text)
        problem = book.read(root).problem
        assert words in problem and str(path) in problem
        path.unlink()
    put(config, text)
    with pytest.raises(ConfigError) as error:
        read_settings(config)
    assert words in error.value.sentence()


def test_a_file_that_may_not_be_read_is_a_problem(book: RuleFiles, root: Path) -> None:
    (root / ".penstock.toml").mkdir()
    assert "cannot be read" in book.read(root).problem


def test_config_s_mode_is_a_setting(config: Path) -> None:
    put(config, '[policy]\nmode = "read-only"\n')
    assert read_settings(config).mode == "read-only"


# --- writing


def test_a_rule_is_written_into_a_new_file_for_its_owner_alone(book: RuleFiles, root: Path, config: Path) -> None:
    book.add(TOUCH)
    assert book.read(root).rules == (TOUCH,)
    assert stat.S_IMODE(os.stat(config).st_mode) == 0o600
    book.add(TOUCH)
    assert config.read_text().count("[[policy.rules]]") == 1


@pytest.mark.parametrize(
    "text",
    [
        '# mine\nmodel = "a/b" # best\n\n[limits]\n# patience\nidle = 90\n',
        '[policy]\n# careful\nmode = "ask"   # always\n',
        '[policy]\nmode = "ask"\n[[policy.rules]]\naction = "deny" # never\ncommand = "x y"\n\n[limits]\nidle = 9\n',
        'policy.mode = "ask"\n', 'policy = {mode = "ask"}\n', "[policy]\nrules = []\n",
        '[policy]\nrules = [{action = "deny", command = "x"}] # one\n', 'theme = "penstock-light"', "\ufeff# bom\n",
    ],
)  # fmt: skip
def test_what_a_person_wrote_stays_when_rules_come_and_go(book: RuleFiles, root: Path, config: Path, text: str) -> None:
    put(config, text)
    before = book.read(root)
    book.add(TOUCH)
    after = book.read(root)
    assert after.problem == "" and after.rules == (*before.rules, TOUCH) and after.mode == before.mode
    for comment in ("# mine", "# best", "# patience", "# careful", "# always", "# never", "# one", "# bom"):
        assert (comment in text) == (comment in config.read_text())
    read_settings(config)
    assert book.remove(TOUCH)
    assert book.read(root).rules == before.rules
    read_settings(config)


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)


@given(st.lists(TEXTS, min_size=1, max_size=3))
def test_any_path_is_written_as_it_is(tmp_path_factory: pytest.TempPathFactory, paths: list[str]) -> None:
    folder = tmp_path_factory.mktemp("book")
    book = RuleFiles(folder / "config.toml", ())
    rules = tuple(dict.fromkeys(Rule(action="deny", path=path) for path in paths))
    for rule in rules:
        book.add(rule)
    assert book.read(folder).rules == rules


def test_a_file_that_cannot_be_changed_is_left_as_it_is(book: RuleFiles, config: Path) -> None:
    put(config, "not toml")
    with pytest.raises(ConfigError, match="not TOML"):
        book.add(TOUCH)
    assert config.read_text() == "not toml"
    config.unlink()
    config.mkdir()
    with pytest.raises(ConfigError):
        book.add(TOUCH)


def test_a_link_to_the_file_stays_a_link_and_its_mode_stays(book: RuleFiles, config: Path, tmp_path: Path) -> None:
    put(tmp_path / "dotfiles.toml", "# far\n")
    os.chmod(tmp_path / "dotfiles.toml", 0o640)
    config.parent.mkdir()
    config.symlink_to(tmp_path / "dotfiles.toml")
    book.add(TOUCH)
    assert config.is_symlink() and "# far" in config.read_text()
    assert stat.S_IMODE(os.stat(config).st_mode) == 0o640


ADD = """
import sys
from pathlib import Path
from tui.engine.policy.rules import Rule
from tui.settings.rulebook import RuleFiles
book = RuleFiles(Path(sys.argv[1]), ())
for number in range(5):
    book.add(Rule(action="deny", command=f"{sys.argv[2]} {number}"))
"""


def test_writers_in_threads_and_other_processes_lose_nothing(book: RuleFiles, root: Path, config: Path) -> None:
    put(config, "# mine\n")

    def add(name: str) -> None:
        for number in range(5):
            book.add(Rule(action="deny", command=f"{name} {number}"))

    others = [subprocess.Popen([sys.executable, "-c", ADD, str(config), f"process{n}"]) for n in range(2)]
    threads = [Thread(target=add, args=(f"thread{n}",)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [other.wait() for other in others] == [0, 0]
    rules = book.read(root).rules
    assert len(rules) == len(set(rules)) == 25
    assert config.read_text().startswith("# mine\n")
    assert {path.name for path in config.parent.iterdir()} == {"config.toml", ".config.toml.lock"}
