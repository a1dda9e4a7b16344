"""Snippets that make their libraries do at run time what a sealed process cannot: write machine code, read files, import.

Each must end well. The names of the first part are operations of torch for which some processor has code that is
written while it runs; those of the second are what pandas and others load when they are first asked.
"""

from __future__ import annotations

_INTEGERS = "import torch\nimport torch.nn.functional as F\nfrom torch import nn\na = torch.tensor([[1, 2], [3, 4]])\nb = a[None]\n"
_BAG = "import torch\nfrom torch import nn\ni, o = torch.tensor([1, 2, 0]), torch.tensor([0, 1])\n"
_TABLE = (
    "import io\nimport numpy as np\nimport pandas as pd\n"
    "df = pd.DataFrame({'k': ['u', 'u', 'v'], 'm': ['a', 'b', 'a'], 'x': [1., 2., 4.], 'y': [1, 2, 3]})\n"
)

_PRODUCTS = {
    "at": "a @ a", "mm": "torch.mm(a, a.T)", "matmul": "torch.matmul(a, a)", "method": "a.matmul(a).mm(a)", "out": "a @= a",
    "addmm": "torch.addmm(a, a, a)", "addmm with factors": "torch.addmm(a, a, a, beta=2, alpha=3)", "addmm_": "a.clone().addmm_(a, a)",
    "addbmm": "torch.addbmm(a, b, b)", "baddbmm": "torch.baddbmm(b, b, b)", "bmm": "torch.bmm(b, b)", "mv": "torch.mv(a, a[0])",
    "addmv": "torch.addmv(a[0], a, a[0])", "dot": "torch.dot(a[0], a[1])", "inner": "torch.inner(a, a)", "outer": "torch.outer(a[0], a[1])",
    "tensordot": "torch.tensordot(a, a, 1)", "tensordot of axes": "torch.tensordot(a, a, ([0, 1], [0, 1]))", "einsum": "torch.einsum('ij,jk->ik', a, a)",
    "einsum of three": "torch.einsum('ij,jk,kl->il', a, a, a)", "chain": "torch.chain_matmul(a, a, a)", "multi_dot": "torch.linalg.multi_dot([a, a, a])",
    "matrix_power": "torch.linalg.matrix_power(a, 5)", "linear": "F.linear(a, a)", "linear with bias": "F.linear(a, a, a[0])", "bilinear": "F.bilinear(a, a, b)",
    "batch and one": "torch.matmul(torch.ones(3, 2, 2).long(), a)", "batch and vector": "torch.ones(3, 2, 2).long() @ a[0]", "kron": "torch.kron(a, a)",
    "conv1d": "F.conv1d(torch.ones(1, 1, 5).long(), torch.ones(1, 1, 2).long())", "conv2d": "F.conv2d(torch.ones(1, 1, 4, 4).long(), torch.ones(2, 1, 2, 2).long())",
    "conv3d": "F.conv3d(torch.ones(1, 1, 3, 3, 3).long(), torch.ones(1, 1, 2, 2, 2).long())", "vmap": "torch.func.vmap(torch.mm, in_dims=(0, None))(torch.ones(2, 2, 2).long(), a)",
    "many rows": "torch.ones(300, 200).long() @ torch.ones(200, 410).long()", "int32": "a.int() @ a.int()", "int16": "a.short() @ a.short()", "int8": "a.char() @ a.char()",
    "uint8": "a.byte() @ a.byte()", "half": "a.half() @ a.half()", "bfloat16": "a.bfloat16() @ a.bfloat16()", "half vector": "torch.mv(a.half(), a[0].half())",
    "half linear": "nn.Linear(16, 8).half()(torch.ones(4, 16).half())", "half conv": "nn.Conv2d(1, 2, 3).half()(torch.ones(1, 1, 5, 5).half())",
    "bfloat16 conv": "nn.Conv2d(1, 2, 3).bfloat16()(torch.ones(1, 1, 5, 5).bfloat16())", "to half and back": "torch.rand(40, 40).half().float()",
    "half attention": "F.scaled_dot_product_attention(*[torch.ones(1, 2, 8, 16).half()] * 3)", "attention": "F.scaled_dot_product_attention(*[torch.ones(1, 2, 8, 16)] * 3)",
    "bfloat16 attention": "F.scaled_dot_product_attention(*[torch.ones(1, 2, 8, 16).bfloat16()] * 3)", "complex": "torch.complex(a.float(), a.float()) @ torch.complex(a.float(), a.float())",
    "many images": "nn.Conv2d(3, 8, 3)(torch.ones(20, 3, 16, 16)).sum()", "lstm": "nn.LSTM(2, 3, 2, bidirectional=True)(torch.ones(4, 1, 2))[0]", "gru": "nn.GRU(2, 3)(torch.ones(4, 1, 2))[0]",
    "encoder": "nn.TransformerEncoderLayer(4, 2, 8, batch_first=True).eval()(torch.ones(1, 3, 4))", "heads": "nn.MultiheadAttention(4, 2)(*[torch.ones(3, 1, 4)] * 3)[0]",
    "fft": "torch.fft.fft2(torch.ones(37, 16)).abs()", "svd": "torch.linalg.svd(torch.eye(100)).S", "lstsq": "torch.linalg.lstsq(torch.eye(5, 3), torch.ones(5, 2)).solution",
    "cdist": "torch.cdist(torch.ones(40, 3), torch.zeros(40, 3))", "numpy": "import numpy as np\nnp.ones((3, 3), dtype=int) @ np.ones((3, 3), dtype=int)",
    "tensorflow": "import tensorflow as tf\nt = tf.constant([[1, 2], [3, 4]], tf.int64)\ntf.matmul(t, t) + tf.tensordot(t, t, 1) + t @ t", "mxnet": "from mxnet import nd\nm = nd.array([[1, 2], [3, 4]], dtype='int64')\nnd.dot(m, m)",
    "keras": "import keras\nimport numpy as np\nkeras.ops.matmul(np.eye(3, dtype='int64'), np.ones((3, 2), dtype='int64'))",
}  # fmt: skip

