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
from freedive.errors import BadData, Damaged, NotFound
from freedive.protocol.events import Task
from freedive.protocol.tables import Gaps, TableRows

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
    rows: TableRows

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
    missing: Literal["drop", "own", "mean", "median", "frequent"] = "drop"
    """Rows with missing values are left out; or `own`: missing is a value of its own (a number then gets the median and
    a column that says so); or numbers are filled with the mean or median of the training rows, and a missing category
    is none of its values; or `frequent`: the median and, for a category, its most frequent value."""
    missing_target: Literal["drop", "class"] = "drop"
    """Rows without a target are left out, or are a class of their own; a regression leaves them out."""
    words: Literal["value", "missing"] = "value"
    """In columns of words, `None`, `NA`, `?`, `-` and the like are values as any other, or missing as among numbers."""
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
        except (NotFound, Damaged) as missing:
            raise BadData(missing.message, position="dataset.upload", hint=missing.hint) from None
        names = list(table.columns)
        target = self.target or names[-1]
        if target not in names:
            raise _unknown(target, names, "dataset.target")
        written, table = table, steps.cleared(table, target, self.task, self.words)
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
                message = f"column `{name}` holds text with {count:,} different values; expected numbers or categories"
                if steps.share_of_numbers(table[name]) >= 0.5:
                    row, word = steps.first_word(table[name])
                    message = f"column `{name}` holds words such as {word!r} in row {row} among its numbers"
                raise BadData(message, position="dataset.columns", hint="Leave it out.")
        numbers, categories = steps.inputs_of(table, target, self.columns, self.missing)
        as_class = self.task != "regression"
        if as_class:
            table[target] = steps.spelled_alike(table[target])
        used = list(dict.fromkeys([*numbers, *categories]))
        rows = steps.complete_rows(
            table, target, used, self.missing, self.missing_target if as_class else "drop"
        )
        gaps = [
            Gaps(
                column=name,
                missing=int(empty.sum()),
                words=[str(word)[:50] for word in written[name][empty].dropna().value_counts().index[:3]],
                then=self._then(name == target, name in numbers),
            )
            for name in [target, *used]
            if (empty := table[name].isna()).any()
        ]
        plan = Plan(
            rows, target, numbers, categories, [], TableRows(total=len(table), used=len(rows), gaps=gaps)
        )
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
            holes = {name: int(table[name].isna().sum()) for name in [target, *used]}
            worst = max(holes, key=lambda name: holes[name])
            raise BadData(
                f"{len(rows)} of {len(table):,} rows have no missing value; expected at least {LEAST_ROWS} "
                f"(column `{worst}` lacks {holes[worst]:,})",
                position="dataset.missing",
                hint="Fill missing values with mean or median, or leave that column out.",
            )
        cells = rows[target] if as_class else table[target]
        return plan._replace(classes=self._classes(cells, types[target], target, table[target]))

    def _then(self, is_target: bool, is_number: bool) -> Literal["left_out", "filled", "value", "none"]:
        """What becomes of a cell without a value."""
        if is_target:
            return "value" if self.missing_target == "class" and self.task != "regression" else "left_out"
        if self.missing in ("mean", "median"):
            return "filled" if is_number else "none"
        return {"drop": "left_out", "own": "value", "frequent": "filled"}[self.missing]  # type: ignore[return-value]

    def _classes(self, cells: Any, type_: str, target: str, whole: Any) -> list[str]:
        if self.task == "regression":
            if type_ != "number":
                row, word = steps.first_word(cells)
                raise BadData(
                    f"column `{target}` holds words such as {word!r} in row {row}; a regression expects numbers",
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
            count, used, total = len(classes), len(cells), len(whole)
            if count < whole.nunique():  # some went with the rows that are left out
                message = (
                    f"column `{target}` has {count:,} different values in the {used:,} of {total:,} rows that are used; "
                    f"a {self.task} task expects {expected}"
                )
            else:
                message = (
                    f"column `{target}` has {count:,} different values; a {self.task} task expects {expected}"
                )
            raise BadData(message, position="dataset.target", hint=f"Choose {fitting}.")
        return classes

    def facts(self, store: DataStore) -> Facts:
        """Rows that are used, classes and inputs. Raises BadData."""
        return _facts(DataStore(store.data_dir), self.model_dump_json())

    def sample(self, generator: torch.Generator, store: DataStore) -> tuple[Tensor, Tensor]:
        """Inputs, NaN where they are still missing, and targets; nothing is random."""
        table, target, numbers, categories, classes, _ = self.plan(store)
        targets = steps.table_targets(table[target], self.task, classes)
        return steps.table_inputs(table, numbers, categories, self.missing), targets

    def completed(self, raw: Tensor, rows: Tensor, facts: Facts) -> Tensor:
        """Missing values filled from the training rows."""
        if self.missing == "drop":
            return raw
        return steps.fill_missing(raw, rows, self.missing, list(facts.groups))

    def scaling(self, targets: Tensor) -> tuple[float, float]:
        """Mean and standard deviation of the training targets of a regression."""
        return scale(targets) if self.task == "regression" and self.standardize_target else (0.0, 1.0)

    def drawing(self) -> Drawing:
        """Reading the file, which the script expects beside itself, and the same steps."""
        functions: list[Callable[..., Any]] = [
            steps.read_table,
            steps.are_numbers,
            steps.missing_cells,
            steps.column_type,
            steps.cleared,
            steps.inputs_of,
            steps.complete_rows,
            steps.table_inputs,
            steps.table_targets,
        ]
        missing, words = self.missing, self.words
        statements = [
            "table = read_table(TABLE)",
            f"target = {self.target!r} or table.columns[-1]",
            f"table = cleared(table, target, {self.task!r}, {words!r})",
            f"numbers, categories = inputs_of(table, target, {self.columns!r}, {missing!r})",
        ]
        missing_target = "drop" if self.task == "regression" else self.missing_target
        complete = (
            f"table = complete_rows(table, target, [*numbers, *categories], {missing!r}, {missing_target!r})"
        )
        if self.task == "regression":
            statements += [complete, "classes = []"]
        else:
            functions += [steps.number_in, steps.spelled_alike, steps.classes_of]
            statements += [
                "table[target] = spelled_alike(table[target])",
                complete,
                "classes = classes_of(table[target])",
            ]
        statements += [
            f"raw = table_inputs(table, numbers, categories, {missing!r})",
            f"targets = table_targets(table[target], {self.task!r}, classes)",
        ]
        if missing != "drop":
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
        if self.missing == "drop":
            return []
        groups = "[len(values) for values in categories.values()]"
        return [f"raw = fill_missing(raw, rows[0], {self.missing!r}, {groups})"]

    def scaling_code(self) -> list[str]:
        """`scaling` as source lines."""
        if self.task != "regression":
            return []
        return scale_lines() if self.standardize_target else ["targets = targets.float()"]


@lru_cache(maxsize=64)
def _facts(store: DataStore, table: str) -> Facts:
    """Remembered, because a form asks at every change; an upload's id is made of its content, so nothing goes stale."""
    plan = Table.model_validate_json(table).plan(store)
    groups = tuple(len(values) for values in plan.categories.values())
    return Facts(len(plan.table), tuple(plan.classes), plan.features, groups, plan.rows)


def _unknown(name: str, names: list[str], position: str) -> BadData:
    shown = ", ".join(f"`{known}`" for known in names[:20]) + (" …" if len(names) > 20 else "")
    return BadData(f"there is no column `{name}`; expected one of {shown}", position=position)
