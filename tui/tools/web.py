"""The web as the program lends it to tools: one pooled client for all sessions, made at the first use.

Light on purpose: the HTTP library and its certificates, a fifth of a second, are loaded behind the one lazy door
here, and in a thread. ``tui.tools.web_client`` is what stands behind it.
"""

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tui.value import value

if TYPE_CHECKING:
    from tui.secrets import Masks
    from tui.tools.base import Bridge
    from tui.tools.web_addresses import Judge, Resolve
    from tui.tools.web_client import Client

SEARCHES = ("brave", "tavily", "exa", "searxng")
DEFAULT_KEYS: dict[str, str] = {"brave": "BRAVE_API_KEY", "tavily": "TAVILY_API_KEY", "exa": "EXA_API_KEY"}
"""The variables that the makers of the backends name in their own pages. SearXNG needs no key."""


@value
class WebConfig:
    """``[web]`` of config.toml. ``search`` is one of SEARCHES or ""; the key comes from ``key_env`` or ``key_command``.

    ``base_url`` stands in place of the backend's own address, and its origin alone may be one of this machine's or of
    a private network: the person named it.
    """

    search: str = ""
    base_url: str = ""
    key_env: str = ""
    key_command: tuple[str, ...] = ()

    @property
    def own(self) -> tuple[str, int] | None:
        """Host and port that the person named."""
        if not self.base_url:
            return None
        parts = urlsplit(self.base_url)
        return (parts.hostname or "").lower(), parts.port or (443 if parts.scheme == "https" else 80)


class Web:
    """The program's one client, as soon as somebody needs it.

    Args:
        judge: in place of ``web_addresses.why_refused``: why an address must not be dialled, "" for one that may be.
        resolve: in place of the system's resolver.
        masks: learns the backend's key, where secrets are masked.
        trust: an ``ssl.SSLContext`` in place of the usual certificates.
    """

    def __init__(
        self,
        config: WebConfig,
        *,
        masks: "Masks | None" = None,
        judge: "Judge | None" = None,
        resolve: "Resolve | None" = None,
        trust: Any = None,
    ) -> None:
        self.config = config
        self.masks = masks
        self._judge = judge
        self._resolve = resolve
        self._trust = trust
        self._client: Client | None = None
        self._making = asyncio.Lock()

    async def client(self, bridge: "Bridge") -> "Client":
        """It, made in a thread where this is the first use."""
        async with self._making:
            if self._client is None:
                self._client = await bridge.run(self._made)
            return self._client

    def _made(self) -> "Client":
        """The lazy door."""
        from tui.tools.web_client import Client  # noqa: PLC0415

        return Client(own=self.config.own, judge=self._judge, resolve=self._resolve, trust=self._trust)

    async def aclose(self) -> None:
        """Close what is open. Nothing is to be asked of it any more."""
        if self._client is not None:
            await self._client.aclose()
