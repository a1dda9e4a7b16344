"""Naming: what each metric of a spec is called in events, tables, charts and scripts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from freedive.catalog.metrics.base import MetricChoice


def by_name(metrics: Sequence[MetricChoice]) -> dict[str, MetricChoice]:
    """Each metric under its kind; where several are of one kind, under `top_k(k=2)`, `f1(average=macro)` and the like.

    The same metric twice is one.
    """
    count = Counter(metric.kind for metric in _once(metrics))
    return {_name(metric, count[metric.kind] > 1): metric for metric in metrics}


def _once(metrics: Sequence[MetricChoice]) -> list[MetricChoice]:
    return list({metric.model_dump_json(): metric for metric in metrics}.values())


def _name(metric: MetricChoice, whole: bool) -> str:
    if not whole:
        return metric.kind
    fields = metric.model_dump(exclude={"kind"}).items()
    return f"{metric.kind}({' '.join(f'{field}={value}' for field, value in fields)})"
