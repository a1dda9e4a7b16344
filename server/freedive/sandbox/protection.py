"""What protects the lab on this machine: the layers in force and, for `freedive doctor` and the log, the same in words."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any, Literal

User = Literal["ordinary", "dropped", "root"]


@dataclass
class Layers:
    """What is in force in a child, and why the rest is not."""

    rlimits: bool = False
    user: User = "ordinary"
    """`dropped`: started as root and gave it up; `root`: could not give it up."""
    dies_with_parent: bool = False
    no_new_privileges: bool = False
    landlock: int = 0
    """Its ABI; 0: none."""
    seccomp: bool = False
    missing: dict[str, str] = field(default_factory=dict)

    @property
    def sealed(self) -> bool:
        """Whether the kernel itself keeps a child from files and the network."""
        return self.seccomp or self.landlock > 0


def from_json(value: Any) -> Layers:
    """Read what a child said of itself before it had any visitor's code."""
    return Layers(**value)


def sentences(layers: Layers) -> list[str]:
    """What protects the lab and what does not, one plain sentence each, the most important first."""
    lines = []
    if layers.seccomp:
        lines.append("System calls are filtered (seccomp): no files, sockets, new programs or processes.")
    if layers.landlock:
        reach = "files, network and signals" if layers.landlock >= 6 else "files and network"
        reach = reach if layers.landlock >= 4 else "files"
        lines.append(f"Landlock (ABI {layers.landlock}) shuts off {reach}.")
    if not layers.sealed:
        lines.append(
            "The kernel keeps nothing from the lab's processes: only the lab's own interpreter stands between a snippet "
            "and this account's files. The lab therefore answers on the loopback address only."
        )
    if layers.rlimits:
        lines.append("Memory, CPU time, file size and open files are limited for each run.")
    lines.append(
        {
            "dropped": "Runs give up root and are user 65534 (nobody).",
            "ordinary": "Runs belong to the same ordinary user as the server.",
            "root": "Runs still belong to root: start the server as an ordinary user.",
        }[layers.user]
    )
    lines.append("The server ends every run after 5 s, whatever it does.")
    lines += [f"Missing: {what}: {why}." for what, why in layers.missing.items()]
    return lines


def probe(seconds: float = 20.0) -> Layers:
    """Seal a process of our own and see. A layer that reports itself and lets a file be read counts as missing."""
    if not hasattr(os, "fork"):
        return Layers(missing={"everything": f"{sys.platform} cannot fork, so the lab does not run"})
    path = os.pathsep.join(os.path.abspath(entry) for entry in sys.path if entry)
    done = subprocess.run(
        [sys.executable, "-P", "-m", "freedive.sandbox.seal"],
        env={"PYTHONPATH": path, "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=seconds,
        check=False,
    )
    try:
        said = json.loads(done.stdout)
    except ValueError:
        why = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or [
            f"it ended with {done.returncode}"
        ]
        return Layers(missing={"everything": f"the trial process did not report: {why[0]}"})
    read_a_file = said.pop("read_a_file")
    layers = from_json(said)
    if read_a_file and layers.sealed:
        return Layers(missing={"everything": "the seal was set and a file could be read all the same"})
    return layers
