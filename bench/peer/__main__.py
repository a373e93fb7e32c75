"""``python -m bench.peer``: install the program that the store is compared with, in an environment of its own."""

import sys

from bench.figures import Unavailable
from bench.peer.environment import folder, install

if __name__ == "__main__":
    try:
        install()
    except Unavailable as reason:
        print(f"Skipped: {reason}", file=sys.stderr)
        raise SystemExit(3) from None
    print(f"It is in {folder()}.", file=sys.stderr)
