"""Every way in which a request can fail, as one of ``tui.errors``, with a sentence to act on.

The only place that knows the exceptions of the HTTP client and the SDKs. Both SDKs have the same
few shapes (a status with a response and a body; a connection error with its cause), so they are told
apart by those shapes and this module loads neither.
"""

import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2

from tui.errors import (
    AuthFailed,
    ConnectionLost,
    ContextTooLong,
    EffortRefused,
    ImagesRefused,
    ModelNotFound,
    OutOfCredit,
    Overloaded,
    ProviderError,
    RateLimited,
    RequestRejected,
    ServerFailed,
    StreamBroken,
    StreamTimedOut,
)
from tui.value import value

_TOO_LONG = re.compile(
    r"prompt is too long|context.?length|context.?window|maximum context|context size|exceed_context|too many tokens",
    re.IGNORECASE,
)
_NO_MODEL = re.compile(r"model.{0,80}(not found|does not exist|not exist|no such|unknown)|^model: ", re.IGNORECASE)
_NO_MONEY = re.compile(r"insufficient_quota|billing|credit balance", re.IGNORECASE)
_NO_EFFORT = re.compile(
    r"effort|output_config|adaptive thinking|reasoning[._]summar"
    r"|(thinking|reasoning)\b.{0,60}(not support|unsupported|not available|not permitted|not allowed)"
    r"|(not support|unsupported|unknown|unrecognized|unexpected|extra).{0,60}(thinking|reasoning)",
    re.IGNORECASE | re.DOTALL,
)
_NO_IMAGES = re.compile(
    r"(image|vision|multimodal|multi-modal)\w*\b.{0,60}(not support|unsupported|only supported|not available)"
    r"|(not support|not accept|unsupported|unknown variant|no endpoints found).{0,60}(image|vision|multimodal)"
    r"|not a (multimodal|vision)|missing data required for image",
    re.IGNORECASE | re.DOTALL,
)
_STATUS_OF = {  # what an error inside a stream of status 200 would have been outside
    "authentication_error": 401,
    "permission_error": 403,
    "not_found_error": 404,
    "model_not_found": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "insufficient_quota": 429,
    "overloaded_error": 529,
    "server_is_overloaded": 529,
    "slow_down": 529,
    "api_error": 500,
    "server_error": 500,
    "timeout_error": 504,
    "invalid_request_error": 400,
    "billing_error": 402,
}


@value
class Site:
    """Who was asked, for the sentence. Seconds are the limits of the HTTP client."""

    provider: str
    base_url: str
    key_env: str = ""
    key_command: bool = False
    keyring: str = ""
    secret: str = field(default="", repr=False)
    connect: float = 10.0
    read: float = 600.0


def fault(error: BaseException, site: Site, model: str = "") -> ProviderError:
    """What an exception of the HTTP client or an SDK means."""
    below: BaseException | None = error
    while below is not None:  # a transport of ours may have said it already, and the SDK covered it
        if isinstance(below, ProviderError):
            return below
        below = below.__cause__
    response = getattr(error, "response", None)
    if isinstance(response, httpx2.Response) and response.status_code >= 400:
        return _refusal(response.status_code, getattr(error, "body", None), site, model, _retry_after(response))
    for cause in _causes(error):
        found = _connection(cause, site)
        if found is not None:
            return found
    return StreamBroken(f"{site.provider} answered with something that is not its API: {_short(str(error), site)}")


def told(body: Any, site: Site, model: str = "") -> ProviderError:
    """What an error event inside a stream means. The status was 200, so its type or code decides."""
    kind, message = _read(body)
    status = next((_STATUS_OF[word] for word in kind.split() if word in _STATUS_OF), None)
    if status is None:
        number = body.get("code", body.get("status")) if isinstance(body, dict) else None
        status = number if isinstance(number, int) and 400 <= number < 600 else 0
    if not status and not _TOO_LONG.search(f"{kind} {message}"):
        return ServerFailed(f"{site.provider} reported an error in its answer: {_short(message or kind, site)}")
    return _refusal(status or 400, body, site, model, None)


def not_a_stream(response: httpx2.Response, site: Site) -> StreamBroken:
    """A 200 whose body is no event stream: a login page, a proxy's greeting, a wrong address."""
    kind = response.headers.get("content-type", "").partition(";")[0] or "nothing"
    return StreamBroken(
        f"{site.base_url} answered with {kind} where {site.provider}'s event stream was expected.",
        hint=f"Check base_url of provider {site.provider}, and any proxy or login page on the way.",
        status=response.status_code,
    )


