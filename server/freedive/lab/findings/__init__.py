"""Faults of a snippet and how to mend them: one rule each, over what the run did and not over how its text looks.

A rule is a function under `@rule` in the file of its family, with a snippet that has the fault and the same one mended;
its name in `RULES` makes it count. `tests/lab/test_findings.py` runs both snippets of all of them.
"""

from __future__ import annotations

from typing import Any

from freedive.lab.findings import (
    backward,
    carrying,
    cuts,
    layers,
    leaves,
    losses,
    modules,
    not_finite,
    shapes,
    stretching,
    tapes,
    targets,
    training,
)
from freedive.lab.findings.evidence import Evidence, Failure
from freedive.lab.findings.finding import Example, Finding, Rule, told

__all__ = ["RULES", "Evidence", "Example", "Finding", "Rule", "findings"]

STRICT = False
"""Whether a rule that fails is an error; the tests say so, a visitor gets the answer without it."""
MOST = 12
"""More of them nobody reads."""

RULES: tuple[Rule, ...] = (
    stretching.stretched, losses.squashed, losses.sigmoid_twice, losses.softmax_twice, losses.no_dim, losses.no_log, losses.one_class,
    targets.one_hot, targets.class_dtype, targets.class_range, targets.target_shape, targets.float_target, targets.no_probability,
    layers.batch_of_one, layers.index_dtype, layers.index_range, layers.input_dtype, layers.input_size, layers.channels,
    leaves.hidden, leaves.of_result, leaves.in_place, leaves.integer,
    cuts.cut_off, cuts.made_new, cuts.nothing, cuts.none,
    carrying.hidden_state, backward.twice, backward.overwritten, backward.summed, not_finite.gradient, not_finite.loss,
    modules.in_a_list, modules.no_parameter, modules.no_super, modules.class_not_layer,
    training.pile_up, training.no_gradients, training.training_mode, training.diverges,
    tapes.no_gradient, tapes.tape_twice, tapes.not_recorded, tapes.logits, tapes.gluon,
    shapes.lost_axis, shapes.factors, shapes.out_of_order,
)  # fmt: skip


def _hint(failure: Failure, line: int, message: str) -> None:
    """What mends an error is its hint; with the line, where that is another one."""
    problem = failure.problem
    problem["hint"] = message if line == failure.line else f"line {line}: {message}"


def findings(run: Evidence) -> list[dict[str, Any]]:
    """All findings, each rule at most once per line, in the order of their lines; errors take their mend as their hint."""
    made: dict[tuple[str, int], dict[str, Any]] = {}
    for rule in RULES:
        try:
            for found in rule.find(run):
                entry = told(rule, found, run)
                if entry is None:
                    continue
                made.setdefault((rule.code, entry["line"]), entry)
                if found.failure is not None:
                    _hint(found.failure, entry["line"], found.mend)
        except (IndexError, KeyError, TypeError, ValueError, AttributeError, RuntimeError):
            if STRICT:
                raise
            # an operation called in a way that nobody thought of is no reason to lose the answer
    return sorted(made.values(), key=lambda entry: entry["line"])[:MOST]
