"""Git's commands that only look, with the flags that only look. Rows as in ``tui.engine.policy.harmless``.

Left out on purpose: ``-c``, ``--exec-path``, ``--ext-diff``, ``--textconv``, ``--show-signature`` and pagers, which run
other programs; ``--output``, which writes; ``--no-index``, which reads anywhere;
``--submodule``, which runs git in other repositories. What a repository's own configuration
could make git run (a file system monitor, filters, drivers) no word shows: see ``tui.engine.policy.surroundings``.
"""

_DIFF = (
    " --stat? --shortstat --numstat --dirstat? --summary --name-only --name-status --patch -p --no-patch -s --raw"
    " --patch-with-stat --color? --no-color --word-diff? --color-words? --minimal --patience --histogram"
    " --diff-algorithm: --ignore-all-space -w --ignore-space-change -b --ignore-blank-lines --ignore-space-at-eol -U:"
    " --unified: --diff-filter: -M? --find-renames? -C? --find-copies? --no-renames --no-ext-diff --no-textconv -z"
    " --relative? --check --full-index --binary --abbrev? -R -S: -G: --pickaxe-all --pickaxe-regex --exit-code --quiet"
    " --function-context -W --inter-hunk-context: --no-prefix -a --text"
)
_LOG = (
    " # --oneline -n: --max-count: --skip: --graph --all --branches? --tags? --remotes? --decorate? --no-decorate"
    " --decorate-refs: --since: --after: --until: --before: --author: --committer: --grep: -i --regexp-ignore-case -E"
    " -F --extended-regexp --fixed-strings --all-match --invert-grep --format: --pretty? --abbrev-commit"
    " --no-abbrev-commit --merges --no-merges --first-parent --reverse --follow --date: -L: --topo-order --date-order"
    " --author-date-order --left-right --cherry-pick --cherry-mark --no-walk? --simplify-by-decoration --full-history"
    " --ancestry-path -m -c --cc --children --parents --boundary --source --no-notes --use-mailmap --relative-date -g"
    " --walk-reflogs"
)

GIT = {
    "status": "-s -b -v -z --short --branch --verbose --long --porcelain? --untracked-files? -u? --ignored?"
    " --ahead-behind --no-ahead-behind --show-stash --renames --no-renames --column? --no-column",
    "log": _LOG + _DIFF,
    "show": _LOG + _DIFF,
    "diff": "--cached --staged --merge-base" + _DIFF,
    "diff-tree": "-r -t --root --no-commit-id -c --cc -m" + _DIFF,
    "whatchanged": _LOG + _DIFF,
    "shortlog": "-s -n -e -w? --summary --numbered --email --no-merges --since: --until: --all --group:",
    "blame": "-L: -w -l -t -s -e -f -n -p -b -C -M --porcelain --line-porcelain --date: --show-email --show-name",
    "branch": "-a -r -v -vv --all --remotes --list --verbose --show-current --merged? --no-merged? --contains:"
    " --no-contains: --sort: --format: --points-at: --column? --no-column --color? --no-color -i --ignore-case",
    "tag": "-l --list -n? --sort: --format: --contains: --no-contains: --merged? --no-merged? --points-at: -i"
    " --column?",
    "remote": "-v --verbose",
    "remote get-url": "--all --push",
    "stash list": _LOG + _DIFF,
    "reflog": _LOG,
    "reflog show": _LOG,
    "rev-parse": "--show-toplevel --abbrev-ref? --short? --verify --git-dir --git-common-dir --is-inside-work-tree"
    " --show-prefix --show-cdup --is-bare-repository --symbolic-full-name --symbolic --quiet -q --all --branches? "
    " --tags? --absolute-git-dir --show-superproject-working-tree --show-object-format? --absolute-git-dir",
    "rev-list": _LOG + " --count --objects --no-object-names",
    "ls-files": "-c -d -m -o -i -s -u -k -t -v -z --cached --deleted --modified --others --ignored --stage --unmerged"
    " --killed --exclude-standard --exclude: -x: --error-unmatch --full-name --directory --no-empty-directory --eol"
    " --abbrev? --deduplicate --recurse-submodules",
    "ls-tree": "-d -r -t -l -z --long --name-only --name-status --full-name --full-tree --abbrev? --object-only",
    "cat-file": "-p -t -s -e",
    "merge-base": "-a --all --is-ancestor --fork-point --octopus --independent",
    "describe": "--tags --all --long --always --abbrev: --match: --exclude: --contains --exact-match --first-parent",
    "name-rev": "--tags --name-only --refs: --always",
    "for-each-ref": "--count: --sort: --format: --points-at: --merged? --no-merged? --contains: --no-contains:"
    " --ignore-case",
    "show-ref": "--head --heads --tags --branches -d --dereference -s --hash? --verify -q --quiet --abbrev?",
    "grep": "-n -i -l -L -c -w -v -h -H -E -F -G -P -I -a -o -q -p -W -e: -A: -B: -C: -m: --line-number --ignore-case"
    " --name-only --files-with-matches --count --word-regexp --cached --untracked --all-match --and --or --not"
    " --heading --break --show-function --max-depth: --color? --column --fixed-strings --extended-regexp --perl-regexp",
    "worktree list": "-v --porcelain -z",
    "check-ignore": "-v -q -n --verbose --quiet --non-matching --no-index",
    "count-objects": "-v -H --verbose --human-readable",
}
"""Command -> its flags."""

GIT_BARE = {
    "branch": ("--list", "--contains", "--no-contains", "--merged", "--no-merged", "--points-at"),
    "tag": ("--list", "-l", "--contains", "--no-contains", "--points-at"),
    "remote": (),
    "reflog": (),
}
"""Commands that change something when they are given a name, unless one of these flags makes it a search."""