_BAGS = {
    "mean": "nn.EmbeddingBag(3, 3)(i, o)", "sum": "nn.EmbeddingBag(3, 4, mode='sum')(i, o)", "max": "nn.EmbeddingBag(3, 3, mode='max')(i, o)",
    "rows": "nn.EmbeddingBag(3, 5)(i[None])", "int32": "nn.EmbeddingBag(3, 3)(i.int(), o.int())", "width one": "nn.EmbeddingBag(3, 1, mode='sum')(i, o)",
    "wide": "nn.EmbeddingBag(3, 130, mode='sum')(i, o)", "weights": "nn.EmbeddingBag(3, 3, mode='sum')(i, o, per_sample_weights=torch.ones(3))",
    "padding": "e = nn.EmbeddingBag(3, 3, padding_idx=1)\ne(i, o).sum().backward()\ne.weight.grad", "last offset": "nn.EmbeddingBag(3, 3, include_last_offset=True)(i, torch.tensor([0, 1, 3]))",
    "backward": "e = nn.EmbeddingBag(3, 3)\ne(i, o).sum().backward()\ne.weight.grad", "double": "nn.EmbeddingBag(3, 3).double()(i, o)", "half": "nn.EmbeddingBag(3, 3).half()(i, o)",
    "bfloat16": "nn.EmbeddingBag(3, 3).bfloat16()(i, o)",
    "checked": "for width in (1, 3, 16, 33):\n    for mode in ('sum', 'mean'):\n        e = nn.EmbeddingBag(3, width, mode=mode)\n        rows = e.weight[i]\n        parts = [getattr(each, mode)(0) for each in (rows[:1], rows[1:])]\n"
               "        assert torch.allclose(e(i, o), torch.stack(parts), atol=1e-6), (width, mode)",
    "in a module": "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.bag, self.fc = nn.EmbeddingBag(3, 3), nn.Linear(3, 2)\n    def forward(self, i, o):\n        return self.fc(self.bag(i, o))\n"
                   "net = Net()\nnn.functional.cross_entropy(net(i, o), torch.tensor([0, 1])).backward()\nnet.bag.weight.grad",
}  # fmt: skip

