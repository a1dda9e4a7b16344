"""Table: a CSV that a person uploaded. Its columns are typed by uploads.py and become numbers in columns.py."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import Field

from freedive.catalog.code import source
from freedive.catalog.datasets import columns as steps
from freedive.catalog.datasets.samples import Drawing, Facts, Samples
from freedive.catalog.datasets.store import DataStore
from freedive.catalog.datasets.targets import scale, scale_lines
from freedive.errors import BadData, NotFound
from freedive.protocol.events import Task

if TYPE_CHECKING:
    import torch
    from torch import Tensor

MOST_FEATURES = 2000
MOST_CLASSES = 100
LEAST_ROWS = 10

ColumnName = Annotated[str, Field(min_length=1, max_length=200)]


class Plan(NamedTuple):
    """Which rows and columns are used, and as what."""

    table: Any
    target: str
    numbers: list[str]
    categories: dict[str, list[str]]
    classes: list[str]

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the inputs: a column, or `column = value` for each value of a category."""
        values = [f"{name} = {value}" for name, listed in self.categories.items() for value in listed]
        return (*self.numbers, *values)


class Table(Samples):
    """A table from a CSV file: numbers are taken as they are, each value of a category becomes a column of 0 and 1."""

    kind: Literal["table"] = "table"
    upload: Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9]*$")] = ""
    """Id of the uploaded file."""
    target: Annotated[str, Field(max_length=200)] = ""
    """Column to be predicted; empty is the last one."""
    columns: Annotated[list[ColumnName], Field(min_length=1, max_length=500)] | None = None
    """Columns to predict from; null is all numbers and categories except the target."""
    task: Task = "regression"
    """What the target is: a number (regression), one of two values (binary) or of several (multiclass)."""
    missing: Literal["drop", "mean", "median"] = "drop"
    """Rows with missing values are left out, or numbers filled with the mean or median of the training rows (a missing
    category is then none of its values). Rows without a target are always left out."""
    standardize_target: bool = True
    """Regression: train on (target - mean) / standard deviation; loss and MAE are then in standard deviations."""

    title: ClassVar[dict[str, str]] = {"en": "Uploaded table", "zh": "上传的表格"}
    about: ClassVar[dict[str, str]] = {
        "en": "A CSV file of yours: choose the column to predict.",
        "zh": "你自己的 CSV 文件：选择要预测的列。",
    }

    def plan(self, store: DataStore) -> Plan:
        """Rows, columns and classes. Raises BadData saying what does not fit, where and what to do."""
        from freedive.catalog.datasets import uploads

        if not self.upload:
            raise BadData("no table was chosen", position="dataset.upload", hint="Upload a CSV file first.")
        try:
            table = uploads.table_of(store, self.upload)
        except NotFound as missing:
            raise BadData(missing.message, position="dataset.upload", hint=missing.hint) from None
        names = list(table.columns)
        target = self.target or names[-1]
        if target not in names:
            raise _unknown(target, names, "dataset.target")
        if table[target].isna().all():
            raise BadData(
                f"column `{target}` is empty", position="dataset.target", hint="Choose another target."
            )
        types = {name: steps.column_type(table[name]) for name in names}
        for name in self.columns or []:
            if name not in names:
                raise _unknown(name, names, "dataset.columns")
            if name == target:
                raise BadData(
                    f"column `{name}` is to be predicted, so it cannot be an input",
                    position="dataset.columns",
                )
            if types[name] == "text":
                count = table[name].nunique()
                raise BadData(
                    f"column `{name}` holds text with {count:,} different values; expected numbers or categories",
                    position="dataset.columns",
                    hint="Leave it out.",
                )
        numbers, categories = steps.inputs_of(table, target, self.columns)
        rows = steps.complete_rows(table, target, [*numbers, *categories], self.missing)
        classes = self._classes(table[target], types[target], target)
        plan = Plan(rows, target, numbers, categories, classes)
        if not plan.features:
            raise BadData(
                f"no number or category is left to predict `{target}` from", position="dataset.columns"
            )
        if len(plan.features) > MOST_FEATURES:
            raise BadData(
                f"the columns become {len(plan.features):,} inputs; expected at most {MOST_FEATURES:,}",
                position="dataset.columns",
                hint="Leave out categories with many values.",
            )
        if len(rows) < LEAST_ROWS:
            holes = {name: int(table[name].isna().sum()) for name in [target, *numbers, *categories]}
            worst = max(holes, key=lambda name: holes[name])
            raise BadData(
                f"{len(rows)} of {len(table):,} rows have no missing value; expected at least {LEAST_ROWS} "
                f"(column `{worst}` lacks {holes[worst]:,})",
                position="dataset.missing",
                hint="Fill missing values with mean or median, or leave that column out.",
            )
        return plan

    def _classes(self, cells: Any, type_: str, target: str) -> list[str]:
        if self.task == "regression":
            if type_ != "number":
                example = cells.dropna().iloc[0]
                raise BadData(
                    f"column `{target}` holds words such as {example!r}; a regression expects numbers",
                    position="dataset.target",
                    hint="Choose another target, or the task binary or multiclass.",
                )
            return []
        classes = steps.classes_of(cells)
        low, high = (2, 2) if self.task == "binary" else (3, MOST_CLASSES)
        if not low <= len(classes) <= high:
            expected = "two" if high == 2 else f"{low} to {high}"
            fitting = {1: "another target", 2: "the task binary"}.get(len(classes))
            fitting = fitting or (
                "the task multiclass" if len(classes) <= MOST_CLASSES else "the task regression"
            )
            raise BadData(
                f"column `{target}` has {len(classes):,} different values; a {self.task} task expects {expected}",
                position="dataset.target",
                hint=f"Choose {fitting}.",
            )
        return classes

    def facts(self, store: DataStore) -> Facts:
        """Rows that are used, classes and inputs. Raises BadData."""
        return _facts(DataStore(store.data_dir), self.model_dump_json())

    def sample(self, generator: torch.Generator, store: DataStore) -> tuple[Tensor, Tensor]:
        """Inputs, NaN where they are still missing, and targets; nothing is random."""
        table, target, numbers, categories, classes = self.plan(store)
        targets = steps.table_targets(table[target], self.task, classes)
        return steps.table_inputs(table, numbers, categories), targets

    def completed(self, raw: Tensor, rows: Tensor) -> Tensor:
        """Missing numbers filled from the training rows."""
        return raw if self.missing == "drop" else steps.fill_missing(raw, rows, self.missing)

    def scaling(self, targets: Tensor) -> tuple[float, float]:
        """Mean and standard deviation of the training targets of a regression."""
        return scale(targets) if self.task == "regression" and self.standardize_target else (0.0, 1.0)

    def drawing(self) -> Drawing:
        """Reading the file, which the script expects beside itself, and the same steps."""
        functions: list[Callable[..., Any]] = [
            steps.read_table,
            steps.column_type,
            steps.inputs_of,
            steps.complete_rows,
            steps.table_inputs,
            steps.table_targets,
        ]
        statements = [
            "table = read_table(TABLE)",
            f"target = {self.target!r} or table.columns[-1]",
            f"numbers, categories = inputs_of(table, target, {self.columns!r})",
        ]
        if self.task == "regression":
            statements.append("classes = []")
        else:
            functions.append(steps.classes_of)
            statements.append("classes = classes_of(table[target])")
        statements += [
            f"table = complete_rows(table, target, [*numbers, *categories], {self.missing!r})",
            "raw = table_inputs(table, numbers, categories)",
            f"targets = table_targets(table[target], {self.task!r}, classes)",
        ]
        if self.missing != "drop":
            functions.append(steps.fill_missing)
        if self.task == "regression" and self.standardize_target:
            functions.append(scale)
        place = f'TABLE = os.environ.get("TABLE", {self.upload + ".csv"!r})  # the uploaded table, as UTF-8 with commas'
        return Drawing(
            ("import os", "from typing import Any"),
            (place, *(source(function) for function in functions)),
            tuple(statements),
        )

    def completing_code(self) -> list[str]:
        """`completed` as source lines."""
        return [] if self.missing == "drop" else [f"raw = fill_missing(raw, rows[0], {self.missing!r})"]

    def scaling_code(self) -> list[str]:
        """`scaling` as source lines."""
        if self.task != "regression":
            return []
        return scale_lines() if self.standardize_target else ["targets = targets.float()"]


@lru_cache(maxsize=64)
def _facts(store: DataStore, table: str) -> Facts:
    """Remembered, because a form asks at every change; an upload's id is made of its content, so nothing goes stale."""
    plan = Table.model_validate_json(table).plan(store)
    return Facts(len(plan.table), tuple(plan.classes), plan.features)


def _unknown(name: str, names: list[str], position: str) -> BadData:
    shown = ", ".join(f"`{known}`" for known in names[:20]) + (" …" if len(names) > 20 else "")
    return BadData(f"there is no column `{name}`; expected one of {shown}", position=position)
