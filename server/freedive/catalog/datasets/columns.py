"""Columns: a table of strings as numbers, categories and classes. Each function stands alone, for scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor


def read_table(path: Any) -> Any:
    """A CSV file as a DataFrame of strings; empty cells are missing."""
    import pandas

    return pandas.read_csv(path, dtype=str, keep_default_na=False, na_values=[""], skipinitialspace=True)


def are_numbers(cells: Any) -> bool:
    """Whether there are cells and each is a number up to 1e30."""
    import pandas

    for some in (cells[:100], cells):  # most columns of words show it at once
        if not len(cells) or not (pandas.to_numeric(some, errors="coerce").abs() <= 1e30).all():
            return False
    return True


def missing_cells(cells: Any, words: str = "value") -> Any:
    """Which cells hold no value: empty ones, and words such as None, NA, - and ? in a column of numbers.

    In a column of words such a word is a value as any other, unless `words` is `missing`.
    """
    usual = "na|n/a|n.a.|#n/a|nan|null|none|nil|missing|unknown|?|-|--|–|—|.|..|...|无|未知|缺失|不详"
    absent = cells.fillna("").str.lower().isin(["", *usual.split("|")])
    if words == "missing" or are_numbers(cells[~absent]):
        return absent
    return cells.isna() | (cells == "")


def column_type(cells: Any) -> str:
    """`number` where every cell that is there is one, up to 1e30; `category` where values are few; else `text`."""
    if are_numbers(cells[~missing_cells(cells, "missing")]):
        return "number"
    there = cells[~(cells.isna() | (cells == ""))]
    return "category" if there.nunique() <= min(100, max(2, len(there) // 2)) else "text"


def share_of_numbers(cells: Any) -> float:
    """Of the cells that are there."""
    import pandas

    return float(pandas.to_numeric(cells.dropna(), errors="coerce").notna().mean())


def first_word(cells: Any) -> tuple[int, str]:
    """Row, from 1, and text of the first cell that is no number."""
    import pandas

    there = cells.dropna()
    words = there[pandas.to_numeric(there, errors="coerce").isna()]
    return int(words.index[0]) + 1, str(words.iloc[0])[:50]


def cleared(table: Any, target: str, task: str, words: str) -> Any:
    """The table with nothing in the cells that hold no value. Classes to be predicted are words: `None` is one."""
    import pandas

    kept = {}
    for name in table.columns:
        cells = table[name]
        as_class = name == target and task != "regression" and words == "value"
        kept[name] = cells.mask(cells == "" if as_class else missing_cells(cells, words))
    return pandas.DataFrame(kept)


def number_in(value: str) -> float | None:
    """The number that a class is, or None: `1.0` is 1, but `007` is a code and `nan` a word."""
    digits = value.lstrip("+-")
    if not digits or set(digits) - set("0123456789.e+-E") or (digits[0] == "0" and digits[1:2].isdigit()):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def spelled_alike(cells: Any) -> Any:
    """Classes with one spelling for each number, the shortest: where `1` and `1.0` both stand, both are `1`."""
    numbers = {value: number_in(value) for value in cells.dropna().unique()}
    shortest: dict[float, str] = {}
    for value, number in numbers.items():
        if number is not None:
            shortest[number] = min(shortest.get(number, value), value, key=lambda one: (len(one), one))
    spelling = {value: value if number is None else shortest[number] for value, number in numbers.items()}
    return cells.map(spelling)


def inputs_of(
    table: Any, target: str, columns: list[str] | None, missing: str = "drop"
) -> tuple[list[str], dict[str, list[str]]]:
    """Numbers to predict from, and categories with their values in order; None is all columns but the target.

    Where `missing` is `own`, a gap is a value: `(missing)`.
    """
    chosen = [name for name in table.columns if name != target and (columns is None or name in columns)]
    types = {name: column_type(table[name]) for name in chosen}
    numbers = [name for name in chosen if types[name] == "number"]
    categories = {}
    for name in chosen:
        values = sorted(table[name].dropna().unique()) if types[name] == "category" else []
        if missing == "own" and types[name] != "text" and table[name].isna().any():
            values.append("(missing)")
        if values:
            categories[name] = values
    return numbers, categories


def classes_of(cells: Any) -> list[str]:
    """The values of a target in order: numbers by size, then words."""
    numbers = {value: number_in(value) for value in cells.dropna().unique()}
    words = sorted(value for value, number in numbers.items() if number is None)
    return sorted((value for value in numbers if numbers[value] is not None), key=float) + words


def complete_rows(
    table: Any, target: str, used: list[str], missing: str, missing_target: str = "drop"
) -> Any:
    """The rows whose target is there (or is a class `(missing)`) and, with `drop`, every used cell too."""
    if missing_target == "class":
        table = table.assign(**{target: table[target].fillna("(missing)")})
    return table.dropna(subset=[target, *(used if missing == "drop" else [])])


def table_inputs(
    table: Any, numbers: list[str], categories: dict[str, list[str]], missing: str = "drop"
) -> Tensor:
    """(rows, features) float64: numbers, NaN where missing, then for each value of a category 1 where it is.

    A missing category is none of its values, or NaN in all of them where it will be filled (`frequent`).
    """
    import pandas
    import torch

    parts = [pandas.to_numeric(table[name]).to_numpy("float64", na_value=float("nan")) for name in numbers]
    for name, values in categories.items():
        gaps = table[name].isna().to_numpy()
        cells = table[name].fillna("(missing)")
        for value in values:
            part = (cells == value).to_numpy("float64")
            if missing == "frequent":
                part[gaps] = float("nan")
            parts.append(part)
    return torch.stack([torch.tensor(part) for part in parts], dim=1)


def table_targets(cells: Any, task: str, classes: list[str]) -> Tensor:
    """(n, 1) float64 for a regression, float32 for binary; (n,) int64 class numbers for multiclass."""
    import pandas
    import torch

    if task == "regression":
        return torch.tensor(pandas.to_numeric(cells).to_numpy("float64"))[:, None]
    places = {name: place for place, name in enumerate(classes)}
    numbers = torch.tensor([places[value] for value in cells])
    return numbers if task == "multiclass" else numbers[:, None].float()


def fill_missing(raw: Tensor, rows: Tensor, how: str, groups: list[int]) -> Tensor:
    """NaN becomes what the same column has over `rows`: the mean or, unless `how` is `mean`, the median; 0 if nothing.

    `groups` are the sizes of the categories, whose columns come last: of each, the most frequent value takes the gap.
    """
    import torch

    known = raw[rows]
    if how == "mean":
        middle = known.nanmean(dim=0)
    else:  # of an even number of values, the mean of the two in the middle
        ordered, count = known.sort(dim=0).values, (~known.isnan()).sum(dim=0)
        places = torch.stack([(count - 1).clamp_min(0) // 2, count // 2])
        middle = ordered.gather(0, places).mean(dim=0)
    middle = middle.nan_to_num()
    end = raw.shape[1]
    for size in reversed(groups if how == "frequent" else []):
        share = known[:, end - size : end].nanmean(dim=0).nan_to_num()
        middle[end - size : end] = 0
        middle[end - size + share.argmax()] = 1
        end -= size
    return torch.where(raw.isnan(), middle, raw)
