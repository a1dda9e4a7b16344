"""Examples that OpenAPI shows and a test executes; they are read from the catalog, so they cannot go stale."""

from __future__ import annotations

from typing import Any

from fastapi.openapi.models import Example

from freedive.catalog.recipes import recipes


def example(summary: str, value: Any) -> dict[str, Example]:
    """One example of a body."""
    return {"example": Example(summary=summary, value=value)}


def spec_example() -> dict[str, Any]:
    """Two spirals and a small net; done in about a second."""
    recipe = next(recipe for recipe in recipes() if recipe.name == "spirals")
    return {**recipe.spec.model_dump(mode="json"), "epochs": 3}


NEW_JOB = example(
    "Two spirals for three epochs", {"spec": spec_example(), "name": "first try", "tags": ["demo"]}
)
SPEC = example("What would be trained", spec_example())
COMMAND = example("Half the learning rate", {"kind": "set", "changes": {"lr": 0.005}})
FORK = example("Three learning rates from step 5", {"step": 5, "changes": [{"lr": 0.1}, {"lr": 0.01}, None]})
EDIT = example("Another name", {"name": "spirals, wide net", "tags": ["demo", "kept"]})
PREDICTION = example("Two points", {"inputs": [[0.5, -1.0], [2.0, 1.5]]})
TABLE = example(
    "Ten rows of two columns",
    "hours,points\n" + "".join(f"{hours},{3 * hours + hours % 2}\n" for hours in range(1, 11)),
)
SNIPPET = example(
    "A gradient",
    {
        "source": "import torch\nx = torch.tensor([1.0, 2.0], requires_grad=True)\n(x * x).sum().backward()\nx.grad"
    },
)