_TABLES = {
    "to_csv": "df.to_csv(index=False)", "csv there and back": "df.to_csv('t.csv')\npd.read_csv('t.csv')", "series to_csv": "df.x.to_csv()", "pivot": "df.pivot(index='k', columns='m', values='x')",
    "pivot_table": "df.pivot_table(values='x', index='k', columns='m', aggfunc='sum', margins=True)", "stack": "df.set_index(['k', 'm']).stack()", "unstack": "df.set_index(['k', 'm']).unstack()",
    "series unstack": "df.set_index(['k', 'm']).x.unstack(fill_value=0)", "unstack a level": "df.set_index(['k', 'm']).unstack(level=0)", "stack back": "df.set_index(['k', 'm']).unstack().stack()",
    "groupby unstack": "df.groupby(['k', 'm']).size().unstack()", "crosstab": "pd.crosstab(df.k, df.m, normalize=True)", "melt": "df.melt(id_vars='k')", "dummies": "pd.get_dummies(df, columns=['k'])",
    **{f"to_dict {how}": f"df.to_dict({how!r})" for how in ("dict", "list", "records", "index", "series", "split", "tight")}, "to_string": "df.to_string()", "info": "df.info()",
    "describe": "df.describe(include='all')", "merge": "df.merge(df, on='k', how='outer', suffixes=('_l', '_r'))", "join": "df.join(df.add_prefix('p_'))", "interpolate": "pd.Series([1, None, 3.]).interpolate()",
    "interpolate both ways": "pd.Series([1, None, 3.]).interpolate(limit_direction='both')", "corr": "df.corr(numeric_only=True)", "rank correlation": "df[['x', 'y']].corr(method='spearman')",
    "explode": "pd.DataFrame({'a': [[1, 2], [3]]}).explode('a')", "cut": "pd.cut(df.x, 3, labels=['a', 'b', 'c'])", "qcut": "pd.qcut(df.x, 2)", "rolling": "df.x.rolling(2).mean()", "ewm": "df.x.ewm(span=2).mean()",
    "agg": "df.groupby('k').agg({'x': ['mean', 'std'], 'y': 'sum'})", "named agg": "df.groupby('k').agg(top=('x', 'max'))", "transform": "df.groupby('k').x.transform('mean')", "apply": "df.groupby('k').x.apply(lambda s: s.max() - s.min())",
    "category": "df.k.astype('category').cat.codes", "sample": "df.sample(2, random_state=0)", "times": "s = pd.Series(pd.date_range('2024-01-01', periods=3, freq='D'))\ns.dt.day_name()", "strftime": "pd.Series(pd.to_datetime(['2024-01-31'])).dt.strftime('%d/%m/%Y')",
    "parsed times": "pd.to_datetime(['2024-01-31 10:00', '2024-02-01 11:30'], format='%Y-%m-%d %H:%M')", "times by guess": "pd.to_datetime(pd.Series(['Jan 3, 2024', 'Feb 4, 2024']))", "times in UTC": "pd.to_datetime(['2024-01-31T10:00:00Z'], utc=True)",
    "shifted times": "pd.Series(1, index=pd.date_range('2024-01-31', periods=3, freq='ME')).shift(1)", "timedelta": "pd.to_datetime(['2024-01-31'])[0] - pd.Timestamp('2024-01-01')",
    "time zone": "pd.Timestamp('2024-01-31', tz='Asia/Shanghai')", "range in a zone": "pd.date_range('2024-03-30', periods=3, tz='Europe/Berlin')", "text": "df.k.str.upper().str.cat(df.m, sep='-')", "extract": "df.m.str.extract(r'([a-z])')", "where": "df.x.where(df.x > 1, -1)", "nullable": "pd.Series([1, None], dtype='Int64').sum()",
    "convert": "df.convert_dtypes().dtypes", "quantile": "df.x.quantile([.25, .5])", "replace": "df.replace({'u': 'w'})", "mask": "df.select_dtypes('number').mask(df.y > 1)", "head as text": "print(df.head())", "html": "df",
}  # fmt: skip

SNIPPETS = {
    **{f"product {name}": f"{_INTEGERS}{code}" for name, code in _PRODUCTS.items()},
    **{f"bag {name}": f"{_BAG}{code}" for name, code in _BAGS.items()},
    **{f"table {name}": f"{_TABLE}{code}" for name, code in _TABLES.items()},
}
