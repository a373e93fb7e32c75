"""What a confined command may touch, as paths: the same for every kind of sandbox.

Writable are the workspace, the folder that the command works in, what config.toml adds, and the git folder of a linked
worktree (which lies elsewhere, and is believed only where it points back). Hidden is what holds keys, logins and
sockets to other programs. Guarded, within what is writable, is what makes a later git or shell run a program: hooks,
git's settings, shell start files; and the project's rules. A link is never followed out of the workspace to make its
target writable.
"""

import os
import re
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from tui.value import value

_SECRETS = """
~/.ssh ~/.aws ~/.gnupg ~/.azure ~/.kube ~/.oci ~/.netrc ~/.npmrc ~/.pypirc ~/.yarnrc.yml ~/.boto ~/.s3cfg ~/.pgpass
~/.my.cnf ~/.vault-token ~/.databrickscfg ~/.git-credentials ~/.gem/credentials ~/.huggingface
~/.cache/huggingface/token ~/.cargo/credentials ~/.cargo/credentials.toml ~/.terraform.d/credentials.tfrc.json
~/.docker/config.json ~/.docker/run ~/.colima ~/.lima ~/.rd ~/.password-store ~/.claude ~/.claude.json ~/.codex
~/.gemini ~/.config/gh ~/.config/hub ~/.config/glab-cli ~/.config/gcloud ~/.config/op ~/.config/sops ~/.config/age
~/.config/rclone ~/.config/doctl ~/.config/git/credentials ~/.config/pypoetry/auth.toml ~/.config/penstock
~/.config/containers/auth.json ~/.config/configstore ~/.config/github-copilot ~/.local/share/keyrings
~/.local/share/kwalletd ~/.local/share/penstock ~/.local/share/opencode ~/.local/share/fish/fish_history
~/.bash_history ~/.zsh_history ~/.python_history ~/.psql_history ~/.mysql_history ~/.node_repl_history ~/.mozilla
~/.librewolf ~/.thunderbird ~/.zen ~/.var/app ~/snap/firefox ~/snap/chromium ~/.config/google-chrome
~/.config/chromium ~/.config/BraveSoftware ~/.config/microsoft-edge ~/.config/vivaldi ~/.config/opera
~/.config/Slack ~/.config/discord ~/.config/Signal /var/lib/docker /var/lib/containerd
"""
SECRETS = tuple(_SECRETS.split())
_STARTS = """
~/.bashrc ~/.bash_profile ~/.bash_login ~/.bash_logout ~/.profile ~/.zshrc ~/.zshenv ~/.zprofile ~/.zlogin
~/.config/fish ~/.config/autostart ~/.config/systemd ~/.config/git ~/.gitconfig ~/.local/bin ~/bin
~/.local/share/applications ~/.local/share/systemd ~/.pam_environment ~/.xprofile ~/.xsessionrc
"""
STARTS = tuple(_STARTS.split())
"""Guarded where the workspace is the home folder itself, or holds it."""
PRIVATE = (Path("/tmp"), Path("/run"))
"""Folders that a command gets empty ones of."""
RESOLVERS = ("/run/systemd/resolve", "/run/NetworkManager/resolv.conf", "/run/resolvconf", "/run/current-system")
"""Below ``/run`` and still seen: how names are resolved, and where NixOS keeps its programs."""
DEEPEST, MOST_FOLDERS, MOST_REPOSITORIES = 3, 1_000, 50
"""How far repositories are looked for below the workspace folder."""
_PASSED = frozenset(["node_modules", ".venv", "venv", "__pycache__", "target", ".tox", ".cache"])
_WORKTREE = re.compile(r"^\s*worktree\s*=\s*(.+?)\s*$", re.MULTILINE)


@value
class Bounds:
    """All paths are absolute and real. ``hidden`` and ``guarded`` exist; none of ``hidden`` lies in another."""

    cwd: Path
    writable: tuple[Path, ...]
    hidden: tuple[Path, ...]
    guarded: tuple[Path, ...]
    missing: tuple[Path, ...] = ()
    """Folders that would be guarded if they were there: none may be made."""
    network: bool = False


