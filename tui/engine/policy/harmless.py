"""The programs that may run unasked, each with the flags that are known to do no harm. A table, not a guess.

Harmless means: it writes nothing, starts nothing, reaches no network, does not wait for ever, and reads only the
files that it is given by name, or those below the working folder without following links. A flag that is not
listed is not harmless. ``harmful`` gives the reason, and the files that a harmless command reads.

A row of the table: ``-x`` a letter that may stand with others, ``--word`` a long flag, ``:`` after it a value,
``=`` a value that names a file, ``?`` a value only after an equals sign, ``#`` a bare number such as ``-20``.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from tui.engine.policy.harmless_git import GIT, GIT_BARE
from tui.engine.policy.shell_words import Simple
from tui.value import value

Operands = Literal["files", "texts", "text+files", "none"]
LONGEST_SLEEP = 60.0
_NUMBER = re.compile(r"-?\d{1,7}(\.\d{1,6})?")
_BUILT_IN = frozenset(["echo", "printf", "pwd", "cd", "true", "false", ":", "test", "type", "command"])
"""Part of the shell: no file of that name is run."""


@value
class Row:
    """One program. ``most`` bounds its operands: a further one would be a file that it writes.

    ``apart``: a flag with a value stands by itself, because versions of the program disagree about what follows it.
    """

    flags: str
    operands: Operands = "files"
    most: int = 1000
    apart: bool = False


@value
class Reading:
    """What a harmless command reads: ``files`` as its words name them. ``moves`` is the folder that ``cd`` goes to."""

    files: tuple[str, ...] = ()
    moves: str = ""
    program: str = ""


_SUMS = Row(flags="-b -t -z --tag --binary --text --zero")
_VERSION_ONLY = Row(flags="--version", operands="none")
_PROGRAMS: dict[str, Row] = {
    "ls": Row(flags=(
        "-l -a -A -h -1 -t -r -R -S -d -F -p -i -s -n -g -o -G -c -u -U -X -x -C -m -k -q -Q -v -T: -w: --all"
        " --almost-all --color? --classify? --directory --full-time --human-readable --inode --size --sort: --time:"
        " --time-style: --reverse --recursive --group-directories-first --no-group --si --numeric-uid-gid"
    )),
    "cat": Row(flags="-n -b -s -A -E -T -v -e -t -u --number --number-nonblank --squeeze-blank --show-all --show-ends"),
    "head": Row(flags="# -n: -c: -q -v -z --lines: --bytes: --quiet --verbose"),
    "tail": Row(flags="# -n: -c: -q -v -z -r --lines: --bytes: --quiet --verbose"),
    "wc": Row(flags="-l -w -c -m -L --lines --words --bytes --chars --max-line-length"),
    "grep": Row(operands="text+files", flags=(
        "# -i -n -r -l -L -c -v -w -x -o -q -s -E -F -G -P -H -h -a -I -b -T -U -z -y -e: -A: -B: -C: -m: -f= --color?"
        " --colour? --ignore-case --line-number --recursive --files-with-matches --files-without-match --count"
        " --invert-match --word-regexp --line-regexp --only-matching --quiet --silent --no-messages --extended-regexp"
        " --fixed-strings --basic-regexp --perl-regexp --with-filename --no-filename --text --include: --exclude:"
        " --exclude-dir: --binary-files: --regexp: --after-context: --before-context: --context: --max-count: --file="
    )),
    "rg": Row(operands="text+files", flags=(
        "-i -n -l -c -v -w -x -o -q -s -S -F -P -H -I -N -a -u -U -p -0 -e: -A: -B: -C: -m: -g: -t: -T: -r: -d: -M: -j:"
        " -f= --ignore-case --smart-case --case-sensitive --line-number --no-line-number --files --files-with-matches"
        " --files-without-match --count --count-matches --invert-match --word-regexp --line-regexp --only-matching"
        " --quiet --fixed-strings --pcre2 --with-filename --no-filename --no-heading --heading --hidden --no-ignore"
        " --no-ignore-vcs --multiline --multiline-dotall --column --vimgrep --json --stats --trim --sort: --sortr:"
        " --glob: --iglob: --type: --type-not: --type-list --after-context: --before-context: --context: --max-count:"
        " --max-depth: --max-columns: --max-filesize: --regexp: --replace: --color: --colors: --passthru --text"
        " --no-config --no-messages --pretty --null --unrestricted --threads: --file= --version"
    )),
    "sort": Row(flags=(
        "-b -d -f -g -h -i -M -n -r -R -u -V -c -C -m -s -z -k: -t: --key: --field-separator: --unique --reverse"
        " --numeric-sort --human-numeric-sort --version-sort --ignore-case --stable --check? --zero-terminated"
    )),
    "uniq": Row(flags="-c -d -D -i -u -z -f: -s: -w: --count --repeated --unique --ignore-case", most=1),
    "cut": Row(flags="-b: -c: -d: -f: -n -s -z --bytes: --characters: --delimiter: --fields: --only-delimited"
               " --complement --output-delimiter:"),
    "tr": Row(flags="-c -C -d -s -t --complement --delete --squeeze-repeats", operands="texts"),
    "diff": Row(flags=(
        "-u -q -w -b -i -B -N -y -s -c -E -Z -a -e -n -t -d -U: -C: -W: -I: --brief --unified? --context? --color?"
        " --side-by-side --ignore-all-space --ignore-space-change --ignore-blank-lines --ignore-case --new-file"
        " --suppress-common-lines --width: --label: --report-identical-files --text --minimal --strip-trailing-cr"
    )),
    "cmp": Row(flags="-l -s -b -n: -i: --verbose --silent --quiet --bytes: --print-bytes"),
    "comm": Row(flags="-1 -2 -3 -i -z --total --output-delimiter:"),
    "stat": Row(flags="-c: -f -t -L -x -s -l --format: --printf: --terse --file-system --dereference"),
    "file": Row(flags="-b -i -I -k -h -n -N -r -0 --brief --mime --mime-type --mime-encoding --keep-going"),
    "du": Row(flags="-s -h -a -c -k -m -b -x -d: -H --summarize --human-readable --all --total --max-depth: --bytes"
              " --apparent-size --exclude: --one-file-system --si -t: --threshold:"),
    "df": Row(flags="-h -H -k -m -i -T -P -l -a --human-readable --inodes --print-type --total --si --all --local"),
    "nl": Row(flags="-b: -n: -w: -s: -v: -i: -h: -f: -d: -l: -p"),
    "tree": Row(apart=True, flags="-a -d -f -i -p -s -h -u -g -D -F -q -N -n -C -L: -I: -P: --dirsfirst --noreport --du"
                " --si --prune --gitignore --matchdirs --inodes --device -r -t -c -U -v -J -X -S -A"),
    "column": Row(flags="-t -s: -c: -o: -n -x -e -N: -R: --table --separator: --output-separator:"),
    "paste": Row(flags="-d: -s -z --delimiters: --serial"), "fold": Row(flags="-w: -b -s --width: --spaces"),
    "rev": Row(flags=""), "tac": Row(flags="-b -r -s: --separator:"), "expand": Row(flags="-t: -i --tabs:"),
    "od": Row(flags="-A: -t: -N: -j: -w: -v -a -b -c -d -f -i -l -o -s -x"),
    "hexdump": Row(flags="-b -c -C -d -o -v -x -n: -s:"), "strings": Row(flags="-a -n: -t: -e: -o"),
    "xxd": Row(apart=True, flags="-b -c: -g: -i -l: -p -s: -u -e", most=1),
    "base64": Row(flags="-d -D -w: -i --decode --wrap: --ignore-garbage", most=1),
    "md5sum": _SUMS, "sha1sum": _SUMS, "sha224sum": _SUMS, "sha256sum": _SUMS, "sha384sum": _SUMS, "sha512sum": _SUMS,
    "b2sum": _SUMS, "cksum": Row(flags="-a: --algorithm:"), "shasum": Row(flags="-a: --algorithm: -b -t"),
    "readlink": Row(flags="-f -e -m -n -q -z --canonicalize --canonicalize-existing --canonicalize-missing"),
    "realpath": Row(flags="-e -m -q -s -z -L -P --relative-to= --relative-base= --canonicalize-missing --no-symlinks"),
    "basename": Row(flags="-a -z -s: --multiple --suffix:", operands="texts"),
    "dirname": Row(flags="-z --zero", operands="texts"),
    "test": Row(flags="-f -d -e -s -r -w -x -L -h -n -z -b -c -p -S -u -g -k -O -G -N -eq -ne -lt -le -gt -ge -a -o -ef"
                " -nt -ot"),
    "echo": Row(flags="-n -e -E", operands="texts"), "printf": Row(flags="", operands="texts"),
    "pwd": Row(flags="-L -P", operands="none"), "cd": Row(flags="-L -P", most=1),
    "true": Row(flags="", operands="texts"),
    "false": Row(flags="", operands="texts"), ":": Row(flags="", operands="texts"),
    "which": Row(flags="-a", operands="texts"), "type": Row(flags="-a -t -p -P", operands="texts"),
    "command": Row(flags="-v -V", operands="texts"),
    "date": Row(flags="-u -R -I -d: --date: --utc --universal --iso-8601? --rfc-3339: --rfc-email",
                operands="texts"),
    "cal": Row(flags="-1 -3 -y -m -j", operands="texts"),
    "uname": Row(flags="-a -s -n -r -v -m -p -i -o", operands="none"),
    "whoami": Row(flags="", operands="none"), "id": Row(flags="-u -g -G -n -r", operands="texts"),
    "hostname": Row(flags="-s -I", operands="none"), "arch": Row(flags="", operands="none"),
    "nproc": Row(flags="--all", operands="none"), "uptime": Row(flags="-p -s", operands="none"),
    "ps": Row(flags="-e -f -A -a -x -l -u: -p: -C: --forest --pid: --user:", operands="texts"),
    "seq": Row(flags="-w -s: -f: --equal-width --separator:", operands="texts"),
    "sleep": Row(flags="", operands="texts"),
    "jq": Row(flags="-r -c -S -s -n -e -j -a -M -C -R --raw-output --compact-output --sort-keys --slurp --null-input"
              " --tab --indent: --exit-status --join-output --raw-input --monochrome-output", operands="text+files"),
    "sed": Row(flags="-n -E -r -s -u -z -e: --quiet --silent --regexp-extended --expression:", operands="text+files"),
    "python": Row(flags="--version -V", operands="none"), "python3": Row(flags="--version -V", operands="none"),
    "node": Row(flags="--version -v", operands="none"), "ruby": _VERSION_ONLY, "perl": _VERSION_ONLY,
    "gcc": _VERSION_ONLY, "clang": _VERSION_ONLY, "bash": _VERSION_ONLY,
    "uv": Row(flags="--version -V", operands="none"),
}  # fmt: skip

_FIND_WORDS = """-name -iname -path -ipath -wholename -iwholename -regex -iregex -regextype -type -size -mtime -mmin
-ctime -cmin -atime -amin -maxdepth -mindepth -print -print0 -printf -prune -empty -not -and -or -a -o ! ( ) , -perm
-user -group -links -depth -d -xdev -mount -ls -quit -true -false -readable -writable -executable -inum -nouser
-nogroup"""
_FIND = frozenset(_FIND_WORDS.split())
_SED = re.compile(r"((\d+|\$|/[^/\\\[]*/)(,(\+?\d+|\$|/[^/\\\[]*/))?)?[p=]( *; *((\d+|\$)(,(\+?\d+|\$))?)?[p=])*")
_VERIFIES = re.compile(r"%[-+ ]?G|%\(\*?sig|^--sort=.*signature")
_RUNS = {
    "-exec": "runs another program", "-execdir": "runs another program", "-ok": "runs another program",
    "-okdir": "runs another program", "-delete": "deletes what it finds", "--pre": "runs another program",
    "--ext-diff": "runs another program", "--textconv": "runs another program", "--exec-path": "runs other programs",
    "--output": "writes a file", "-fprint": "writes a file", "-fprintf": "writes a file", "-fls": "writes a file",
    "-fprint0": "writes a file", "--compress-program": "runs another program", "--hostname-bin": "runs another program",
    "-i": "may change the file in place", "-c": "sets what git would run", "-o": "may write a file",
}  # fmt: skip
"""What a flag does that is known to do harm: only for the sentence."""


class Harmful(Exception):
    """A command that is not harmless. The text says why."""


def harmless(command: Simple) -> Reading:
    """What a literal command reads.

    Raises:
        Harmful: it is not known to be harmless.
    """
    name, *words = command.words
    special = _SPECIAL.get(name)
    if special is not None:
        return special(name, words)
    row = _PROGRAMS.get(name)
    if row is None:
        if "/" in name:
            raise Harmful(f"{name} names a program by its path")
        raise Harmful(f"{name} is not on the list of harmless programs")
    return _by_row(name, row, words)


def _by_row(name: str, row: Row, words: list[str]) -> Reading:
    files, operands = _flags(name, row, words)
    if len(operands) > row.most:
        raise Harmful(f"{name} would write to {operands[row.most]}")
    if row.operands == "none" and operands:
        raise Harmful(f"{name} with {operands[0]} is not on the list of harmless programs")
    if row.operands == "text+files" and not files.given:
        operands = operands[1:]
    named = operands if row.operands in ("files", "text+files") else []
    return Reading(files=(*files.named, *(one for one in named if one != "-")), program=_program(name))


def _program(name: str) -> str:
    return "" if name in _BUILT_IN else name


class _Files:
    """What the flags of one command name. ``given``: the text that the first operand would else be."""

    def __init__(self) -> None:
        self.named: list[str] = []
        self.given = False


@lru_cache(maxsize=256)
def _known(flags: str) -> dict[str, str]:
    """Flag -> what follows it: ":", "=", "?" or "" for nothing."""
    return {flag.rstrip(":=?"): flag[len(flag.rstrip(":=?")) :] for flag in flags.split()}


def _flags(name: str, row: Row, words: list[str]) -> tuple[_Files, list[str]]:
    """The files that flags name, and the operands. Raises Harmful for a flag that is not in the row."""
    known, files, operands = _known(row.flags), _Files(), []
    coming = iter(words)
    for word in coming:
        if word == "--":
            operands += coming
        elif not word.startswith("-") or word == "-":
            operands.append(word)
        elif operands and row.most == 1:  # some systems take it for the second file
            raise Harmful(f"{name} may take {word} for a file that it writes")
        elif word in known or not word.startswith("--"):
            if row.apart and word not in known and any(known.get(f"-{letter}") for letter in word[1:]):
                raise Harmful(_flag_says(name, word))
            _short(name, word, known, files, coming)
        else:
            flag, equals, given = word.partition("=")
            if not equals or known.get(flag, "") == "":
                raise Harmful(_flag_says(name, flag))
            _take(flag, given, known, files)
    return files, operands


def _short(name: str, word: str, known: dict[str, str], files: _Files, coming: Iterator[str]) -> None:
    """One word of flags: a flag that is known whole, or letters that may stand together."""
    if word in known:
        if known[word] in (":", "="):
            _take(word, _value(name, word, coming), known, files, apart=True)
        files.given = files.given or word in ("--files", "--type-list")
        return
    if word[1:].isdigit() and "#" in known:
        return
    for at, letter in enumerate(word[1:], 1):
        flag = f"-{letter}"
        if flag not in known or (len(word) > 2 and known[flag] == "?"):
            raise Harmful(_flag_says(name, word if word in _RUNS or flag not in _RUNS else flag))
        if known[flag]:
            attached = word[at + 1 :]
            _take(flag, attached or _value(name, flag, coming), known, files, apart=not attached)
            return


def _value(name: str, flag: str, coming: Iterator[str]) -> str:
    given = next(coming, "")
    if given.startswith("-") and not _NUMBER.fullmatch(given):  # systems disagree about flags that take a value
        raise Harmful(f"{flag} of {name} may take {given} for something else")
    return given


def _take(flag: str, given: str, known: dict[str, str], files: _Files, *, apart: bool = False) -> None:
    """``apart``: the value is a word of its own, which another version of the program may take for a file."""
    if known[flag] == "=" or apart or given.startswith(("/", "~")) or ".." in given.split("/"):
        files.named.append(given)
    if flag in ("-e", "-f", "--regexp", "--file", "--expression"):
        files.given = True


def _flag_says(name: str, flag: str) -> str:
    does = _RUNS.get(flag)
    return f"{flag} of {name} {does}" if does else f"{flag} of {name} is not on the list of harmless flags"


# --- programs whose words mean more than flags and files


def _find(name: str, words: list[str]) -> Reading:
    starts = []
    rest = list(words)
    while rest and not rest[0].startswith("-") and rest[0] not in ("!", "(", ","):
        starts.append(rest.pop(0))
    files, takes = list(starts), False
    for word in rest:
        if takes:
            takes = False
        elif word in ("-newer", "-samefile", "-anewer", "-cnewer"):
            raise Harmful(f"{word} of find is not on the list of harmless flags")
        elif word in _FIND:
            takes = word in _FIND_VALUES
        else:
            raise Harmful(_flag_says(name, word) if word.startswith("-") else f"find does not expect {word} here")
    return Reading(files=tuple(files), program="find")


_FIND_TAKING = """-name -iname -path -ipath -wholename -iwholename -regex -iregex -regextype -type -size -mtime -mmin
-ctime -cmin -atime -amin -maxdepth -mindepth -printf -perm -user -group -links -inum"""
_FIND_VALUES = frozenset(_FIND_TAKING.split())


def _sed(name: str, words: list[str]) -> Reading:
    if not words or words[0] != "-n" or len(words) < 2:
        raise Harmful("sed is harmless only as sed -n with lines to print")
    script = words[1]
    if not _SED.fullmatch(script):
        raise Harmful(f"the script {script!r} of sed may do more than print lines")
    if flags := [word for word in words[2:] if word.startswith("-") and word != "-"]:
        raise Harmful(_flag_says(name, flags[0]))
    return Reading(files=tuple(word for word in words[2:] if word != "-"), program="sed")


def _jq(name: str, words: list[str]) -> Reading:
    reading = _by_row(name, _PROGRAMS["jq"], words)
    if any(re.search(r"\b(import|include|env|ENV|input|inputs|modulemeta|get_search_list)\b", word) for word in words):
        raise Harmful("the filter of jq may read other files or the environment")
    return reading


def _printf(name: str, words: list[str]) -> Reading:
    if not words or words[0].startswith("-") or re.search(r"%[^%a-zA-Z]*[hlLjzt]*n", words[0]):
        raise Harmful("printf may set a variable")
    return Reading()


def _numbers(name: str, words: list[str]) -> Reading:
    _, operands = _flags(name, _PROGRAMS[name], [word for word in words if not _NUMBER.fullmatch(word)])
    numbers = [word for word in words if _NUMBER.fullmatch(word)]
    if operands or not numbers:
        raise Harmful(f"{name} is harmless only with plain numbers")
    if name == "sleep" and (len(numbers) > 1 or not 0 <= float(numbers[0]) <= LONGEST_SLEEP):
        raise Harmful(f"sleep is harmless up to {LONGEST_SLEEP:g} seconds")
    return Reading(program=name)


def _date(name: str, words: list[str]) -> Reading:
    _, operands = _flags(name, _PROGRAMS["date"], words)
    if any(not operand.startswith("+") for operand in operands):
        raise Harmful("date may set the clock")
    return Reading(program="date")


def _ps(name: str, words: list[str]) -> Reading:
    _, operands = _flags(name, _PROGRAMS["ps"], words)
    if any(operand not in ("aux", "ax", "a", "x") for operand in operands):
        raise Harmful("ps with such words may show the environment of programs")
    if "e" in "".join(word for word in words if not word.startswith("--")) and any(
        not re.fullmatch("-[eAafl]+|--forest", word) for word in words
    ):  # what is no correct list of such flags is read again, as the old ones, where e means the environment
        raise Harmful("ps may take e for the environment of programs")
    return Reading(program="ps")


def _cd(name: str, words: list[str]) -> Reading:
    _, operands = _flags(name, _PROGRAMS["cd"], words)
    if len(operands) != 1 or operands[0] in ("-", ""):
        raise Harmful("cd goes to a folder that its words do not name")
    if ".." in operands[0].split("/"):
        raise Harmful(f"cd {operands[0]} may lead elsewhere than it seems")
    return Reading(files=(operands[0],), moves=operands[0])


def _lookup(name: str, words: list[str]) -> Reading:
    if name == "command" and not (words and words[0] in ("-v", "-V")):
        raise Harmful("command runs another program")
    return _by_row(name, _PROGRAMS[name], words)


def _version(name: str, words: list[str]) -> Reading:
    if len(words) != 1:
        raise Harmful(f"{name} is harmless only when it is asked for its version")
    return _by_row(name, _PROGRAMS[name], words)


def _git(name: str, words: list[str]) -> Reading:
    rest = list(words)
    while rest and rest[0] in ("--no-pager", "--no-optional-locks"):
        rest.pop(0)
    if rest in (["--version"], ["version"]):
        return Reading(program="git")
    if not rest or rest[0].startswith("-"):
        raise Harmful(_flag_says(name, rest[0]) if rest else "git without a command is not on the list")
    if any(_VERIFIES.search(word) or (before == "--sort" and "signature" in word) for before, word in pairwise(rest)):
        raise Harmful("the format has git verify signatures, which runs another program")
    command, *more = rest
    flags = more[: more.index("--")] if "--" in more else more
    for length in (2, 1):
        verb = " ".join(rest[:length])
        if length == len(rest[:length]) == len(verb.split()) and verb in GIT:
            row = Row(flags=GIT[verb])
            files, operands = _flags(f"git {verb}", row, rest[length:])
            if operands and verb in GIT_BARE and not any(flag in flags for flag in GIT_BARE[verb]):
                raise Harmful(f"git {verb} {operands[0]} may change something")
            # A revision reads as a file below the folder; what is a file elsewhere is asked about.
            return Reading(files=(*files.named, *operands), program="git")
    raise Harmful(f"git {command} is not on the list of harmless programs")


_SPECIAL: dict[str, Callable[[str, list[str]], Reading]] = {
    "find": _find, "sed": _sed, "jq": _jq, "printf": _printf, "seq": _numbers, "sleep": _numbers, "date": _date,
    "ps": _ps, "cd": _cd, "command": _lookup, "git": _git, "python": _version, "python3": _version, "node": _version,
    "ruby": _version, "perl": _version, "gcc": _version, "clang": _version, "bash": _version, "uv": _version,
}  # fmt: skip
