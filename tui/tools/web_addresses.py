"""Which addresses may be fetched: how a URL is written, and where its host really leads.

Two walls. ``place_of`` takes a URL apart strictly, so that nothing which another reader could read in another way gets
through: no user or password, no odd spelling of a number, no dot at the end. ``why_refused`` judges one resolved
address; whoever dials judges ALL addresses of a host and dials one that was judged, so a name cannot mean
one machine when it is judged and another when it is dialled.
"""

import ipaddress
import re
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from tui.errors import ToolError
from tui.value import value

Judge = Callable[[str, int], str]
"""An address and a port to the reason why it must not be dialled, "" for one that may be."""
Resolve = Callable[[str, int], Sequence[str]]
"""A host and a port to all addresses of it. Blocks."""

MOST_CHARACTERS = 8_000
LOW_PORTS = (80, 443)
"""Of the ports below 1024, those that are the web's; the others belong to services that a GET may hurt."""

_UNSOUND = re.compile(r"[\x00-\x20\x7f-\xa0\\<>\"^`{|}\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_BRACKETED = re.compile(r"\[[^\[\]]*\](?::\d*)?")
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|\d+)")

_RANGES = (
    ("0.0.0.0/8", "this machine itself"),
    ("127.0.0.0/8", "this machine itself"),
    ("10.0.0.0/8", "in a private network"),
    ("172.16.0.0/12", "in a private network"),
    ("192.168.0.0/16", "in a private network"),
    ("100.64.0.0/10", "in a carrier's own network"),
    ("169.254.0.0/16", "on the local link, where clouds keep their machines' secrets"),
    ("168.63.129.16/32", "a cloud's own service"),
    ("192.0.0.0/24", "reserved"),
    ("192.0.2.0/24", "reserved for examples"),
    ("198.51.100.0/24", "reserved for examples"),
    ("203.0.113.0/24", "reserved for examples"),
    ("192.88.99.0/24", "a relay of 6to4"),
    ("198.18.0.0/15", "reserved for measurements"),
    ("224.0.0.0/4", "a group of machines (multicast)"),
    ("240.0.0.0/4", "reserved"),
    ("::/128", "this machine itself"),
    ("::1/128", "this machine itself"),
    ("::ffff:0:0/96", "an IPv4 address inside of an IPv6 one"),
    ("::ffff:0:0:0/96", "an IPv4 address inside of an IPv6 one"),
    ("::/96", "an IPv4 address inside of an IPv6 one"),
    ("64:ff9b::/96", "an IPv4 address behind NAT64"),
    ("64:ff9b:1::/48", "an IPv4 address behind NAT64"),
    ("2002::/16", "an IPv4 address behind 6to4"),
    ("2001::/32", "an IPv4 address behind Teredo"),
    ("2001::/23", "reserved"),
    ("2001:db8::/32", "reserved for examples"),
    ("3fff::/20", "reserved for examples"),
    ("fc00::/7", "in a private network"),
    ("fe80::/10", "on the local link"),
    ("fec0::/10", "in a private network"),
    ("ff00::/8", "a group of machines (multicast)"),
)
_REFUSED = tuple((ipaddress.ip_network(written), what) for written, what in _RANGES)
_GLOBAL_6 = ipaddress.IPv6Network("2000::/3")
"""All that was ever given out for the whole internet; a range that Python does not know yet is outside of it."""


class AddressRefused(ToolError):
    """A host leads where no tool may go."""


@value
class Place:
    """A URL in parts. ``host`` is in ASCII and in lower case, an IPv6 address without its brackets."""

    scheme: str
    host: str
    port: int
    rest: str

    @property
    def url(self) -> str:
        """Written anew from the parts, so that who dials cannot read it otherwise. Without the fragment."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == (443 if self.scheme == "https" else 80) else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.rest}"

    def same_site(self, other: "Place") -> bool:
        """Whether leave for the one is leave for the other: the same host, with www. or without."""
        return self.host.removeprefix("www.") == other.host.removeprefix("www.")


def why_refused(address: str, port: int = 0) -> str:
    """What kind of address it is, where it is no public one; "" for one that may be dialled."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "no address"
    for network, what in _REFUSED:
        if found.version == network.version and found in network:
            return what
    if not found.is_global or found.is_multicast or (found.version == 6 and found not in _GLOBAL_6):
        return "not public"
    return ""


def place_of(url: str) -> Place:
    """A URL taken apart.

    Raises:
        ToolError: it is none, or not written plainly enough to be sure where it leads.
    """
    url = url.strip()
    if len(url) > MOST_CHARACTERS:
        raise ToolError(f"The address has over {MOST_CHARACTERS:,} characters.")
    if odd := _UNSOUND.search(url):
        raise ToolError(f"The address holds {odd[0]!r}, which no address may: write it percent-encoded.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ToolError(f"That is no address: {error}.") from None
    if parts.scheme not in ("http", "https"):
        raise ToolError("Only addresses that begin with http:// or https:// are fetched.")
    if "@" in parts.netloc:
        raise ToolError("The address names a user or a password, and no such address is fetched.")
    if "[" in parts.netloc and not _BRACKETED.fullmatch(parts.netloc):
        raise ToolError("That is no address: brackets stand around an IPv6 address alone.")
    usual = 443 if parts.scheme == "https" else 80
    port = usual if port is None else port
    if port not in LOW_PORTS and port < 1024:
        raise ToolError(f"Port {port} is not fetched from: only 80, 443 and those from 1024 on are.")
    rest = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    return Place(scheme=parts.scheme, host=_plain_host(host, bracketed="[" in parts.netloc), port=port, rest=rest)


def _plain_host(host: str, *, bracketed: bool) -> str:
    """In lower case. Raises ToolError for one that is not written plainly; a rule that names a domain reads letters as
    they stand, so that letters which only become another name later would pass it by."""
    if bracketed:
        try:
            if "%" not in host:  # no zone, such as %eth0
                return str(ipaddress.IPv6Address(host))
            raise ValueError
        except ValueError:
            raise ToolError(f"[{host}] is no IPv6 address.") from None
    if not host.isascii():
        raise ToolError(f"Write the host in ASCII, so that everybody reads the same name{_in_ascii(host)}.")
    host = host.lower()
    if host.endswith("."):
        raise ToolError("The host ends with a dot: leave it out.")
    if not _HOST.fullmatch(host) or len(host) > 253:
        raise ToolError(f"{host[:80]!r} is no host.")
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError:
            raise ToolError(f"{host} is a number written in an odd way: write it as four numbers.") from None
    return host


def _in_ascii(host: str) -> str:
    """A proposal, where there is one."""
    try:
        return f": {host.encode('idna').decode('ascii').lower()}"
    except UnicodeError:
        return ""
