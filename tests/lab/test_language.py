"""The language against Python itself: what a snippet prints must be what Python prints."""

from __future__ import annotations

import contextlib
import io

import pytest
from tests.lab.conftest import Run

from freedive.lab import evaluate

PROGRAMS = {
    "copies": """
import copy
class A:
    def __init__(self): self.x, self.y = 1, [2]
a = A()
b = copy.copy(a)
b.x = 5
b.y.append(3)
print(a.x, a.y, b.x, b.y, type(b).__name__)
""",
    "scopes": """
def outer():
    count = 0
    def inner(step=2):
        nonlocal count
        count += step
        return count
    inner()
    return inner(step=3), count
total = 1
def change():
    global total
    total += 5
change()
print(outer(), total)
fs = [lambda x, n=n: x + n for n in range(3)]
print([f(10) for f in fs])
""",
    "unpacking": """
a, (b, *c), d = 1, (2, 3, 4), [5]
first, *rest = range(4)
x = y = [0]
x += [1]
print(a, b, c, d, first, rest, y, x is y)
def f(a, b=2, *args, c=3, **kwargs):
    return a, b, args, c, kwargs
print(f(1), f(1, 2, 3, c=4, d=5), f(*[1, 2], **{'e': 6}))
""",
    "loops": """
for i in range(5):
    if i == 1:
        continue
    if i == 4:
        break
    print(i)
else:
    print('never')
n = 0
while n < 3:
    n += 1
else:
    print('ended', n)
""",
    "exceptions": """
def risky(n):
    try:
        if n == 0:
            return 1 / n
        if n == 1:
            raise ValueError('one', n)
        return [1][n]
    except ZeroDivisionError as e:
        return 'zero: ' + str(e)
    except (ValueError, IndexError) as e:
        print(type(e).__name__, e)
        raise KeyError('again')
    finally:
        print('finally', n)
for n in range(3):
    try:
        print(risky(n))
    except Exception as e:
        print('outside', type(e).__name__, e)
try:
    assert 1 > 2, 'no'
except AssertionError as e:
    print('assert', e)
""",
    "generators": """
def numbers(n):
    for i in range(n):
        if i % 2:
            yield i
        else:
            yield from [i, -i]
    return
def endless():
    n = 0
    while True:
        yield n
        n += 1
g = endless()
print(list(numbers(4)), next(g), next(g), sum(x for x in numbers(5)))
print([y for x in range(3) for y in range(x) if y != 1], {k: v for k, v in zip('ab', (1, 2))})
""",
    "classes": """
class Animal:
    legs = 4
    def __init__(self, name):
        self.name = name
    def __repr__(self):
        return f'{type(self).__name__}({self.name!r})'
    @property
    def loud(self):
        return self.name.upper()
    @staticmethod
    def two():
        return 2
    def __add__(self, other):
        return Animal(self.name + other.name)
    def __len__(self):
        return len(self.name)
    def __getitem__(self, i):
        return self.name[i]
    def __call__(self, x):
        return x * 2
class Dog(Animal):
    def __init__(self, name, age=1):
        super().__init__(name)
        self.age = age
    def __eq__(self, other):
        return self.age == other.age
d = Dog('rex')
print(d, d.loud, d.legs, Dog.two(), d + Animal('x'), len(d), d[0], d(4), d == Dog('b'), isinstance(d, Animal))
d.age += 2
print(d.age, [c for c in d], 'r' in d.name)
""",
    "text": """
x, name = 3.14159, 'pi'
print(f'{name}={x:.2f} {x!r:>10} {1000000:,} {5:03d} {name!r} {{}}')
print('%s is %5.2f and %d%%' % (name, x, 7), '{} {1}'.format if False else '{:>4}|{b}'.format(1, b=[2]))
print('a,b,c'.split(','), 'abc'[::-1], 'x'.join(c for c in 'abc'), 'Ab'.swapcase(), ' t '.strip(), 'a' * 3, 'b' in 'abc')
print(repr('it\\'s'), str([1, 'a', None, True]), (1,), {1: (2, [3])}, {3})
print(1, 2, sep='-', end='!\\n')
""",
    "numbers": """
print(7 // 2, -7 // 2, 7 % -3, 2 ** 10, 1 / 3, 10 ** 20, 0.1 + 0.2, 1e-7, float('inf'), round(2.5), round(3.14159, 2))
print(int('12'), int(3.9), float('1e3'), bool([]), abs(-3), divmod(7, 2), max(3, 1), min([4, 2]), sum([1, 2], 10), pow(2, 3))
print(1 < 2 < 3, not 1, 1 and 0, [] or 'x', 1 if 0 else 2, [] is None, 5 & 3, 5 | 3, 5 ^ 3, ~5, 1 << 4)
print(sorted([3, 1, 2], reverse=True), sorted('bca', key=lambda c: -ord(c)), list(reversed([1, 2])), any([0, 1]), all([]))
print(list(enumerate('ab', 1)), list(zip([1, 2], 'ab')), list(map(str, [1])), list(filter(None, [0, 1])))
""",
    "lists": """
x = [5, 3, 9]
x.append(1); x.insert(0, 7); x.extend([2, 2]); x.remove(9); x.sort()
print(x, x.index(2), x.count(2), x.pop(), x[1:3], x[-1], 3 in x, x + [0], x * 2, len(x))
x[1:2] = [8, 8]
del x[0]
d = {'a': 1}
d['b'] = 2; d.update(c=3)
print(x, d, d.get('z', 0), list(d.items()), d.pop('a'), 'b' in d, sorted(d), {**d, 'q': 1})
s = {1, 2} | {3}
print(sorted(s - {1}), (1, 2) + (3,), (1, 2) < (1, 3), [1, [2]] == [1, [2]])
""",
    "main": """
if __name__ == '__main__':
    print('main')
import math
from collections import Counter, OrderedDict, namedtuple, defaultdict
P = namedtuple('P', 'x y')
print(math.sqrt(2), math.pi, math.floor(2.7), Counter('aab').most_common(1), P(1, 2).y)
d = defaultdict(list)
d['k'].append(1)
print(d['k'], [type(v).__name__ for v in (1, 'a', [], P(1, 2), None)])
""",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_prints_what_python_prints(name: str, run: Run) -> None:
    wanted = io.StringIO()
    with contextlib.redirect_stdout(wanted):
        exec(PROGRAMS[name], {"__name__": "__main__"})
    answer = run(PROGRAMS[name])
    assert answer["status"] == "ok", answer["error"]
    assert answer["output"] == wanted.getvalue()


MISTAKES = [
    "x = [1, 2]\nx[5]", "undefined_name", "1 + 'a'", "'a' + 1", "int('x')", "{'a': 1}['b']", "len(5)", "None.foo", "(1).nothing",
    "def f(a, b): pass\nf(1)", "def f(a): pass\nf(1, 2)", "def f(a): pass\nf(b=1)", "a, b = 1, 2, 3", "a, b, c = 1, 2", "x = 5\nx()",
    "for i in 5: pass", "raise ValueError('boom')", "assert False", "1 / 0", "[].pop()",
    "x = (1, 2)\nx[0] = 3", "'abc'.missing()", "def f():\n    return y\n    y = 1\nf()", "def f():\n    print(y)\n    y = 1\nf()",
    "{[]: 1}", "sorted([1, 'a'])", "range('a')", "float('abc')", "import nothing_here", "from math import nothing",
]  # fmt: skip


@pytest.mark.parametrize("source", MISTAKES)
def test_a_mistake_is_told_in_pythons_class_and_place(source: str, run: Run) -> None:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever Python raises is the oracle
        exec(source, {})
    answer = run(source)
    problem = answer["error"]
    assert answer["status"] == "error"
    assert problem["type"] == type(caught.value).__name__
    assert problem["line"] is not None
    assert problem["column"] is not None


@pytest.mark.parametrize(
    ("source", "line", "hint"),
    [
        ("import torch\ntorch.onse(2)", 2, "ones"),
        ("value = 1\nprint(valeu)", 2, "value"),
        ("x = 'abc", 1, "quote"),
        ("import torch\ntorch.ones(3, 4) + torch.ones(3)", 2, "axis"),
        ("import torch\nx = torch.rand(2, 3, 4, 5)\nx.t()", 3, "transpose"),
        ("import torch\ntorch.ones(2, 3) @ torch.ones(2, 3)", 2, "torch.ones(2, 3).T"),
        ("import torch\ntorch.rand(2, 3).t().view(6)", 2, "contiguous"),
        ("import tensorflow as tf\ntf.constant([1, 2]) + tf.constant([1., 2.])", 2, "tf.cast"),
        ("import tensorflow as tf\nx = tf.ones(3)\nx[0] = 1.0", 3, "assign"),
        ("import torch\nx = torch.ones(2, requires_grad=True)\n(x * 2).backward()", 3, "sum()"),
        ("def f():\nreturn 1", 2, "indent"),
    ],
)
def test_a_known_mistake_carries_a_hint(source: str, line: int, hint: str, run: Run) -> None:
    problem = run(source)["error"]
    assert problem["line"] == line
    assert hint in problem["hint"]


def test_statements_tell_their_values_as_they_were(run: Run) -> None:
    answer = run("import torch\nx = torch.zeros(2)\nx\nx += 1\nx[0] = 5\nx")
    values = [s["value"] for s in answer["statements"]]
    assert values[2]["data"] == [0, 0]
    assert values[3]["data"] == [1, 1]
    assert values[4]["data"] == 5
    assert values[5]["data"] == [5, 1]


def test_a_session_goes_on_after_an_error(run: Run) -> None:
    answer = run("1 / 0\n2 + 2\nnothing", session=True)
    assert [s["error"]["type"] if s["error"] else None for s in answer["statements"]] == [
        "ZeroDivisionError",
        None,
        "NameError",
    ]
    assert answer["statements"][1]["value"]["data"] == 4


def test_watches_do_not_disturb_each_other(run: Run) -> None:
    answer = run("import torch\nx = torch.ones(2)", watch=["x.sum()", "y", "x.shape", "print(x)"])
    assert [w["value"]["data"] if w["value"] else w["error"]["type"] for w in answer["watch"]] == [
        2.0,
        "NameError",
        [2],
        None,
    ]
    assert answer["output"] == ""


def test_files_live_in_the_runs_own_scratch_space(run: Run) -> None:
    source = "with open('data/a.csv', 'w') as f:\n    f.write('n,m\\n1,NA\\n')\nimport pandas as pd\npd.read_csv('data/a.csv')\n[line.strip() for line in open('data/a.csv')]"
    answer = run(source)
    assert answer["status"] == "ok", answer["error"]
    assert answer["statements"][2]["value"]["data"] == [[1, None]]
    assert run("open('/etc/passwd').read()")["error"]["type"] == "FileNotFoundError"
    assert run("open('data/a.csv')")["status"] == "error"


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("''.join(1, 2)", "join() takes 1 positional argument but 2 were given"),
        ("len()", "len() missing 1 required positional argument: 'value'"),
        ("def f(): pass\nlist(map(lambda a: f(a), [1]))", "f() takes 0 positional arguments but 1 was given"),
    ],
)
def test_arguments_that_do_not_fit_are_told_with_the_functions_own_name(
    source: str, told: str, run: Run
) -> None:
    assert run(source)["error"]["message"] == told


def test_what_the_lab_does_in_its_own_way_is_said_once(run: Run) -> None:
    answer = run(
        "import torch\nf = torch.compile(lambda x: x + 1)\n@torch.compile\ndef g(x): return x * 2\nf(g(torch.ones(1)))"
    )
    assert answer["statements"][-1]["value"]["data"] == [3.0]
    assert answer["remarks"] == [
        {"line": 2, "what": "torch.compile gives back what it is given: nothing is compiled here"}
    ]


def test_the_line_of_each_statement_is_told_before_it_runs() -> None:
    lines: list[int] = []
    evaluate({"source": "a = 1\nif a:\n    b = 2\n1 / 0\nc = 3", "setup": "d = 4"}, begun=lines.append)
    assert lines == [1, 2, 4]
