"""Every knob, its default and the reason for it. Read from FREEDIVE_* once, by create_app's caller."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


def cores() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Settings(BaseSettings):
    """`FREEDIVE_PORT=4000 freedive serve`, or `freedive serve --port 4000`; a flag wins over the environment."""

    model_config = SettingsConfigDict(env_prefix="FREEDIVE_", use_attribute_docstrings=True)

    host: str = "127.0.0.1"
    """Loopback: nobody else on the network can reach it. On another address a token is required."""
    port: Annotated[int, Field(ge=0, le=65535)] = 3483
    """DIVE on a phone's keys; the next free one if taken, 0 for any free port."""
    token: str | None = None
    """Required where `host` is not loopback; generated and printed if absent or empty. One of your own is never printed."""
    allowed_hosts: list[str] = []
    """Host names besides loopback and `host` that a browser may use, for servers behind a proxy."""
    embed_origins: list[Annotated[str, Field(pattern=r"^[A-Za-z0-9*.:/\[\]-]+$")]] = []
    """Pages elsewhere that may frame ours, as `https://slides.example.org`, where no token is asked for: its cookie is strict."""
    data_dir: Path = Path.home() / ".freedive"
    """Event log, checkpoints, uploads and fetched datasets."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    executor: Literal["processes", "in_process"] = "processes"
    """`in_process` is for tests and debugging."""
    workers: Annotated[int, Field(ge=1, le=64)] = min(4, cores())
    """Worker processes: each holds torch, about 220 MB, and trains with one thread."""
    threads: Annotated[int, Field(ge=1, le=256)] = 1
    """torch threads per worker: two threads give 1.2x the speed for 2x the CPU on a shared machine."""
    max_queue: Annotated[int, Field(ge=1)] = 1000
    """Jobs that may wait."""

    chunk_seconds: Annotated[float, Field(gt=0, le=1)] = 0.03
    """Events are grouped for this long: one display frame or two."""
    snapshot_frames: Annotated[int, Field(ge=10)] = 120
    """Frames of each snapshot type kept over a whole job, for the scrubber."""
    checkpoint_seconds: Annotated[float, Field(gt=0)] = 5.0
    """Between checkpoints: what a crash costs at most in training time."""
    checkpoint_ring: Annotated[int, Field(ge=3)] = 20
    """Checkpoints kept for each job, thinned evenly over its history."""
    commit_seconds: Annotated[float, Field(gt=0, le=1)] = 0.1
    """Between commits of the event log: at most this much is lost when the machine fails."""

    max_body: int = 1_000_000
    """Bytes of a request body, checked before it is parsed."""
    max_upload: int = 20_000_000
    """Bytes of an uploaded table."""
    connections_per_address: Annotated[int, Field(ge=8)] = 1000
    """Open at once from one address, which may be a whole class behind one router."""
    offline: bool = False
    """Never fetch datasets."""

    @field_validator("token")
    @classmethod
    def _no_empty_token(cls, token: str | None) -> str | None:
        """`FREEDIVE_TOKEN=` in a shell or a compose file names none; as a token it would let everybody in."""
        return token or None
