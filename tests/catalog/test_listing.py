"""Every entry of every union: documented, bounded, listed, and made without torch."""

from __future__ import annotations

import importlib
import json
import pkgutil
import subprocess
import sys
from typing import Any

import pytest
from pydantic import BaseModel

from freedive import catalog as package
from freedive.catalog.choice import Choice
from freedive.catalog.listing import FOLDERS, catalog, members

ENTRIES = [(folder, entry) for folder, union in FOLDERS.items() for entry in members(union)]
each_entry = pytest.mark.parametrize(
    ("folder", "entry"), ENTRIES, ids=[f"{f}-{e.__name__}" for f, e in ENTRIES]
)


def classes_of(base: type[Choice]) -> set[type[Choice]]:
    return {base, *(found for sub in base.__subclasses__() for found in classes_of(sub))}


def test_every_class_with_a_kind_is_in_the_union_of_its_folder() -> None:
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)
    concrete = {cls for cls in classes_of(Choice) if cls.model_fields["kind"].default in _kinds(cls)}
    assert concrete == {entry for _, entry in ENTRIES}


def _kinds(cls: type[BaseModel]) -> list[Any]:
    schema = cls.model_json_schema()["properties"]["kind"]
    return [schema["const"]] if "const" in schema else []


def test_kinds_are_unique_within_a_folder() -> None:
    for folder, union in FOLDERS.items():
        kinds = [entry.model_fields["kind"].default for entry in members(union)]
        assert len(set(kinds)) == len(kinds), folder


@each_entry
def test_an_entry_has_a_title_and_a_sentence_in_both_languages(folder: str, entry: type[Choice]) -> None:
    for text in (entry.title, entry.about):
        assert set(text) == {"en", "zh"}
        assert all(text.values())
    assert any("\u4e00" <= letter <= "\u9fff" for letter in entry.about["zh"])
    assert entry.__doc__


@each_entry
def test_every_field_is_documented_and_every_number_bounded(folder: str, entry: type[Choice]) -> None:
    schema = entry.model_json_schema()
    for name, field in schema["properties"].items():
        if name == "kind":
            continue
        assert field.get("description"), f"{entry.__name__}.{name} has no docstring"
        for part in [field, *field.get("anyOf", []), field.get("items", {})]:
            if part.get("type") in ("number", "integer"):
                assert {"minimum", "exclusiveMinimum"} & set(part), (
                    f"{entry.__name__}.{name} has no lower bound"
                )
                assert {"maximum", "exclusiveMaximum"} & set(part), (
                    f"{entry.__name__}.{name} has no upper bound"
                )
            if part.get("type") == "array":
                assert "maxItems" in part, f"{entry.__name__}.{name} may be endless"


def test_the_listing_has_every_entry_and_recipe_and_a_schema_with_all_of_them() -> None:
    listed = catalog()
    assert {folder: [e.kind for e in entries] for folder, entries in listed.entries.items()} == {
        folder: [e.model_fields["kind"].default for e in members(union)] for folder, union in FOLDERS.items()
    }
    definitions = listed.train_schema["$defs"]
    assert {entry.__name__ for _, entry in ENTRIES} <= set(definitions)
    assert json.loads(listed.model_dump_json())["recipes"][0]["name"] == "line"


def test_the_catalog_outlines_every_recipe_without_torch_pandas_or_scikit_learn() -> None:
    program = """
import sys
from pathlib import Path
from freedive.catalog.datasets.store import DataStore
from freedive.catalog.listing import catalog
import freedive.catalog.datasets.uploads
store = DataStore(Path("nowhere"))
for recipe in catalog().recipes:
    if recipe.name != "table":
        data = recipe.spec.dataset.outline(store)
        assert recipe.spec.model.outline(data.input_shape, data.outputs)
print(sorted({"torch", "torchmetrics", "sklearn", "pandas", "scipy"} & set(sys.modules)))
"""
    path = str(next(iter(package.__path__)).rsplit("/freedive", 1)[0])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": path},
    )
    assert done.stdout.strip() == "[]", done.stderr
