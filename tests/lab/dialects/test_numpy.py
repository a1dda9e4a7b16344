"""The NumPy dialect against NumPy itself: the same line, the same value, dtype and kind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.lab.conftest import Run

SETUP = """
import numpy as np
import pandas as pd
a = np.arange(12.).reshape(3, 4)
b = np.array([[2, 1], [0, 3]])
v = np.array([3., 1., 2.])
df = pd.DataFrame({'n': [1.0, None, 3.0], 's': ['x', 'y', 'x'], 'k': [1, 2, 3]})
"""

LINES = """
a + 1 | a * a | a @ a.T | a / 2 | a ** 2 | -a | a > 3 | a == a | a // 5 | a % 5 | a.sum() | a.sum(axis=0) | a.mean(axis=1, keepdims=True)
a.std() | a.var(ddof=1) | a.max() | a.argmax(axis=1) | a.cumsum() | np.median(a) | np.percentile(a, 25) | a.reshape(-1, 2) | a.T | a.ravel()
a[1:, ::2] | a[[0, 2]] | a[a > 5] | a[..., None].shape | a[1, 2] | np.where(a > 4, a, 0) | np.concatenate([a, a], axis=1) | np.stack([v, v]) | np.vstack([v, v])
np.split(a, 2, axis=1) | np.zeros((2, 3)) | np.ones(3, dtype=np.int32) | np.full((2, 2), 7) | np.eye(3) | np.arange(1, 2, 0.25) | np.linspace(0, 1, 5)
np.linalg.norm(v) | np.linalg.inv(b) | np.linalg.det(b) | np.linalg.eigvalsh(b + b.T) | np.linalg.solve(b, [1, 2]) | np.dot(v, v) | np.outer(v, v)
np.einsum('ij->j', a) | np.exp(v) | np.log(v) | np.sqrt(v) | np.maximum(v, 2) | np.clip(a, 2, 5) | np.sort(v) | np.argsort(v) | np.unique([1, 1, 2])
np.tile(v, 2) | np.repeat(v, 2) | np.pad(v, 1) | np.diff(v) | np.polyfit([0, 1, 2], [1, 3, 5], 1) | np.meshgrid([1, 2], [3, 4]) | np.isclose(0.1 + 0.2, 0.3)
np.array([1, 2.5]) | np.float32(3) | np.int64(2) + 1 | b.astype(np.float32) | b.dtype | a.shape | a.size | np.add.reduce(v) | np.outer([1, 2], [3]).T
df['n'].mean() | df['k'].sum() | df['n'].isna().sum() | df['n'].fillna(0).tolist() | df.shape | df['s'].unique().tolist() | df['k'].max() | len(df)
df.groupby('s')['k'].sum().tolist() | df[df.k > 1]['k'].tolist() | df['k'].to_numpy() | pd.get_dummies(df['s']).shape | df.describe().shape | df.iloc[1:, 2].tolist()
""".replace("\n", "|").split("|")


def plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return str(value) if isinstance(value, np.dtype) else value


def told(value: dict[str, Any]) -> Any:
    if value["kind"] in ("list", "tuple"):
        return [told(each) for each in value["items"]]
    return value["data"]


@pytest.mark.parametrize("line", [line.strip() for line in LINES if line.strip()])
def test_a_line_gives_what_numpy_gives(line: str, run: Run) -> None:
    names: dict[str, Any] = {}
    exec(SETUP, names)
    want = eval(line, names)
    answer = run(line, setup=SETUP, dialect="np")
    assert answer["status"] == "ok", answer["error"]
    value = answer["statements"][0]["value"]
    assert told(value) == pytest.approx(plain(want)) if isinstance(want, float) else True
    if isinstance(want, np.ndarray):
        assert (value["kind"], value["dtype"], value["shape"]) == (
            "ndarray",
            str(want.dtype),
            list(want.shape),
        )
        np.testing.assert_allclose(np.array(value["data"], dtype=float), want.astype(float), atol=1e-12)
    elif isinstance(want, np.generic):
        assert (value["kind"], value["dtype"]) == ("scalar", str(want.dtype))
        assert value["data"] == pytest.approx(want.item())
    elif not isinstance(want, pd.DataFrame | pd.Series):
        assert str(told(value)) == str(plain(want))


def test_random_numbers_have_their_moments(run: Run) -> None:
    source = "import numpy as np\nnp.random.normal(2, 3, size=(100, 100))\nnp.random.rand(50, 50)"
    normal, uniform = (s["value"] for s in run(source)["statements"][1:])
    assert normal["stats"]["mean"] == pytest.approx(2, abs=0.15)
    assert normal["stats"]["std"] == pytest.approx(3, abs=0.15)
    assert 0 <= uniform["stats"]["min"] < uniform["stats"]["max"] < 1


@pytest.mark.parametrize(
    "source",
    ["np.load('x.npy')", "np.fromfile('x')", "np.arange(3).tofile('x')", "np.arange(3).base", "np.lib.npyio", "np.lib.format", "np.memmap('x')",
     "pd.read_csv('/etc/passwd')", "pd.read_pickle('x')", "df.eval('n + 1')", "df.query('n > 1')", "df.to_pickle('x')", "df.apply('to_pickle', args=('x',))", "df.agg('eval')", "df.agg({'k': ['sum', 'to_pickle']})",
     "df.groupby('s').agg('pipe')", "df.groupby('s').agg(z=('k', 'to_csv'))", "df.pivot_table(index='s', aggfunc='to_csv')", "np.arange(3).ctypes"],
)  # fmt: skip
def test_files_and_code_in_text_are_out_of_reach(source: str, run: Run) -> None:
    assert run(source, setup=SETUP)["status"] in ("error", "rejected")
