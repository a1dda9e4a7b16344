"""What one run in the lab may take at most. Fixed numbers, not settings: the seal and the tests count on them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The budget that the parent and the kernel hold; the interpreter's own, `lab.Budget`, ends most runs earlier."""

    wall_seconds: float = 5.4
    """From handing over the request to the kill."""
    cpu_seconds: int = 5
    """RLIMIT_CPU: the kernel ends the child with SIGXCPU."""
    memory: int = 512 * 1024**2
    """Bytes of address space beyond what the warm process already has."""
    stack: int = 112 * 1024**2
    """RLIMIT_STACK, of the address space above: Python hashes tuples inside tuples by recursion in C. The kernel keeps
    128 MiB clear below the stack."""
    answer: int = 2 * 1024**2
    """Bytes of JSON."""
    request: int = 64 * 1024
    """Bytes of the request's body, checked before it is parsed."""


LIMITS = Limits()
LONG = Limits(wall_seconds=66, cpu_seconds=60)
"""For a run that somebody asks for by itself, after the usual time was not enough."""
