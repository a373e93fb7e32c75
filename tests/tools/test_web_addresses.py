"""Which addresses may be fetched: every form of a private one is refused, whoever wrote or resolved it."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.conftest import Bench
from tests.tools.web import Names, browsing
from tui.errors import ToolError
from tui.tools.web_addresses import AddressRefused, place_of, why_refused
from tui.tools.web_extract import WebExtractArgs, web_extract_tool

REFUSED = {
    "0.0.0.0": "this machine",
    "0.1.2.3": "this machine",
    "127.0.0.1": "this machine",
    "127.255.255.254": "this machine",
    "10.0.0.1": "private",
    "172.16.0.1": "private",
    "172.31.255.255": "private",
    "192.168.1.1": "private",
    "100.64.0.1": "carrier",
    "100.127.255.255": "carrier",
    "100.100.100.200": "carrier",
    "169.254.169.254": "clouds",
    "169.254.170.2": "clouds",
    "168.63.129.16": "cloud",
    "192.0.0.192": "reserved",
    "192.0.2.1": "examples",
    "198.51.100.7": "examples",
    "203.0.113.9": "examples",
    "198.18.0.1": "measurements",
    "198.19.255.255": "measurements",
    "192.88.99.1": "6to4",
    "224.0.0.1": "multicast",
    "239.255.255.250": "multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "reserved",
    "::": "this machine",
    "::1": "this machine",
    "::127.0.0.1": "inside",
    "::7f00:1": "inside",
    "::8.8.8.8": "inside",
    "::ffff:127.0.0.1": "inside",
    "::ffff:10.0.0.1": "inside",
    "::ffff:8.8.8.8": "inside",
    "::ffff:0:127.0.0.1": "inside",
    "64:ff9b::127.0.0.1": "NAT64",
    "64:ff9b::a9fe:a9fe": "NAT64",
    "64:ff9b::808:808": "NAT64",
    "64:ff9b:1::1": "NAT64",
    "64:ff9b:1:ffff::7f00:1": "NAT64",
    "2002:7f00:1::": "6to4",
    "2002:c0a8:101::1": "6to4",
    "2002:808:808::1": "6to4",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2": "Teredo",
    "2001:10::1": "reserved",
    "2001:db8::1": "examples",
    "3fff::1": "examples",
    "fc00::1": "private",
    "fd00:ec2::254": "private",
    "fd12:3456:789a::1": "private",
    "fe80::1": "local link",
    "fe80::1%eth0": "local link",
    "fec0::1": "private",
    "ff02::1": "multicast",
    "ff0e::1": "multicast",
    "100::1": "not public",
    "5f00::1": "not public",
    "4000::1": "not public",
    "64:ff9b:2::1": "not public",
    "localhost": "no address",
    "": "no address",
    "1.2.3": "no address",
}
PUBLIC = (
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "100.63.255.255",
    "100.128.0.1",
    "172.15.0.1",
    "172.32.0.1",
    "192.167.1.1",
    "223.255.255.254",
    "2606:4700:4700::1111",
    "2a00:1450:4001:81b::200e",
    "2620:fe::fe",
)


@pytest.mark.parametrize(("address", "what"), REFUSED.items())
def test_an_address_that_is_not_public_is_refused_by_its_kind(address: str, what: str) -> None:
    assert what in why_refused(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_dialled(address: str) -> None:
    assert why_refused(address) == ""


@given(st.integers(0, 2**32 - 1))
def test_what_python_does_not_call_global_is_refused_in_every_wrapping(number: int) -> None:
    inside = ipaddress.IPv4Address(number)
    if not inside.is_global or inside.is_multicast:
        assert why_refused(str(inside))
    for prefix in (0, 0xFFFF << 32, 0xFFFF << 48, 0x64FF9B << 96):
        assert why_refused(str(ipaddress.IPv6Address(prefix | number)))
    assert why_refused(str(ipaddress.IPv6Address((0x2002 << 112) | (number << 80))))


ODD = {
    "http://127.1/": "odd way",
    "http://2130706433/": "odd way",
    "http://0x7f.1/": "odd way",
    "http://0x7f000001/": "odd way",
    "http://0/": "odd way",
    "http://0177.0.0.1/": "odd way",
    "http://127.0.1/": "odd way",
    "http://0x7f.0.0.0x1/": "odd way",
    "http://1.2.3.4.5/": "odd way",
    "http://127.0.0.1./": "dot",
    "http://256.256.256.256/": "odd way",
    "http://010.0.0.1/": "odd way",
    "http://example.0x/": "odd way",
    "http://localhost./": "dot",
    "http://example.com./": "dot",
    "http://example..com/": "no host",
    "http://.com/": "no host",
    "http://user@example.com/": "user",
    "http://user:pass@example.com/": "user",
    "http://example.com@127.0.0.1/": "user",
    "http://@example.com/": "user",
    "http://127.0.0.1\\@example.com/": "percent",
    "http://example.com\\.evil.com/": "percent",
    "http://exa mple.com/": "percent",
    "http://example.com/a b": "percent",
    "http://example.com/\r\nX: y": "percent",
    "http://exam\tple.com/": "percent",
    "http://example.com\x00/": "percent",
    "http://exam\u200bple.com/": "percent",
    "http://\u202eexample.com/": "percent",
    "http://%31%32%37.0.0.1/": "no host",
    "http://example.com%2f@x/": "user",
    "http://[::1/": "no address",
    "http://[::1]x/": "no address",
    "http://x[::1]/": "no address",
    "http://[fe80::1%25eth0]/": "no IPv6",
    "http://[v1.x]/": "no",
    "http://[127.0.0.1]/": "no",
    "http:///path": "no host",
    "http://": "no host",
    "http:example.com": "no host",
    "//example.com/": "begin with",
    "example.com": "begin with",
    "ftp://example.com/": "begin with",
    "file:///etc/passwd": "begin with",
    "data:text/html,hi": "begin with",
    "javascript:alert(1)": "begin with",
    "gopher://127.0.0.1:6379/_x": "begin with",
    "unix:///var/run/docker.sock": "begin with",
    "": "begin with",
    "http://example.com:22/": "Port 22",
    "http://example.com:25/": "Port 25",
    "http://example.com:0/": "Port 0",
    "http://example.com:1023/": "Port 1023",
    "http://example.com:65536/": "no address",
    "http://example.com:x/": "no address",
    "http://example.com:-1/": "no address",
    "http://-example.com/": "no host",
    "http://exa_mple.com*/": "no host",
    f"http://{'a' * 64}.com/": "no host",
    f"http://{'a.' * 130}com/": "no host",
    f"http://a.com/{'x' * 9000}": "characters",
    f"http://{'ä' * 70}.com/": "in ASCII",
    "https://bücher.example/": "in ASCII.*: xn--bcher-kva.example",
    "http://\uff11\uff12\uff17.0.0.1/": "in ASCII.*: 127.0.0.1",
    "http://example\u3002com/": "in ASCII.*: example.com",
    "http://\uff45vil.example/": "in ASCII.*: evil.example",
}


@pytest.mark.parametrize(("url", "words"), ODD.items(), ids=repr)
def test_an_address_that_is_not_written_plainly_is_refused(url: str, words: str) -> None:
    with pytest.raises(ToolError, match=words):
        place_of(url)


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("https://Example.COM", "https://example.com/"),
        ("https://example.com:443/a?b=c#d", "https://example.com/a?b=c"),
        ("http://example.com:80?q", "http://example.com/?q"),
        ("  http://example.com:8080/x%20y ", "http://example.com:8080/x%20y"),
        ("http://[2606:4700:0:0::1111]:8080/", "http://[2606:4700::1111]:8080/"),
        ("http://1.1.1.1/", "http://1.1.1.1/"),
        ("https://xn--bcher-kva.example/ä", "https://xn--bcher-kva.example/ä"),
        ("http://example.com#@evil.com/", "http://example.com/"),
        ("http://example.com/@user", "http://example.com/@user"),
    ],
)
def test_an_address_is_written_anew_from_its_parts(url: str, plain: str) -> None:
    assert place_of(url).url == plain
    assert place_of(plain).url == plain


def test_only_the_same_host_is_the_same_site() -> None:
    here = place_of("https://www.example.com/a")
    assert all(here.same_site(place_of(url)) for url in ("http://example.com:8080/", "https://www.example.com/"))
    others = ("https://example.com.evil.com/", "https://notexample.com/", "https://a.example.com/", "https://www.com/")
    assert not any(here.same_site(place_of(url)) for url in others)


@pytest.mark.parametrize(
    "url",
    ["http://localhost:8080/", "http://127.0.0.1/", "http://[::1]:8000/", "http://10.0.0.1/", "http://169.254.169.254/",
     "http://[fd00:ec2::254]/", "http://[::ffff:127.0.0.1]/", "http://[64:ff9b::7f00:1]/", "http://0.0.0.0:8080/"],
)  # fmt: skip
async def test_the_tool_refuses_with_the_real_judge_and_the_real_resolver(bench: Bench, url: str) -> None:
    async with browsing(bench, judge=None) as ctx:
        with pytest.raises(AddressRefused, match="only public addresses"):
            await web_extract_tool(WebExtractArgs(url=url), ctx)


@pytest.mark.parametrize(
    "answer", [["10.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["::1", "93.184.216.34"], ["fe80::1%2"]]
)
async def test_a_name_with_any_private_address_is_refused(bench: Bench, answer: list[str]) -> None:
    names = Names({"trap.example": [answer]})
    async with browsing(bench, judge=None, resolve=names) as ctx:
        with pytest.raises(AddressRefused, match=r"trap\.example leads to"):
            await web_extract_tool(WebExtractArgs(url="http://trap.example/"), ctx)
    assert names.asked == ["trap.example"]
