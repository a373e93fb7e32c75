"""``python -m bench [--quick] [NAME...]``: measure, print a table, keep the figures in bench/results/latest.json.

NAME is a job (see ``JOBS``), or a figure, or the beginning of one; others keep what the file has for them. Each job
runs alone: nothing else should run on the machine meanwhile.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import (
    append,
    bridge,
    hour,
    inspector,
    interrupt,
    output,
    panes,
    peer,
    search,
    start,
    store,
    tick,
    todo,
    tools,
    web,
    wires,
    workspace,
)
from bench.figures import Figure, Unavailable, table

RESULTS = Path(__file__).parent / "results" / "latest.json"


@dataclass(frozen=True, slots=True)
class Job:
    """Something to measure, and the names of its figures. ``run(quick)``. ``long``: only by its name, or ``--full``."""

    names: tuple[str, ...]
    run: Callable[[bool], dict[str, Figure]]
    long: bool = False


JOBS: dict[str, Job] = {
    "start": Job(start.NAMES, lambda quick: start.measure(repeats=3 if quick else 9, settlings=1 if quick else 3)),
    "panes8": Job(panes.names(8), lambda quick: panes.measure(8, 1_000, repeats=1 if quick else 3)),
    "panes16": Job(panes.names(16), lambda quick: panes.measure(16, 10_000, repeats=1 if quick else 3)),
    "workspace": Job(workspace.NAMES, lambda quick: workspace.measure(repeats=1 if quick else 3)),
    "wires": Job(wires.NAMES, lambda quick: wires.measure(repeats=1 if quick else 2)),
    "append": Job(append.NAMES, lambda quick: append.measure(repeats=1 if quick else 5)),
    "bridge": Job(bridge.NAMES, lambda quick: bridge.measure(repeats=3 if quick else 9)),
    "calls": Job(inspector.NAMES, lambda quick: inspector.measure(repeats=3 if quick else 9)),
    "interrupt": Job(interrupt.NAMES, lambda quick: interrupt.measure(times=8 if quick else 24)),
    "output": Job(output.NAMES, lambda quick: output.measure(repeats=1 if quick else 3)),
    "peer": Job(peer.NAMES, lambda quick: peer.measure(repeats=1 if quick else 3), long=True),
    "search": Job(
        search.NAMES,
        lambda quick: search.measure(repeats=3 if quick else 9, blocks=search.FEW if quick else search.BLOCKS),
        long=True,
    ),
    "store": Job(store.NAMES, lambda quick: store.measure(repeats=1 if quick else 3)),
    "tick": Job(tick.NAMES, lambda quick: tick.measure(rounds=2 if quick else 7)),
    "todo": Job(todo.NAMES, lambda quick: todo.measure(repeats=3 if quick else 9)),
    "tools": Job(tools.NAMES, lambda quick: tools.measure(repeats=3 if quick else 9)),
    "web": Job(web.NAMES, lambda quick: web.measure(repeats=1 if quick else 5)),
    "hour": Job(hour.NAMES, lambda quick: hour.measure(repeats=1 if quick else 3), long=True),
}


def wanted(names: Sequence[str], *, full: bool = False) -> list[str]:
    """The jobs that give what is named; all where nothing is. Raises ValueError for a name of nothing."""
    jobs = [] if names else [name for name, job in JOBS.items() if full or not job.long]
    for name in names:
        found = [job for job in JOBS if name == job or any(made.startswith(name) for made in JOBS[job].names)]
        if not found:
            raise ValueError(f"Nothing is called {name}. The jobs are {', '.join(JOBS)}.")
        jobs += [job for job in ([name] if name in JOBS else found) if job not in jobs]
    return jobs


def kept() -> dict[str, Figure]:
    """What the results file has; nothing where it is not there."""
    return json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}


def keep(figures: dict[str, Figure]) -> None:
    """Put figures into the results file, in the order of the jobs; names that no job gives any more leave it."""
    both = kept() | figures
    ordered = {name: both[name] for job in JOBS.values() for name in job.names if name in both}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(ordered, indent=2) + "\n", "utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure; writes bench/results/latest.json.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"jobs ({', '.join(JOBS)}) or figures; else all")
    parser.add_argument("--quick", action="store_true", help="fewer repeats: a first look, not for the README")
    parser.add_argument("--full", action="store_true", help="the long jobs, too")
    options = parser.parse_args()
    try:
        jobs = wanted(options.names, full=options.full)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    figures: dict[str, Figure] = {}
    for name in jobs:
        began = time.monotonic()
        print(f"{name} ...", end=" ", file=sys.stderr, flush=True)
        try:
            made = JOBS[name].run(options.quick)
        except Unavailable as reason:
            print(f"skipped: {reason}", file=sys.stderr)
            continue
        print(f"{time.monotonic() - began:.0f} s", file=sys.stderr)
        assert made.keys() == {*JOBS[name].names}, f"{name} gave {sorted(made)}"
        keep(made)
        figures |= made
    print(table(figures))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
