"""What the wider language must not open: every one of these is refused, fails or meets a limit, and none gets through."""

from __future__ import annotations

import pytest
from tests.lab.conftest import Run

from freedive.lab import Budget

OWN = "import torch\nfrom torch import nn\nclass A:\n    def __init__(self): self.x = 1\nclass M(nn.Module): pass\na, m = A(), M()\ndef f(): pass\n"

REFUSED = [
    # names with underscores belong to the snippet's own objects alone
    "torch._C", "torch._utils", "torch.ones(2)._backward_hooks", "torch.ones(2).__dict__", "nn.Linear(1, 1)._forward_hooks",
    "m._forward_hooks", "m._parameters_", "f._body", "f.__dict__", "f.__class__", "torch.__dict__", "(1)._x", "m.__dict__['training']",
    "m.__class__.forward", "A.__dict__", "A._members", "super(A, a)._x", "[].__class__", "len._function", "nn.Linear._python",
    # what Python itself calls so stays Python's own
    "a.__class__.__mro__", "a.__init__.__globals__", "A.__subclasses__()", "f.__code__", "f.__closure__", "a.__reduce__()",
    "super().__getattribute__('x')", "super().__reduce__()", "a.__init_subclass__", "__builtins__", "f(__a=1)", "f(_a=1)",
    # formats reach fields, never attributes; a width is checked whoever works it out
    "'{0.x}'.format(a)", "'{a.__class__}'.format(a=1)", "'{0[x]}'.format({'x': 1})", "'{:{}}'.format(1, 10 ** 9)", "w = 10 ** 9\nf'{1:{w}}'",
    "format(1, '90000000d')", "format(torch.ones(1), '>90000000')", "f'{1:{9}}'", "f'{1:90999}'", "'%(a)s' % a", "'%*d' % (10 ** 9, 1)", "'{:{w}.{p}f}'.format(1.0, w=9999, p=2)", "str.format('{0.__class__}', 1)",
    # decorators are functions that take one
    "@print\ndef g(): pass", "@torch.ones\ndef g(): pass", "@len\nclass B: pass", "@5\ndef g(): pass", "@open\ndef g(): pass", "@(lambda g: g)\ndef g(): pass",
    # classes extend what is made for it
    "class B(bool): pass", "class B(range): pass", "class B(torch.Tensor): pass", "class B(type): pass", "class B(type(len)): pass", "class B(slice): pass", "class B(A, metaclass=type): pass", "class B(torch.optim.SGD): pass",
    # exceptions are objects of ours that hold text
    "try:\n    1 / 0\nexcept Exception as e:\n    e.__traceback__", "try:\n    1 / 0\nexcept Exception as e:\n    e.with_traceback(None)",
    "try:\n    a.nothing\nexcept AttributeError as e:\n    e.obj", "class E(Exception):\n    pass\nE().__cause__", "class E(BaseException): pass", "raise a", "raise A",
    # modules keep modules, contexts keep what the lab knows
    "m._modules['x'] = 5", "m._parameters['p'] = a", "m.__class__ = A", "a.__class__ = A", "a.__dict__ = {}", "del a.__dict__", "a.__call__ = f", "A.__init__ = f", "m.forward = f", "m._modules = {}", "m._forward_hooks = {}",
    "class S(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x): return ctx.real\n    @staticmethod\n    def backward(ctx, g): return g\nS.apply(torch.ones(1))",
    "torch.rand(2, generator=a)", "torch.add(torch.ones(1), 1, out=torch.Generator())", "g = torch.Generator('cuda')", "torch.Generator().get_state()",
    "torch.autograd.Function()", "torch.backends.cudnn.flags = f", "torch.version.cuda = 1", "torch.backends.cudnn.deterministic = f",
    # patterns of text, whose cost is known before they run
    "import re\nre.findall('(a+)+$', 'a' * 40)", "import re\nre.findall('(a|aa)+$', 'a' * 40)", "import re\nre.match('a?' * 30 + 'a' * 30, 'a' * 30)",
    "import re\nre.match('(a?){30}a{30}', 'a' * 30)", "import re\nre.sub('.*.*.*x', '', 'a' * 5000)", "import re\nre.compile('a').scanner('a')", "import re\nre.re",
    "import re\nre.findall('(?:(?:a{0}){65535}){65535}', '')", "import numpy as np\nnp.zeros(3, dtype=[('a', 'O')])", "import numpy as np\nnp.array([(1,)], dtype=[('a', 'O')])",
    "import operator\noperator.attrgetter('__class__')(a)", "import operator\noperator.attrgetter('x.__class__')(a)", "import json\njson.loads('[' * 3000, cls=A)",
    "from dataclasses import dataclass\n@dataclass\nclass M2(nn.Module):\n    x: int", "from enum import Enum\nclass E(Enum):\n    A = 1\nE.A.name = 'b'",
    "getattr(a, '__class__')", "getattr(a, '_x')", "setattr(a, '__class__', A)", "hasattr(m, '__dict__')", "vars(1)", "delattr(m, '_modules')",
    "import numpy as np\nnp.r_['0,2', [1]]", "import numpy as np\nnp.mgrid.__class__", "import pandas as pd\npd.Series(['a']).str.contains('(a+)+$')", "match a:\n    case A(__class__=c): pass",
    # Python's own names of operators reach what the operators do, and no further
    "a.__setattr__('__class__', A)", "super(A, a).__setattr__('__dict__', {})", "object.__setattr__(a, '__class__', A)", "object.__setattr__(1, 'x', 1)", "object.__new__(int)",
    "torch.__call__()", "torch.__getitem__('os')", "torch.__setattr__('ones', print)", "nn.__iter__()", "len.__setattr__('function', print)", "list.__len__(torch)", "m.__setattr__('_forward_hooks', {})", "nn.Linear.__setattr__(m, '__class__', A)",
    "class L(list):\n    pass\nL.__reduce__", "class L(list):\n    pass\nL().__class__.__mro__", "class D(dict):\n    __slots__ = ()", "b'a'.decode('idna')", "'a'.encode('zip')", "bytes(9)",
    "match 1:\n    case int(real=r): pass", "import sys", "import builtins", "import types", "import inspect", "from abc import ABCMeta\nABCMeta('A', (), {})", "import ctypes",
]  # fmt: skip


