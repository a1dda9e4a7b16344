"""The benchmark: `python3 tests/bench.py [part …]` prints every row as `name: figure (budget)`.

Budgets are ratios in one run, or times with nothing else on the machine; the first line says how busy it was. A part is
a module beside this one with a `rows()`; those that measure a running server are given its address.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

# Before numpy is loaded, and for every process that is started from here: one thread each, as in a worker.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
sys.path.insert(0, str(Path(__file__).parents[1]))


def training() -> Iterator[str]:
    """What watching costs training."""
    from tests import bench_training

    return bench_training.rows()


def server() -> Iterator[str]:
    """Log, sockets, start and memory."""
    from tests import bench_server

    return bench_server.rows()


def lab() -> Iterator[str]:
    """The tensor lab through a running server, whose limits are raised: all clients have one address here."""
    from tests import bench_lab
    from tests.bench_server import started

    environment = {"FREEDIVE_LAB_ADDRESS_CPU_SECONDS": "1000000", "FREEDIVE_WORKERS": "1"}
    with started("-m", "freedive", "serve", "--port", "0", **environment) as (url, *_):
        yield from bench_lab.rows(url)


def page() -> Iterator[str]:
    """The first load in a browser."""
    from tests import bench_page
    from tests.bench_server import started

    with started("-m", "freedive", "serve", "--port", "0", FREEDIVE_WORKERS="1") as (url, *_):
        yield from bench_page.rows(url)


def paint() -> Iterator[str]:
    """From a key, a drag or an event to what is seen of it, in a browser."""
    from tests import bench_paint
    from tests.bench_server import started

    environment = {"FREEDIVE_LAB_ADDRESS_CPU_SECONDS": "1000000", "FREEDIVE_WORKERS": "1"}
    with started("-m", "freedive", "serve", "--port", "0", **environment) as (url, *_):
        yield from bench_paint.rows(url)


def watched() -> Iterator[str]:
    """What a crowd of watchers costs the job that it watches."""
    from tests import bench_watched

    return bench_watched.rows()


PARTS: dict[str, Callable[[], Iterator[str]]] = {
    "training": training,
    "server": server,
    "lab": lab,
    "page": page,
    "paint": paint,
    "watched": watched,
}


def main() -> None:
    """Print the rows of all parts, or of those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"any of {', '.join(PARTS)}; default: all")
    chosen = parser.parse_args().parts or list(PARTS)
    if unknown := sorted(set(chosen) - set(PARTS)):
        parser.error(f"unknown part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f}, Python {platform.python_version()}",
        flush=True,
    )
    for name in chosen:
        print(f"\n{name}", flush=True)
        for row in PARTS[name]():
            print(f"  {row}", flush=True)


if __name__ == "__main__":
    main()
