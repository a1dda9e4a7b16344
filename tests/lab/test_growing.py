"""Results whose size a value gives are counted before they are made: the limit says the size, and memory is never asked."""

from __future__ import annotations

import resource
from collections.abc import Iterator

import pytest

from freedive.lab import Budget

from .conftest import Run

BUDGET = Budget(seconds=20, wall=60)

BOMBS = [
    # Python's own
    "import math\nmath.perm(1000)", "import math\nmath.perm(10 ** 20, 400)", "import math\nmath.comb(10 ** 6, 5 * 10 ** 5)",
    "import math\nmath.factorial(10 ** 7)", "round(5, -10 ** 9)", "import math\nmath.lcm(*range(1, 15000))",
    "('a ' * 32000).split()", "('a,' * 32000).split(',')", "('a ' * 32000).rsplit(' ')", "('a\\n' * 32000).splitlines()",
    "('ß' * 60000).upper()", "('\\t' * 60000).expandtabs(999)", "print(*range(20000), sep='a' * 60000)", "repr({i: 'a' * 60000 for i in range(3)})",
    "import re\nre.findall('a', 'a' * 60000)", "import re\nre.findall('()' * 90, 'a' * 3000)", "import re\nre.split('a', 'a' * 60000)",
    "import re\nre.split('(a)', 'a' * 15000)", "import re\nre.escape('-' * 60000)",
    "import json\njson.loads('[[' + '0,' * 30000 + '0]]')", "import json\njson.loads('{\"a\": [' + '0,' * 30000 + '0]}')",
    "import json\njson.dumps([['x' * 60000] * 10] * 10)", "import json\njson.dumps([[[[0] * 99] * 99] * 99], indent=8)",
    "from collections import deque\nd = deque()\nwhile True: d.append(1)", "from collections import defaultdict\nd = defaultdict(int)\ni = 0\nwhile True:\n    d[i]\n    i += 1",
    "import copy\na = [0] * 10000\nfor i in range(1000): copy.deepcopy([list(a) for _ in range(30)])", "import heapq\nheapq.nlargest(3, range(10 ** 12))",
    "import itertools\nfrom collections import defaultdict\ndefaultdict(list, itertools.repeat((1, 2)))",
    # torch: every road to a larger view, and sizes in values
    *(f"import torch\n{call}" for call in (
        "torch.ones(1).expand(10 ** 10)", "torch.ones(1).expand(size=(10 ** 5, 10 ** 5))", "torch.ones(3, 1).expand(-1, 10 ** 9)",
        "torch.broadcast_to(torch.ones(1), (10 ** 5, 10 ** 5))", "torch.ones(1).broadcast_to((10 ** 5, 10 ** 5))",
        "torch.broadcast_tensors(torch.ones(10 ** 5, 1), torch.ones(1, 10 ** 5))", "torch.as_strided(torch.ones(1), (10 ** 5, 10 ** 5), (0, 0))",
        "torch.ones(1).as_strided(size=(10 ** 5, 10 ** 5), stride=(0, 0))", "torch.ones(10000).unfold(0, 5000, 1)",
        "torch.meshgrid(torch.ones(5000), torch.ones(5000))", "torch.diag(torch.ones(10), 10 ** 5)", "torch.diag_embed(torch.ones(10), 10 ** 5)",
        "torch.tril_indices(10 ** 5, 10 ** 5)", "torch.vander(torch.ones(1000), N=10 ** 8)", "torch.fft.fft(torch.ones(10), 10 ** 8)",
        "torch.quantile(torch.ones(4 * 10 ** 6, 1), torch.rand(1000), dim=1)", "torch.ones(5000, 2).cov()", "torch.ones(3).repeat(10 ** 9)",
        "torch.repeat_interleave(torch.ones(3), 10 ** 9)", "torch.repeat_interleave(torch.ones(2), torch.tensor([10 ** 9, 1]))",
        "torch.tensor([[0] * 19000] * 19000)", "torch.FloatTensor([[0] * 19000] * 19000)", "torch.as_tensor([[0] * 19000] * 19000)",
        "torch.nn.functional.scaled_dot_product_attention(*[torch.ones(1, 50000, 8)] * 3)", "torch.nn.MultiheadAttention(8, 2)(*[torch.ones(50000, 1, 8)] * 3)",
        "torch.nn.TransformerEncoderLayer(8, 2, 8)(torch.ones(50000, 1, 8))", "torch.nn.AdaptiveAvgPool2d(10 ** 5)(torch.ones(1, 1, 2, 2))",
        "torch.nn.utils.rnn.pad_sequence([torch.ones(1)] * 19000 + [torch.ones(10 ** 6)])",
        "torch.nn.utils.rnn.pad_packed_sequence(torch.nn.utils.rnn.pack_sequence([torch.ones(3)]), total_length=10 ** 9)",
        "torch.distributions.Normal(0., 1.).expand((10 ** 10,))", "torch.distributions.Normal(0., 1.).expand(batch_shape=(10 ** 10,))",
        "torch.distributions.Normal(torch.zeros(10 ** 5, 1), torch.ones(1, 10 ** 5))", "torch.distributions.Categorical(torch.ones(3)).sample((10 ** 10,))",
    )),
    # NumPy
    *(f"import numpy as np\n{call}" for call in (
        "np.base_repr(5, 2, 10 ** 8)", "np.binary_repr(5, 10 ** 8)", "np.array2string(np.arange(900), separator='a' * 60000)",
        "np.array2string(np.arange(4000000), threshold=10 ** 9)", "np.tri(10 ** 5, 10 ** 5)", "np.tril_indices(10 ** 5)", "np.indices((10 ** 4, 10 ** 4))",
        "np.diag(np.ones(10), k=10 ** 5)", "np.resize(np.ones(3), (10 ** 5, 10 ** 3))", "np.broadcast_to(np.ones(1), (10 ** 5, 10 ** 5))",
        "np.broadcast_arrays(np.ones((10 ** 5, 1)), np.ones((1, 10 ** 5)))", "np.histogram([1, 2], bins=10 ** 8)", "np.histogram2d([1, 2], [1, 2], bins=10 ** 4)",
        "np.percentile(np.ones((4 * 10 ** 6, 1)), list(range(100)), axis=1)", "np.cov(np.ones((5000, 2)))", "np.convolve(np.ones(4000000), np.ones(4000000))",
        "np.correlate(np.ones(2000000), np.ones(2000000), 'full')", "np.roots(np.ones(2500))", "np.vander(np.ones(1000), 10 ** 5)", "np.fft.fft(np.ones(10), 10 ** 8)",
        "np.fft.fftfreq(10 ** 8)", "np.random.choice(5, 10 ** 8)", "np.random.multinomial(10, [.5, .5], 10 ** 7)", "np.random.default_rng(0).choice(5, size=10 ** 8)",
        "np.meshgrid(list(range(5000)), list(range(5000)))", "np.add([[i] for i in range(9000)], list(range(9000)))", "np.outer(list(range(9000)), list(range(9000)))",
        "np.array([[0] * 19000] * 19000)", "np.pad(np.ones(3), np.array([10 ** 8, 0]))", "np.repeat(np.ones(3), np.array([10 ** 8, 2, 3]))",
        "np.ones((3, 2)).repeat([10 ** 8, 1, 1], axis=0)", "np.tile(np.ones(3), np.array([10 ** 8, 2]))", "np.bincount([10 ** 9])", "np.linspace(0, 1, 10 ** 9)",
        "np.savetxt('a', np.ones(1000), delimiter='a' * 60000)",
    )),
    # pandas
    *(f"import pandas as pd\n{call}" for call in (
        "pd.Series([1]).reindex(range(10 ** 9))", "a = pd.DataFrame({'a': range(5000)})\na.merge(a, how='cross')", "a = pd.DataFrame({'a': range(5000)})\na.merge(right=a, how='cross')",
        "a = pd.DataFrame({'a': range(5000), 'b': 1})\na.merge(a, on='b')", "a = pd.DataFrame({'a': range(5000), 'b': 1})\npd.merge(a, a, left_on='b', right_on='b')",
        "a = pd.DataFrame({'a': range(5000)}, index=[0] * 5000)\na.join(a, rsuffix='x')", "pd.Series(range(5000), index=[0] * 5000) + pd.Series(range(5001), index=[0] * 5001)",
        "pd.DataFrame({i: range(2) for i in range(1500)}).add(pd.DataFrame({i: range(2000) for i in range(1500, 3000)}))",
        "pd.get_dummies(pd.Series(range(20000)))", "pd.DataFrame({'a': range(20000), 'b': range(20000), 'c': 1}).set_index(['a', 'b'])['c'].unstack()",
        "pd.DataFrame({'a': range(20000), 'b': range(20000), 'c': 1}).pivot(index='a', columns='b', values='c')",
        "pd.DataFrame({'a': range(20000), 'b': range(20000), 'c': 1}).pivot_table('c', 'a', 'b')", "pd.crosstab(list(range(9000)), list(range(9000)))",
        "pd.DataFrame({c: pd.Categorical(range(1000)) for c in 'abcd'}).groupby(list('abcd'), observed=False).size()",
        "pd.Series([[1] * 20000] * 5000).explode()", "pd.Series(['a' * 60000] * 20000).sum()", "pd.Series(['a' * 60000] * 20000).str.cat()",
        "pd.Series(['a'] * 1000).str.center(10 ** 9)", "pd.Series(['a'] * 1000).str.zfill(10 ** 9)", "pd.Series(['a'] * 1000).str.repeat(10 ** 6)", "pd.Series(['a'] * 1000).repeat(10 ** 6)",
        "pd.date_range('2000-01-01', periods=10 ** 9, freq='s')", "pd.date_range('1700-01-01', '2200-01-01', freq='s')",
        "pd.Series([1, 2], index=pd.to_datetime(['1700-01-01', '2200-01-01'])).resample('s').sum()", "pd.Series([1, 2], index=pd.to_datetime(['1700-01-01', '2200-01-01'])).asfreq('s')",
        "pd.DataFrame({'a': 1}, index=range(10 ** 9))", "pd.Series(1, index=range(10 ** 9))", "pd.RangeIndex(10 ** 12)", "pd.cut([1, 2], 10 ** 9)", "pd.Series([1, 2]).value_counts(bins=10 ** 9)",
        "pd.Series([1, 2]).sample(10 ** 9, replace=True)", "pd.concat([pd.DataFrame({i: [1]}) for i in range(3000)])", "pd.MultiIndex.from_product([range(5000), range(5000)])",
        "pd.interval_range(0, 10 ** 9)", "pd.Series([pd.Timestamp(0)] * 1000).dt.strftime('%c' * 30000)", "pd.Timestamp(0).strftime('%c' * 30000)",
        "pd.DataFrame({i: range(3000) for i in range(3000)}).corr()",
    )),
    # TensorFlow, Keras, MXNet
    *(f"import tensorflow as tf\n{call}" for call in (
        "tf.broadcast_to(tf.ones(1), (10 ** 5, 10 ** 5))", "tf.tile(tf.ones(1), [10 ** 9])", "tf.one_hot(tf.range(4000), 10 ** 5)", "tf.eye(10 ** 5)", "tf.linspace(0., 1., 10 ** 9)",
        "tf.pad(tf.ones(3), [[10 ** 9, 0]])", "tf.repeat(tf.ones(3), 10 ** 9)", "tf.sequence_mask([1], 10 ** 9)", "tf.meshgrid(tf.range(10000), tf.range(10000))",
    )),
    *(f"from tensorflow import keras\n{call}" for call in (
        "keras.layers.UpSampling2D(10 ** 5)(keras.ops.ones((1, 2, 2, 1)))", "keras.layers.ZeroPadding2D(10 ** 5)(keras.ops.ones((1, 2, 2, 1)))",
        "keras.layers.RepeatVector(10 ** 9)(keras.ops.ones((1, 2)))", "keras.layers.Attention()([keras.ops.ones((1, 5000, 2)), keras.ops.ones((1, 5000, 2))])",
        "keras.layers.AdditiveAttention()([keras.ops.ones((1, 2000, 9)), keras.ops.ones((1, 2000, 9))])", "keras.utils.to_categorical([1], 10 ** 9)",
    )),
    *(f"from mxnet import nd\n{call}" for call in (
        "nd.ones((1,)).broadcast_to((10 ** 9,))", "nd.tile(nd.ones((1,)), 10 ** 9)", "nd.one_hot(nd.array([1]), 10 ** 9)", "nd.arange(10 ** 10)", "nd.repeat(nd.ones((1,)), 10 ** 9)",
    )),
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _little_memory() -> Iterator[None]:
    """What is not counted first meets this wall, and then says so in other words."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    with open("/proc/self/statm") as statm:
        used = int(statm.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 1024**3, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.mark.parametrize("source", BOMBS)
def test_a_result_that_would_be_too_large_is_not_begun(source: str, run: Run) -> None:
    answer = run(source, budget=BUDGET, trace=False)
    assert answer["status"] in ("limit", "rejected"), (answer["error"], answer["statements"][-1]["value"])
    assert "memory" not in answer["error"]["message"]
    assert any(
        word in answer["error"]["message"]
        for word in ("size limit", "computing limit", "output limit", "bits", "step limit")
    )


FINE = {
    "import math\n[math.perm(5), math.perm(10, 3), math.comb(10 ** 6, 2), math.comb(10 ** 9, 10 ** 9 - 1), math.perm(3, 5), math.factorial(20)]":
        [120, 720, 499999500000, 10**9, 0, 2432902008176640000],
    "import re\n[re.findall('a(b)?', 'abaab'), re.findall('(a)(b)?', 'abaab'), re.findall('', 'abc'), re.split('(,)', 'a,b,c', 1), re.split(',', 'a,b')]":
        [["b", "", "b"], [("a", "b"), ("a", ""), ("a", "b")], ["", "", "", ""], ["a", ",", "b,c"], ["a", "b"]],
    "import heapq\n[heapq.nlargest(2, [1, 5, 2]), heapq.nlargest(2, [1, 5, 2], key=lambda v: -v), heapq.nsmallest(2, range(5))]": [[5, 2], [1, 2], [0, 1]],
    "[range(10).index(3.0), range(10 ** 12).count(1.5), round(12345, -2), 'ß'.upper()]": [3, 0, 12300, "SS"],
    "import numpy as np\n[np.repeat([1, 2], [1, 2]).tolist(), np.repeat(np.ones(30), [3] * 30).size, np.diag_indices(3000)[0].size]": [[1, 2, 2], 90, 3000],
    "import torch\n[torch.ones(30).repeat_interleave(torch.tensor([3] * 30)).numel(), torch.fft.fft(torch.ones(4, 10), dim=0).numel()]": [90, 40],
    "import numpy as np\n[round(c, 6) for c in np.poly(np.arange(3.)).tolist()]": [1.0, -3.0, 2.0, 0.0],
    "import pandas as pd\na = pd.DataFrame({'a': range(5000), 'b': 1})\nlist(a.merge(a, on='a').shape)": [5000, 3],
    "import pandas as pd\n[len(pd.date_range('2000-01-01', '2000-02-01')), len(pd.date_range('2000', periods=3, freq='YE'))]": [32, 3],
    "import pandas as pd\ns = pd.Series([1, 2, 3], index=pd.date_range('2000-01-01', periods=3))\ns.resample('2D').sum().tolist()": [3, 3],
    "import pandas as pd\npd.Series(['a', 'b']).str.cat(sep='-')": "a-b",
    "import pandas as pd\npd.Series(['a', 'b']).str.center(3, '.').tolist()": [".a.", ".b."],
    "import pandas as pd\npd.concat([pd.Series([1] * 1000) for i in range(30)], axis=1).size": 30_000,
}  # fmt: skip


@pytest.mark.parametrize("source", FINE)
def test_what_fits_is_made(source: str, run: Run) -> None:
    answer = run(source, trace=False)
    assert answer["status"] == "ok", answer["error"]
    assert plain(answer["statements"][-1]["value"]) == FINE[source]


def plain(value: dict[str, object]) -> object:
    items = value.get("items")
    if not isinstance(items, list):
        return value["data"]
    made = [plain(each) for each in items]
    return tuple(made) if value["kind"] == "tuple" else made


def test_a_polynomial_of_many_zeros_is_numpys(run: Run) -> None:
    import numpy as np

    zeros = np.random.default_rng(4).uniform(-1, 1, 300)
    found = run(
        "import numpy as np\nnp.poly(np.random.default_rng(4).uniform(-1, 1, 300)).tolist()",
        trace=False,
    )
    told = np.asarray(plain(found["statements"][-1]["value"]), dtype=float)
    wanted = np.poly(zeros)[: len(told)]
    assert np.abs(told - wanted).max() < 1e-9 * np.abs(wanted).max()