@pytest.mark.parametrize("source", REFUSED)
def test_no_way_out(source: str, run: Run) -> None:
    answer = run(source, setup=OWN)
    assert answer["status"] in ("error", "rejected"), answer["statements"]
    told = answer["error"] or answer["statements"][-1]["error"]
    assert told["message"]


LIMITED = [
    "class A:\n    def __eq__(self, other): return self == other\n    def __hash__(self): return hash(self)\n{A(): 1}",
    "class A:\n    def __repr__(self): return repr(self)\nrepr(A())",
    "class A:\n    def __getattr__(self, name): return self.other\nA().x",
    "class A:\n    def __iter__(self): return self\n    def __next__(self): return 1\nlist(A())",
    "class E(Exception):\n    def __str__(self):\n        while True: pass\ntry:\n    raise E()\nexcept E:\n    print('caught')",
    "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass P:\n    x: int\np = P(1)\np.__dict__['x'] = p\nhash(p)",
    "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\np = P(1)\np.x = [p]\nrepr(p)",
    "def g():\n    while True:\n        x = yield 1\nsource = g()\nnext(source)\nwhile True:\n    source.send(1)",
    "def d(f):\n    return d(f)\n@d\ndef g(): pass",
    "from functools import lru_cache\n@lru_cache(maxsize=None)\ndef f(n): return f(n + 1)\nf(0)",
    "while (n := 1): pass",
    "import itertools\nfor x in itertools.chain.from_iterable([1] for _ in itertools.count()): pass",
    "from collections import Counter\nlist(Counter({'a': 10 ** 9}).elements())",
    "'a' * 3 if False else ('x' * 60000).translate(str.maketrans({'x': 'y' * 60000}))",
    "import re\nre.sub('x', r'\\g<0>' * 3000, 'x' * 6000)",
    "import math\nmath.lcm(*[p ** 100 for p in range(3, 2000)])",
    "import torch\ntorch.combinations(torch.arange(60.), r=5)",
    "import torch\nclass F(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x): return x * 2\n    @staticmethod\n    def backward(ctx, g):\n        while True: pass\ntry:\n    F.apply(torch.ones(1, requires_grad=True)).backward()\nexcept Exception:\n    print('caught')",
    "import numpy as np\nnp.mgrid[0:10 ** 5, 0:10 ** 5]", "import numpy as np\nnp.r_[0:10 ** 9]", "import numpy as np\nlist(np.ndindex(10 ** 4, 10 ** 4))",
    "from contextlib import contextmanager\n@contextmanager\ndef c():\n    try:\n        yield\n    finally:\n        print('left')\nwith c():\n    while True: pass",
    "class C:\n    def __enter__(self): pass\n    def __exit__(self, *error): return True\nwith C():\n    while True: pass\nprint('caught')",
    "from torch.utils.data import IterableDataset, DataLoader\nclass S(IterableDataset):\n    def __iter__(self):\n        while True: yield 1\nfor b in DataLoader(S(), batch_size=2): pass",
]  # fmt: skip


@pytest.mark.parametrize("source", LIMITED)
def test_what_goes_on_forever_meets_a_limit(source: str, run: Run) -> None:
    answer = run(source, budget=Budget(seconds=5, wall=20, steps=20_000))
    assert answer["status"] in ("limit", "rejected"), (answer["error"], answer["statements"][-1]["value"])
    assert "caught" not in answer["output"]
    assert "limit" in answer["error"]["message"] or answer["status"] == "rejected"
