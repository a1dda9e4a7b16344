"""Words on the page: every field and every choice of a spec has a name in both languages, and in Chinese a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from freedive.catalog.listing import catalog

WORDS = Path(__file__).parents[2] / "frontend" / "src" / "i18n"
SCHEMA = catalog().train_schema
FIELDS = {
    name: field
    for definition in [*SCHEMA["$defs"].values(), SCHEMA]
    for name, field in definition.get("properties", {}).items()
    if name != "kind"
}


def keys(file: str, group: str) -> set[str]:
    """The last parts of the keys `group.…` in a dictionary."""
    return set(
        re.findall(rf"^  '{group}\.([\w.-]+)': ", (WORDS / file).read_text(encoding="utf-8"), re.MULTILINE)
    )


def choices(schema: Any) -> Iterator[str]:
    """The values of every enumeration."""
    if isinstance(schema, dict):
        yield from map(str, schema.get("enum", []))
        for value in schema.values():
            yield from choices(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from choices(value)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_field_and_choice_has_a_name(language: str) -> None:
    assert FIELDS.keys() - keys(f"{language}/forms.ts", "field") == set()
    assert set(choices(SCHEMA)) - keys(f"{language}/forms.ts", "choice") == set()


def test_what_is_explained_in_english_is_explained_in_chinese() -> None:
    explained = {name for name, field in FIELDS.items() if field.get("description")}
    assert explained - keys("zh/help.ts", "help") == set()


def test_no_name_is_left_of_a_field_that_is_gone() -> None:
    parents = {name.split(".")[-1] for name in keys("en/forms.ts", "field")}
    assert parents - FIELDS.keys() == set()
    assert keys("zh/help.ts", "help") - FIELDS.keys() == set()
