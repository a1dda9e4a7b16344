"""Every sentence of the server has a Chinese line on the page, and every line still has its sentence."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

import pytest
from pydantic_core._pydantic_core import list_all_errors

from freedive.protocol.commands import Split
from freedive.protocol.events import JobState, Task

from .sentences import collect, is_said

LINES = Path(__file__).resolve().parent.parent / "frontend/src/i18n/zh/sentences"

PYDANTIC = {
    "bool_parsing", "bool_type", "bytes_type", "dict_type", "enum", "extra_forbidden", "finite_number", "float_parsing",
    "float_type", "greater_than", "greater_than_equal", "int_from_float", "int_parsing", "int_parsing_size", "int_type",
    "json_invalid", "less_than", "less_than_equal", "list_type", "literal_error", "missing", "model_attributes_type",
    "model_type", "multiple_of", "none_required", "recursion_depth_exceeded", "recursion_loop", "string_pattern_mismatch",
    "string_too_long", "string_too_short", "string_type", "string_unicode", "too_long", "too_short", "tuple_type",
    "union_tag_invalid", "union_tag_not_found",
}  # fmt: skip
"""What pydantic can say of a spec or a request: its types are numbers, words, flags, lists and unions of models."""

CHOSEN = {*get_args(JobState), *get_args(Split), *get_args(Task)}
"""Words of the protocol that stand in holes."""

JOINING = {"{one} or {other}", "{one} and {other}", "List", "Tuple", "Dictionary"}
"""Words that the server or pydantic joins while running."""


def catalogue(path: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads(path.read_text())
    return found


def holes(text: str) -> set[str]:
    return set(re.findall(r"(?<!\{)\{(\w+)\}", text.replace("{{{", "{{ {")))


def of_pydantic() -> set[str]:
    texts = set()
    for error in list_all_errors():
        if error["type"] in PYDANTIC:
            for text in (error["message_template_python"], error.get("message_template_json", "")):
                texts |= {text.replace("{expected_plural}", ending) for ending in ("", "s")} - {""}
    return texts


@pytest.fixture(scope="module")
def said() -> dict[str, set[str]]:
    """Sentences, and the parts that stand in them, with all places where they are said."""
    found, unreadable = collect()
    assert not unreadable, "give these expressions a name first: " + "; ".join(unreadable)
    return {
        "sentences": {s.text for s in found if not s.is_part} | of_pydantic(),
        "parts": {s.text for s in found if s.is_part} | CHOSEN | JOINING,
    }


@pytest.fixture(scope="module")
def lines() -> dict[str, dict[str, str]]:
    files = {path.stem: catalogue(path) for path in sorted(LINES.glob("*.json"))}
    parts = files.pop("parts")
    whole: dict[str, str] = {}
    for name, rows in files.items():
        assert not (twice := whole.keys() & rows.keys()), f"{name}.json repeats {sorted(twice)}"
        whole |= rows
    return {"sentences": whole, "parts": parts}


@pytest.mark.parametrize("kind", ["sentences", "parts"])
def test_every_sentence_has_a_chinese_line(
    kind: str, said: dict[str, set[str]], lines: dict[str, dict[str, str]]
) -> None:
    missing = sorted(said[kind] - lines[kind].keys())
    assert not missing, f"add Chinese {kind} in {LINES}:\n" + "\n".join(json.dumps(text) for text in missing)


@pytest.mark.parametrize("kind", ["sentences", "parts"])
def test_every_line_has_its_sentence(
    kind: str, said: dict[str, set[str]], lines: dict[str, dict[str, str]]
) -> None:
    silent = sorted(lines[kind].keys() - said[kind])
    assert not silent, f"nobody says these {kind} any more:\n" + "\n".join(
        json.dumps(text) for text in silent
    )


def test_the_holes_are_the_same(lines: dict[str, dict[str, str]]) -> None:
    for english, chinese in (lines["sentences"] | lines["parts"]).items():
        unnamed = {"class_name"}  # Python's name of a class says nothing to a person
        assert holes(english) - unnamed == holes(chinese), english


def test_the_chinese_is_chinese(lines: dict[str, dict[str, str]]) -> None:
    """Full-width punctuation between Chinese words; nothing left in English by mistake."""
    for english, chinese in lines["sentences"].items():
        assert re.search(r"[一-鿿]", chinese), english
        assert not re.search(r"[一-鿿][,;:!?]|[,;!?][一-鿿]", chinese), chinese
        assert english.endswith(".") == chinese.endswith("。"), english


def test_what_counts_as_said() -> None:
    assert is_said("There is no job `{job}`.")
    assert not is_said("model.layers.{i}")
    assert not is_said("{name}")
