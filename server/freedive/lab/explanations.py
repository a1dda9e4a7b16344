"""From notes to the trace of the answer: one record per operation, with its explanation by kind."""

from __future__ import annotations

from typing import Any

from freedive.lab.recorder import Recorder
from freedive.lab.values import Encoder


def build_trace(
    recorder: Recorder, names: dict[str, Any], statements: list[dict[str, Any]], encoder: Encoder
) -> dict[str, Any]:
    return {}
