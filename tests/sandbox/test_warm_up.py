"""After the warm-up nothing is imported any more: behind the seal it would fail."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SEEDS = Path(__file__).resolve().parents[2].parent / "shared" / "seeds" / "cases.jsonl"

OWN = [
    (
        "torch",
        "import torch\nx = torch.ones(2, 2)\nprint(torch.linalg.qr(x), torch.fft.fft(x[0]), torch.unique(x))",
    ),
    (
        "torch",
        "import torch\nfor name in (torch.optim.SGD, torch.optim.RMSprop):\n    name([torch.zeros(2)], lr=0.1)",
    ),
    ("torch", "import torch\nprint(torch.ones(2) + torch.ones(3))"),
    ("torch", "import torch\nlstm = torch.nn.LSTM(2, 3)\nprint(lstm(torch.ones(4, 1, 2))[0].shape)"),
    ("np", "import numpy as np\nprint(np.linalg.eig(np.eye(2)), np.random.default_rng)"),
    ("np", "import pandas as pd\nprint(pd.get_dummies(pd.DataFrame({'a': ['x', 'y']})).to_string())"),
]

TRIAL = """
import json, sys
import torch
torch.set_num_threads(1)
from freedive.sandbox import child
evaluate = child.load_lab("freedive.lab")
evaluate(child.FIRST_TOUCH)
before = set(sys.modules)
found = {}
for dialect, setup, source in json.load(sys.stdin):
    evaluate({"source": source, "setup": setup, "dialect": dialect})
    late = sorted(set(sys.modules) - before)
    if late:
        found[source[:60]] = late[:5]
        before |= set(late)
print(json.dumps(found))
"""


GOLDEN = Path(__file__).resolve().parents[1] / "golden"


def recorded() -> list[tuple[str, str, str]]:
    """A share of the snippets whose figures were recorded from TensorFlow and Keras."""
    files = [("tf", json.loads((GOLDEN / "tensorflow.json").read_text("utf-8")))]
    files.append(("keras", json.loads((GOLDEN / "keras.json").read_text("utf-8"))))
    return [
        (dialect, told["setup"], row["source"]) for dialect, told in files for row in told["snippets"][::4]
    ]


def snippets() -> list[tuple[str, str, str]]:
    own = [(dialect, "", source) for dialect, source in OWN] + recorded()
    if not SEEDS.exists():
        return own
    cases = map(json.loads, SEEDS.read_text("utf-8").splitlines())
    quick = (case for case in cases if not case.get("ref_seconds"))
    return own + [(case["dialect"], case["setup"] or "", case["code"]) for case in quick]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is no seal to stand in the way")
def test_no_snippet_imports_anything_late() -> None:
    done = subprocess.run(
        [sys.executable, "-c", TRIAL],
        input=json.dumps(snippets()),
        capture_output=True,
        text=True,
        env={"PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry), "OMP_NUM_THREADS": "1"},
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout.splitlines()[-1]) == {}
