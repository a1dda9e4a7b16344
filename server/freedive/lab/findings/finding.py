"""What a rule says (`Finding`), how it is declared (`rule`), and the snippets that it is held to (`Example`)."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from freedive.lab.findings.evidence import Evidence, Failure
from freedive.lab.notes import LightRecord, Moment, Record

Severity = Literal["note", "warning"]


class Edit(NamedTuple):
    """What to write instead: `text` in place of what stands from line, column to end line, column after; from 1."""

    span: tuple[int, int, int, int]
    text: str


@dataclass(frozen=True)
class Finding:
    """One fault: why it is one, and what to write instead."""

    cause: str
    mend: str
    at: Record | LightRecord | Moment | ast.AST | int
    """What it is about; a number is a line."""
    edit: Edit | None = None
    failure: Failure | None = None
    """The error that it explains."""


class Example(NamedTuple):
    """A snippet with the fault, what must be said of it, and the same one mended. `# <-` marks the line."""

    sick: str
    says: tuple[str, ...]
    healthy: str


class Rule(NamedTuple):
    """One kind of fault."""

    code: str
    severity: Severity
    find: Callable[[Evidence], Iterable[Finding]]
    examples: tuple[Example, ...]


def rule(
    code: str, severity: Severity, *examples: Example
) -> Callable[[Callable[[Evidence], Iterable[Finding]]], Rule]:
    """Declares a function that looks for one kind of fault."""

    def made(find: Callable[[Evidence], Iterable[Finding]]) -> Rule:
        return Rule(code, severity, find, examples)

    return made


def told(rule: Rule, finding: Finding, run: Evidence) -> dict[str, Any] | None:
    """The finding as the answer has it; None where it has no line of the snippet's own."""
    line = run.line(finding.at)
    if not line:
        return None
    edit = finding.edit
    return {
        "code": rule.code,
        "severity": "error" if finding.failure is not None else rule.severity,
        "statement": run.statement_at(line, finding.at),
        "line": line,
        "op": run.number(finding.at),
        "cause": finding.cause,
        "mend": finding.mend,
        "edit": None if edit is None else {"span": list(edit.span), "text": edit.text},
    }
