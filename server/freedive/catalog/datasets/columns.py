"""Columns: a table of strings as numbers, categories and classes. Each function stands alone, for scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor


def read_table(path: Any) -> Any:
    """A CSV file as a DataFrame of strings; empty cells are missing."""
    import pandas

    return pandas.read_csv(path, dtype=str, keep_default_na=False, na_values=[""])


def column_type(cells: Any) -> str:
    """`number` where every cell that is there is one, up to 1e30; `category` where values are few; else `text`."""
    import pandas

    there = cells.dropna()
    if len(there) and (pandas.to_numeric(there, errors="coerce").abs() <= 1e30).all():
        return "number"
    return "category" if there.nunique() <= min(100, max(2, len(there) // 2)) else "text"


def inputs_of(table: Any, target: str, columns: list[str] | None) -> tuple[list[str], dict[str, list[str]]]:
    """Numbers to predict from, and categories with their values in order; None is all columns but the target."""
    chosen = [name for name in table.columns if name != target and (columns is None or name in columns)]
    types = {name: column_type(table[name]) for name in chosen}
    numbers = [name for name in chosen if types[name] == "number"]
    return numbers, {
        name: sorted(table[name].dropna().unique()) for name in chosen if types[name] == "category"
    }


def classes_of(cells: Any) -> list[str]:
    """The values of a target in order, numbers by size."""
    values = cells.dropna().unique().tolist()
    return sorted(values, key=float) if column_type(cells) == "number" else sorted(values)


def complete_rows(table: Any, target: str, used: list[str], missing: str) -> Any:
    """The rows whose target is there and, with `drop`, every used cell too."""
    return table.dropna(subset=[target, *(used if missing == "drop" else [])])


def table_inputs(table: Any, numbers: list[str], categories: dict[str, list[str]]) -> Tensor:
    """(rows, features) float64: numbers, NaN where missing, then for each value of a category 1 where it is."""
    import pandas
    import torch

    parts = [pandas.to_numeric(table[name]).to_numpy("float64", na_value=float("nan")) for name in numbers]
    parts += [
        (table[name] == value).fillna(False).to_numpy("float64")
        for name, values in categories.items()
        for value in values
    ]
    return torch.stack([torch.tensor(part) for part in parts], dim=1)


def table_targets(cells: Any, task: str, classes: list[str]) -> Tensor:
    """(n, 1) float64 for a regression, float32 for binary; (n,) int64 class numbers for multiclass."""
    import pandas
    import torch

    if task == "regression":
        return torch.tensor(pandas.to_numeric(cells).to_numpy("float64"))[:, None]
    numbers = torch.tensor([classes.index(value) for value in cells])
    return numbers if task == "multiclass" else numbers[:, None].float()


def fill_missing(raw: Tensor, rows: Tensor, how: str) -> Tensor:
    """NaN becomes the mean or median of the same column over `rows`; 0 where those have no value at all."""
    import torch

    known = raw[rows]
    middle = known.nanmedian(dim=0).values if how == "median" else known.nanmean(dim=0)
    return torch.where(raw.isnan(), middle.nan_to_num(), raw)
