"""Table: a CSV that a person uploaded. Its columns are typed by uploads.py."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from freedive.catalog.datasets.samples import Samples
from freedive.protocol.events import Task

ColumnName = Annotated[str, Field(min_length=1, max_length=200)]


class Table(Samples):
    """A table from a CSV file: numbers are taken as they are, categories become one column for each value."""

    kind: Literal["table"] = "table"
    upload: Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_-]*$")] = ""
    """Id of the uploaded file."""
    target: Annotated[str, Field(max_length=200)] = ""
    """Column to be predicted; empty is the last one."""
    columns: Annotated[list[ColumnName], Field(max_length=500)] | None = None
    """Columns to predict from; null is all numbers and categories except the target."""
    task: Task = "regression"
    """What the target is: a number (regression), one of two values (binary) or of several (multiclass)."""
    missing: Literal["drop", "mean", "median"] = "drop"
    """Rows with missing values are dropped, or filled with the mean or median of the training rows; categories
    with the commonest value."""
    standardize_target: bool = True
    """Regression: train on (target - mean) / standard deviation; loss and MAE are then in standard deviations."""

    title: ClassVar[dict[str, str]] = {"en": "Uploaded table", "zh": "上传的表格"}
    about: ClassVar[dict[str, str]] = {
        "en": "A CSV file of yours: choose the column to predict.",
        "zh": "你自己的 CSV 文件：选择要预测的列。",
    }