def bounds(
    cwd: Path, root: Path, *, network: bool = False, writable: Iterable[Path] = (), hidden: Iterable[Path] = ()
) -> Bounds:
    """The bounds of one command in ``cwd``, a folder of the workspace ``root``. Looks at the file system as it is."""
    cwd, root = _real(cwd), _real(root)
    open_folders = dict.fromkeys([root, cwd, *(_real(path) for path in writable if os.path.exists(path))])
    guarded: dict[Path, None] = {}
    gits: list[Path] = []
    for place in _places(cwd, root):
        folder = git_folder(place)
        if folder is not None:
            if not any(folder.is_relative_to(other) for other in gits):
                open_folders[folder] = None  # also where it lies inside: what is bound by itself cannot be moved away
            gits.append(folder)
            guarded |= dict.fromkeys(_guarded(folder))
    missing = tuple(folder / "hooks" for folder in _main(guarded) if not os.path.lexists(folder / "hooks"))
    if os.path.isfile(rules := root / ".penstock.toml") and not os.path.islink(rules):
        guarded[rules] = None
    for start in (_real(path) for path in _expanded(STARTS)):
        if os.path.exists(start) and any(_within(start, folder) for folder in open_folders):
            guarded[start] = None
    secret = sorted({_real(path) for path in (*_expanded(SECRETS), *hidden) if os.path.exists(path)})
    covered: list[Path] = []
    for path in secret:
        if path not in open_folders and not any(_hides(above, path, open_folders) for above in covered):
            covered.append(path)
    return Bounds(
        cwd=cwd, writable=tuple(sorted(open_folders)), hidden=tuple(covered), guarded=tuple(guarded), missing=missing,
        network=network,
    )  # fmt: skip


def _main(guarded: Iterable[Path]) -> list[Path]:
    return [path.parent for path in guarded if path.name == "config"]


def redirections(cwd: Path, root: Path) -> list[Path]:
    """Files, none of them there now, that would make git take the settings and hooks of another folder. No mount can
    keep a file from being made where git itself makes files: what comes of them has to be taken away."""
    cwd, root = _real(cwd), _real(root)
    folders = filter(None, map(git_folder, _places(cwd, root)))
    return [path for folder in dict.fromkeys(folders) if not os.path.lexists(path := folder / "commondir")]


def git_folder(place: Path) -> Path | None:
    """The git folder that commits in ``place`` write to, None where there is none that can be believed.

    A ``.git`` file may say anything, and a command could have written it: what it names counts only where that,
    which no confined command can write, says the same of ``place``.
    """
    entry = place / ".git"
    if os.path.islink(entry):
        return None
    if os.path.isdir(entry):
        return entry
    said = _said(entry)
    if not said.startswith("gitdir:"):
        return None
    own = _real(place / said.removeprefix("gitdir:").strip())
    if back := _said(own / "gitdir"):  # a linked worktree
        common = _real(own / (_said(own / "commondir") or "."))
        return common if _real(own / back) == entry and own.parent == common / "worktrees" else None
    found = _WORKTREE.search(_said(own / "config"))  # a submodule
    return own if found and _real(own / found[1].strip('"')) == place else None


def _places(cwd: Path, root: Path) -> Iterator[Path]:
    """Where a repository may begin: the working folder, those above it in the workspace, and the workspace."""
    yield cwd
    if _within(cwd, root):
        yield from (above for above in cwd.parents if _within(above, root))
    else:
        yield root
    yield from _repositories(root)


def _repositories(root: Path) -> Iterator[Path]:
    """Folders in the workspace that hold a repository, as far as a short search finds them."""
    waiting, looked, found = deque([(root, 0)]), 0, 0
    while waiting and looked < MOST_FOLDERS and found < MOST_REPOSITORIES:
        folder, depth = waiting.popleft()
        looked += 1
        with suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                if entry.name == ".git":
                    found += 1
                    yield folder
                elif depth < DEEPEST and entry.name not in _PASSED and entry.is_dir(follow_symlinks=False):
                    waiting.append((Path(entry.path), depth + 1))


def _guarded(git: Path) -> Iterator[Path]:
    depths = ("*/config", "*/*/config", "*/*/*/config")  # a submodule's name may hold slashes
    repositories = [git, *(config.parent for depth in depths for config in (git / "modules").glob(depth))]
    for folder in repositories:
        yield from (path for name in ("config", "config.worktree", "hooks") if os.path.exists(path := folder / name))
    for linked in (git / "worktrees").glob("*"):
        yield from (path for name in ("config.worktree", "commondir") if os.path.exists(path := linked / name))


def _expanded(names: Iterable[str]) -> Iterator[Path]:
    """Each below the home folder, and also where the variables say that its settings or its data are."""
    home = Path(os.path.expanduser("~"))
    moved = {"~/.config/": os.environ.get("XDG_CONFIG_HOME"), "~/.local/share/": os.environ.get("XDG_DATA_HOME")}
    for name in names:
        yield home / name.removeprefix("~/")
        for prefix, folder in moved.items():
            if folder and name.startswith(prefix):
                yield Path(folder) / name.removeprefix(prefix)


def _hides(above: Path, path: Path, open_folders: Iterable[Path]) -> bool:
    """Whether ``path`` is gone already, because ``above`` is hidden and nothing between them is open again."""
    between = (folder for folder in open_folders if _within(path, folder) and _within(folder, above))
    return _within(path, above) and not any(between)


def _said(file: Path) -> str:
    """A small file of git's, "" where it cannot be read."""
    try:
        return file.read_text("utf-8", "replace").strip() if os.path.isfile(file) else ""
    except OSError:
        return ""


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _within(path: Path, folder: Path) -> bool:
    return path == folder or path.is_relative_to(folder)
