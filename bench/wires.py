"""Eight panes at 1,000 tokens/s again, over each SDK's wire: real adapters, real sockets, a server in its own process.

The yardstick is the same screen with a provider inside the program: what is above it, the wire costs.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from bench.figures import Figure, figure
from bench.panes import Sample, stream
from bench.terminal import percentile, python

APIS = ("anthropic", "openai", "openai-chat")
PANES, RATE, SECONDS = 8, 1000.0, 6.0
_MEASURED = ("cpu", "fps", "key_p50", "key_p99", "token_p99")


def _name(api: str) -> str:
    return f"panes{PANES}_{api.replace('-', '_')}"


NAMES = tuple(f"{_name(api)}_{what}" for api in APIS for what in _MEASURED)


def measure(*, repeats: int = 2) -> dict[str, Figure]:
    """Figures named ``panes8_anthropic_cpu`` and so on."""
    figures: dict[str, Figure] = {}
    inside = [stream(PANES, RATE, SECONDS) for _ in range(repeats)]
    with server(RATE / PANES) as url:
        for api in APIS:
            samples = [stream(PANES, RATE, SECONDS, "--api", api, "--url", url) for _ in range(repeats)]
            for what in _MEASURED:
                yardstick = [_value(sample, what) for sample in inside]
                unit = {"cpu": "% of a core", "fps": "frames/s"}.get(what, "ms")
                figures[f"{_name(api)}_{what}"] = figure([_value(s, what) for s in samples], unit, yardstick)
    return figures


def _value(sample: Sample, what: str) -> float:
    match what:
        case "cpu":
            return 100 * sample.cpu
        case "fps":
            return sample.frames
        case "token_p99":
            return 1000 * percentile(sample.tokens, 0.99)
        case _:
            return 1000 * percentile(sample.keys, 0.50 if what == "key_p50" else 0.99)


@contextmanager
def server(rate: float) -> Iterator[str]:
    """A wire server, ``rate`` tokens a second on each connection; its address."""
    child = subprocess.Popen(python("-m", "bench.wire_server", str(rate)), stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        yield f"http://127.0.0.1:{int(child.stdout.readline())}"
    finally:
        child.terminate()
        child.wait()


if __name__ == "__main__":
    import json

    print(json.dumps(measure(repeats=1), indent=2))