def _refusal(status: int, body: Any, site: Site, model: str, retry_after: float | None) -> ProviderError:
    kind, message = _read(body)
    everything = f"{kind} {message}"
    detail = _short(message, site)
    said = f": {detail}" if detail else "."
    if status in (401, 403):
        verb = "refused the key" if status == 401 else "does not allow this request"
        return AuthFailed(f"{site.provider} {verb} ({status}){said}", hint=_key_hint(site), status=status)
    if status in (400, 413) and _TOO_LONG.search(everything):
        return ContextTooLong(
            f"The conversation no longer fits the model{said}",
            hint="Compact it, fork from an earlier turn, or choose a model with a larger window.",
            status=status,
        )
    if status in (400, 404) and ("model_not_found" in kind or _NO_MODEL.search(message)):
        named = f"the model {model!r}" if model else "this model"
        return ModelNotFound(
            f"{site.provider} does not know {named}{said}",
            hint="Choose another with /model; /continue then goes on.",
            status=status,
        )
    if (refused := _refused(status, message)) is not None:
        return refused(f"{site.provider} rejected the request ({status}){said}", status=status)
    if status == 404:
        return RequestRejected(
            f"{site.base_url} has no such address (404){said}",
            hint=f"Check base_url of provider {site.provider}.",
            status=status,
        )
    if status in (402, 429) and _NO_MONEY.search(everything):
        return OutOfCredit(
            f"{site.provider} says that the account is out of credit ({status}){said}",
            hint="Waiting will not help: see the account's billing page.",
            status=status,
        )
    if status == 429:
        return RateLimited(f"{site.provider} is limiting requests (429){said}", status=429, retry_after=retry_after)
    if status in (503, 529):
        return Overloaded(f"{site.provider} is overloaded ({status}){said}", status=status, retry_after=retry_after)
    if status >= 500 or status == 408:
        return ServerFailed(f"{site.provider} failed ({status}){said}", status=status, retry_after=retry_after)
    return RequestRejected(f"{site.provider} rejected the request ({status}){said}", status=status)


def _refused(status: int, message: str) -> type[RequestRejected] | None:
    """What of a request its model does not take, by what is said. Servers that run models call it a 500."""
    if status in (400, 404, 415, 422, 500, 501) and _NO_IMAGES.search(message):
        return ImagesRefused
    return EffortRefused if status in (400, 422) and _NO_EFFORT.search(message) else None


def _connection(error: BaseException, site: Site) -> ProviderError | None:
    """What one link of the chain of causes says, if it says anything."""
    host = httpx2.URL(site.base_url).host if site.base_url else site.provider
    match error:
        case httpx2.ConnectTimeout() | httpx2.PoolTimeout():
            return StreamTimedOut("connect", site.connect)
        case httpx2.TimeoutException():
            return StreamTimedOut("idle", site.read)
        case socket.gaierror():
            return ConnectionLost(f"No address was found for {host}.", hint="Is this machine online?")
        case ssl.SSLCertVerificationError():
            return RequestRejected(
                f"The certificate of {host} could not be verified: {error.verify_message}.",
                hint="Behind a company proxy, SSL_CERT_FILE may have to name its certificate.",
            )
        case ConnectionRefusedError():
            return ConnectionLost(
                f"Nothing answers at {site.base_url}.", hint="Start the server there, or change the base_url."
            )
        case httpx2.UnsupportedProtocol() | httpx2.InvalidURL() | httpx2.LocalProtocolError():
            return RequestRejected(f"{site.base_url} cannot be asked: {_short(str(error), site)}")
        case httpx2.ProxyError():
            return ConnectionLost(f"The proxy in front of {host} refused: {_short(str(error), site)}")
        case httpx2.DecodingError():
            return StreamBroken(f"The answer of {host} could not be decompressed.")
        case httpx2.ConnectError() | httpx2.TransportError() if not _deeper(error):
            return _lost(host)
        case OSError():
            return _lost(host)
        case _:
            return None


def _deeper(error: BaseException) -> bool:
    """Whether a cause below says more than this exception does."""
    return any(isinstance(cause, OSError) for cause in _causes(error))


def _lost(host: str) -> ConnectionLost:
    return ConnectionLost(f"The connection to {host} broke.", hint="/continue asks for the rest.")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and all below it, those last that only sum up others."""
    seen: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in seen:
        seen.append(at)
        at = at.exceptions[0] if isinstance(at, BaseExceptionGroup) else at.__cause__ or at.__context__
    plain = [link for link in seen if type(link) is OSError]  # "all connection attempts failed": the next says why
    yield from (link for link in seen if link not in plain)
    yield from plain


def _read(body: Any) -> tuple[str, str]:
    """(type and code, message) of an error body in any of the shapes that servers use."""
    if isinstance(body, dict):
        inner = body.get("error", body)
        if isinstance(inner, str):
            return "", inner
        if isinstance(inner, dict):
            kinds = (inner.get("type"), inner.get("code"))
            message = inner.get("message") or inner.get("detail") or ""
            return " ".join(str(kind) for kind in kinds if kind), message if isinstance(message, str) else str(message)
    if isinstance(body, str) and "<" not in body[:200]:
        return "", body
    return "", ""


def _short(message: str, site: Site) -> str:
    """One line, without the key, 300 characters at most."""
    if site.secret:
        message = message.replace(site.secret, "…")
    line = " ".join(message.split())
    return line if len(line) <= 300 else line[:299] + "…"


def _key_hint(site: Site) -> str:
    if site.key_env:
        return f"Set {site.key_env} to a key that is valid there, and start Penstock again."
    if site.key_command:
        return f"See what the key_command of provider {site.provider} prints."
    if site.keyring:
        return f"See what the keyring holds under {site.keyring}, the keyring of provider {site.provider}."
    return f"If this server wants a key, give provider {site.provider} a key_env in config.toml."


def _retry_after(response: httpx2.Response) -> float | None:
    """Seconds, from either form of the header; None if there is none that can be read."""
    headers = response.headers
    try:
        if "retry-after-ms" in headers:
            return max(0.0, float(headers["retry-after-ms"]) / 1000)
        value = headers.get("retry-after", "")
        if not value:
            return None
        if value.strip().replace(".", "", 1).isdigit():
            return float(value)
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None
