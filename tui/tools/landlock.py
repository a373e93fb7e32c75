"""A launcher that confines itself by Landlock and seccomp, and then becomes the program that it was given.

    python -I -S landlock.py [--network] --write PATH ... --hide PATH ... --read PATH ... --temporary FOLDER -- ARGV ...

Standard library alone, and no import of ours: it runs before every confined command. Landlock grants rights below
folders and takes none away, so hiding is done by granting what lies beside: all children of the folders above a hidden
path, but not the path. A filter of system calls closes what Landlock leaves open: sockets of every family
without ``--network``, and with it still those of this machine's own services (docker, dbus, ssh-agent).
Exit code 125 and a line on standard error where it cannot be done: a command is never run half confined.
"""

import ctypes
import os
import platform
import signal
import sys

LEAST = 3
"""The first version of Landlock that can keep files outside from being truncated (Linux 6.2)."""
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
TRUNCATE, IOCTL_DEV = 1 << 14, 1 << 15
ALL = (1 << 15) - 1
ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty")
CALLS = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
"""By machine: what seccomp calls it, and the number of ``socket``."""
IO_URING_SETUP = 425
UNIX, VSOCK = 1, 40
NO_NEW_PRIVS, PARENT_DEATH, DROP_CAPABILITY, SECCOMP, BY_FILTER = 38, 1, 24, 22, 2

_libc = ctypes.CDLL(None, use_errno=True)


class Ruleset(ctypes.Structure):
    _fields_ = [("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32)]


class Instruction(ctypes.Structure):
    _fields_ = [("code", ctypes.c_uint16), ("yes", ctypes.c_uint8), ("no", ctypes.c_uint8), ("k", ctypes.c_uint32)]


class Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint16), ("code", ctypes.POINTER(Instruction))]


class Given:
    """The command line."""

    def __init__(self, words: list[str]) -> None:
        self.network = False
        self.temporary = ""
        self.paths: dict[str, list[str]] = {"--write": [], "--hide": [], "--read": []}
        rest = iter(words)
        for word in rest:
            if word == "--":
                break
            if word == "--network":
                self.network = True
            elif word == "--temporary":
                self.temporary = next(rest)
            else:
                self.paths[word].append(next(rest))
        self.argv = list(rest)


class Rules:
    """A Landlock ruleset that is being filled."""

    def __init__(self, version: int, *, network: bool) -> None:
        self.handled = ALL | (IOCTL_DEV if version >= 5 else 0)
        net = 3 if version >= 4 and not network else 0  # binding and connecting, by TCP
        wanted = Ruleset(self.handled, net, 3 if version >= 6 else 0)  # abstract sockets, signals
        size = 24 if version >= 6 else 16 if version >= 4 else 8
        self._fd = _call(444, ctypes.byref(wanted), ctypes.c_size_t(size), ctypes.c_uint32(0))

    def grant(self, path: str, rights: int) -> None:
        """Rights on ``path`` and below it. What is not there, or a link, is passed over."""
        try:
            fd = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            return
        try:
            mode = os.fstat(fd).st_mode & 0o170000
            if mode != 0o120000:
                rights &= self.handled & (-1 if mode == 0o040000 else ON_FILES)
                _call(445, self._fd, 1, ctypes.byref(PathBeneath(rights, fd)), ctypes.c_uint32(0))
        finally:
            os.close(fd)

    def enforce(self) -> None:
        _call(446, self._fd, ctypes.c_uint32(0))
        os.close(self._fd)


def _call(number: int, *arguments: object) -> int:
    result = _libc.syscall(ctypes.c_long(number), *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def _set(option: int, *arguments: object) -> None:
    padding = [ctypes.c_ulong(0)] * (4 - len(arguments))
    if _libc.prctl(ctypes.c_int(option), *arguments, *padding) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def read_all_but(rules: Rules, path: str, hidden: list[str]) -> None:
    """Grant reading of everything in ``path`` that is not hidden, nor below something hidden."""
    if path in hidden:
        return
    start = path.rstrip("/") + "/"
    if not any(one.startswith(start) for one in hidden):
        rules.grant(path, EXECUTE | READ_FILE | READ_DIR)
        return
    try:
        names = os.listdir(path)
    except OSError:
        return
    for name in names:
        read_all_but(rules, start + name, hidden)


def confine(given: Given) -> None:
    """From here on this process, and all that it starts, can do only what was given."""
    version = _call(444, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    if version < LEAST:
        raise OSError(0, f"the kernel's Landlock is of version {version}, and {LEAST} is needed")
    rules = Rules(version, network=given.network)
    rules.grant("/", READ_DIR)
    read_all_but(rules, "/", given.paths["--hide"])
    for path in given.paths["--read"]:
        rules.grant(path, EXECUTE | READ_FILE | READ_DIR)
    for device in DEVICES:
        rules.grant(device, READ_FILE | WRITE_FILE | READ_DIR | IOCTL_DEV)
    for path in (*given.paths["--write"], given.temporary):
        rules.grant(path, rules.handled & ~IOCTL_DEV)
    _set(NO_NEW_PRIVS, ctypes.c_ulong(1))
    _set(PARENT_DEATH, ctypes.c_ulong(signal.SIGKILL))
    for capability in range(64):  # root's: one of them lets it read the memory of any program
        _libc.prctl(ctypes.c_int(DROP_CAPABILITY), ctypes.c_ulong(capability), *[ctypes.c_ulong(0)] * 3)
    rules.enforce()
    close_sockets(network=given.network)


def close_sockets(*, network: bool) -> None:
    """A filter of system calls: no socket at all, or with the network none to this machine's own services."""
    if platform.machine() not in CALLS:
        raise OSError(0, f"no filter of system calls is known for {platform.machine()}")
    arch, socket = CALLS[platform.machine()]
    load, equal, at_least, give = 0x20, 0x15, 0x35, 0x06
    refuse, allow = 0x00050000 | 13, 0x7FFF0000  # EACCES
    steps = [(load, 0, 0, 4), (equal, 0, 7, arch), (load, 0, 0, 0), (at_least, 5, 0, 0x40000000)]
    steps += [(equal, 4, 0, IO_URING_SETUP), (equal, 0, 4, socket), (load, 0, 0, 16)]
    if network:
        steps += [(equal, 1, 0, UNIX), (equal, 0, 1, VSOCK)]
    else:
        steps += [(at_least, 1, 0, 0), (at_least, 0, 0, 0)]
    steps += [(give, 0, 0, refuse), (give, 0, 0, allow)]
    code = (Instruction * len(steps))(*(Instruction(*step) for step in steps))
    _set(SECCOMP, ctypes.c_ulong(BY_FILTER), ctypes.byref(Filter(len(steps), code)))


def main() -> None:
    given = Given(sys.argv[1:])
    try:
        confine(given)
        if given.temporary:
            os.environ["TMPDIR"] = given.temporary
        os.execvp(given.argv[0], given.argv)
    except OSError as error:
        sys.stderr.write(f"landlock: {error.strerror or error}\n")
        sys.exit(125)


if __name__ == "__main__":
    main()
