"""What the real libraries said to a snippet (`tests/golden/*.json`) beside what the lab says to it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np

GOLDEN = Path(__file__).parents[2] / "golden"
NUMBER = re.compile(r"-?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\binf\b|\bnan\b)")
ADDRESS = re.compile(r" at 0x[0-9a-f]+")
BY_CHANCE = "random"
"""The family whose numbers only have a shape and a dtype in common."""


def golden(name: str) -> dict[str, Any]:
    """One golden file: the libraries' versions, the setup of all snippets, and what was said to each."""
    found: dict[str, Any] = json.loads((GOLDEN / f"{name}.json").read_text())
    return found


def same_text(got: str, want: str) -> bool:
    """Whether two texts say the same: words to the letter, numbers to their fifth digit."""
    got, want = ADDRESS.sub("", got), ADDRESS.sub("", want)
    if "".join(NUMBER.sub("#", got).split()) != "".join(NUMBER.sub("#", want).split()):
        return False
    pairs = zip(NUMBER.findall(got), NUMBER.findall(want), strict=True)
    return all(np.isclose(float(a), float(b), rtol=1e-4, atol=1e-5, equal_nan=True) for a, b in pairs)


def difference(got: Any, want: Any, *, chance: bool = False) -> str | None:
    """The first thing in which the lab's value differs from the real one."""
    if want["kind"] == "other":
        return None
    if got is None:
        return f"no value, {want} wanted"
    if want["kind"] in ("list", "dict"):
        items = got.get("items")
        if items is None or len(items) != len(want["items"]):
            return (
                f"{got.get('kind')} of {None if items is None else len(items)}, {len(want['items'])} wanted"
            )
        for a, b in zip(items, want["items"], strict=True):
            found = difference(a, b, chance=chance)
            if found:
                return found
        return None
    if "dtype" not in want:
        want = {**want, "kind": {"NoneType": "none"}.get(want["kind"], want["kind"])}
        if got["kind"] != want["kind"]:
            return f"{got['kind']}, {want['kind']} wanted"
        if isinstance(want["data"], float):
            close = chance or np.isclose(
                float(got["data"]), want["data"], rtol=1e-4, atol=1e-6, equal_nan=True
            )
            return None if close else f"{got['data']}, {want['data']} wanted"
        return None if got.get("data") == want["data"] else f"{got.get('data')!r}, {want['data']!r} wanted"
    if got.get("kind") == "text" and want["dtype"] == "string":
        return None if got["shape"] == want["shape"] else f"{got['shape']}, {want['shape']} wanted"
    facts = [got.get("kind"), got.get("dtype"), got.get("shape", [])]
    wanted = [want["kind"], want["dtype"], want["shape"]]
    if facts != wanted and not facts[0] == wanted[0] == "scalar":
        return f"{facts}, {wanted} wanted"
    if chance or "data" not in want or got.get("windowed"):
        return None
    a = np.array(got["data"], dtype=object).reshape(-1)
    a = np.array([float(e) for e in a])
    a = np.where(np.isfinite(a), a, 0)
    b = np.array(want["data"], dtype=float).reshape(-1)
    return None if np.allclose(a, b, rtol=1e-4, atol=1e-5) else f"{a.tolist()}, {b.tolist()} wanted"


def differences(row: dict[str, Any], answer: dict[str, Any]) -> list[str]:
    """Everything in which the lab's answer differs from what the real library said."""
    problem = answer.get("error") or next((s["error"] for s in answer["statements"] if s["error"]), None)
    if "error" in row:
        if problem is None:
            return [f"no error, {row['error']['type']} wanted: {row['error']['line']}"]
        found = []
        if row["error"]["type"] not in (problem["type"], *problem["mro"]):
            found.append(f"type {problem['type']}, {row['error']['type']} wanted")
        said = problem["message"].strip().split("\n")[0]
        if not same_text(said, row["error"]["line"]):
            found.append(f"words: {said!r}, {row['error']['line']!r} wanted")
        return found
    if problem is not None:
        return [f"{problem['type']}: {problem['message']}"]
    chance = row["family"] == BY_CHANCE
    found = []
    if "value" in row:
        value = answer["statements"][-1]["value"]
        told = difference(value, row["value"], chance=chance)
        if told:
            found.append(told)
        elif (
            not chance
            and not same_text((value or {}).get("repr") or "", row["repr"])
            and row["value"]["kind"] not in ("float", "list", "dict")
        ):
            found.append(f"repr: {(value or {}).get('repr')!r}, {row['repr']!r} wanted")
    if not chance and not same_text(answer["output"], row.get("output", "")):
        found.append(f"printed: {answer['output']!r}, {row.get('output', '')!r} wanted")
    return found
