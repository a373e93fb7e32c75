"""Places that no call may change, and places whose reading is always asked about. Pure: paths in, sentences out.

Whoever writes there owns the person's next shell, next git command or next login, or changes what Penstock
itself remembers and allows. Names are compared without case, and without characters that some file systems
ignore: ``.GIT`` is ``.git`` on a Mac, and a file that is protected for nothing costs little.
"""

import unicodedata
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Literal

from tui.value import value

Sort = Literal["own", "start", "secret", "private"]
"""``private``: reading it is asked about; what changes it is judged as everything is."""

PROJECT_FILE = ".penstock.toml"
"""A project's own rules, in the workspace folder."""

_START = """
.bashrc .bash_profile .bash_login .bash_logout .bash_aliases .profile .zshrc .zshenv .zprofile .zlogin .zlogout .kshrc
.mkshrc .cshrc .tcshrc .login .logout .inputrc .pam_environment .xprofile .xsessionrc .xinitrc .xsession .gitconfig
.config/fish .config/git .config/nushell .config/environment.d .config/systemd .config/autostart .config/zsh .zsh
.oh-my-zsh .bash_completion .bash.d .bashrc.d .profile.d .local/share/systemd .local/share/bash-completion
Library/LaunchAgents Library/LaunchDaemons
"""
_SYSTEM = """
/etc/profile /etc/profile.d /etc/bash.bashrc /etc/bashrc /etc/zsh /etc/zshrc /etc/zshenv /etc/zprofile /etc/fish
/etc/gitconfig /etc/ssh /etc/sudoers /etc/sudoers.d /etc/crontab /etc/cron.d /var/spool/cron /etc/ld.so.preload
"""
_SECRET = """
.ssh .gnupg .netrc .git-credentials .aws/credentials .docker/config.json .kube/config .pgpass .config/gh
"""
_PRIVATE = """
~/.aws ~/.azure ~/.kube ~/.docker ~/.oci ~/.npmrc ~/.pypirc ~/.yarnrc.yml ~/.boto ~/.s3cfg ~/.my.cnf ~/.vault-token
~/.databrickscfg ~/.gem/credentials ~/.huggingface ~/.cache/huggingface/token ~/.cargo/credentials
~/.cargo/credentials.toml ~/.terraform.d/credentials.tfrc.json ~/.password-store ~/.claude ~/.claude.json ~/.codex
~/.gemini ~/.config/hub ~/.config/glab-cli ~/.config/gcloud ~/.config/op ~/.config/sops ~/.config/age ~/.config/rclone
~/.config/doctl ~/.config/git/credentials ~/.config/pypoetry/auth.toml ~/.config/containers/auth.json
~/.config/configstore ~/.config/github-copilot ~/.local/share/keyrings ~/.local/share/kwalletd ~/.bash_history
~/.zsh_history ~/.python_history ~/.psql_history ~/.mysql_history ~/.node_repl_history ~/.mozilla ~/.librewolf
~/.thunderbird ~/.config/google-chrome ~/.config/chromium ~/.config/BraveSoftware ~/.config/microsoft-edge
~/.config/vivaldi ~/.config/opera ~/.config/Slack ~/.config/discord ~/.config/Signal ~/Library/Keychains
~/Library/Cookies ~/Library/Messages /proc /etc/shadow
"""


WORKTREES = "worktrees"
"""The folder among Penstock's own that holds the person's files, and is judged as any other."""


@value
class Place:
    """A protected file or folder; ``path`` is folded as ``folded`` does it, and so is ``but``, a folder in it that is
    not protected ("" for none)."""

    path: str
    sort: Sort
    name: str
    but: str = ""


@lru_cache(maxsize=8)
def places_of(home: str, own: tuple[str, ...]) -> tuple[Place, ...]:
    """All protected places but git's, which are known by their name alone."""
    home = home.rstrip("/")
    name = "what Penstock itself remembers and allows"
    found = [Place(path=folded(one), sort="own", name=name, but=folded(f"{one}/{WORKTREES}")) for one in own]
    for one in _START.split():
        found.append(Place(path=folded(f"{home}/{one}"), sort="start", name=f"~/{one}, which starts programs"))
    for one in _SECRET.split():
        found.append(Place(path=folded(f"{home}/{one}"), sort="secret", name=f"~/{one}, which holds secrets"))
    for one in _PRIVATE.split():
        found.append(Place(path=folded(one.replace("~", home)), sort="private", name=f"{one}, which may hold secrets"))
    for one in _SYSTEM.split():
        found.append(Place(path=folded(one), sort="start", name=f"{one}, which the system trusts"))
    return tuple(found)


@lru_cache(maxsize=4096)
def folded(path: str) -> str:
    """A path for comparing: no case, one form of letters, none of the characters that are ignored."""
    kept = "".join(character for character in path if unicodedata.category(character) != "Cf")
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", kept).casefold()).rstrip("/") or "/"


def forbidden(path: str, places: tuple[Place, ...]) -> str:
    """Why nothing may write to ``path`` (absolute, no ``..``); "" where it may."""
    plain = folded(path)
    if ".git" in plain.split("/"):
        return f"{path} is inside git's own folder, where a file can run commands."
    place = next((place for place in places if place.sort != "private" and _holds(place, plain)), None)
    return "" if place is None else f"{path} is {_where(plain, place)}."


def secret(path: str, places: tuple[Place, ...]) -> str:
    """Why reading ``path``, or all below it, is always asked about; "" where it is not."""
    plain = folded(path)
    for place in places:
        if place.sort == "start":
            continue
        if _holds(place, plain):
            return f"It would read {path}, {_where(plain, place)}."
        if _is_in(place.path, plain):
            return f"{path} holds {place.name}."
    return ""


def taken_along(path: str, places: tuple[Place, ...]) -> str:
    """Which protected place is below ``path``, or meant by it where it is a pattern; "" for none."""
    plain = folded(path)
    pattern = any(mark in plain for mark in "*?[")
    for place in places:
        if place.path.startswith(("/etc/", "/proc")) and plain != "/":
            continue
        if _is_in(place.path, plain) or (pattern and fnmatchcase(place.path, plain)):
            return f"{path} takes {place.name} along."
    return ""


def _holds(place: Place, path: str) -> bool:
    return _is_in(path, place.path) and not (place.but and path != place.but and _is_in(path, place.but))


def _is_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder.rstrip('/')}/")


def _where(path: str, place: Place) -> str:
    return place.name if path == place.path else f"inside {place.name}"
