"""Drawing: matplotlib, visdom and TensorBoard, as marks that the page draws from the numbers that were passed.

A closed list of marks (`protocol/figures.py`); what is accepted and not drawn is said beside the figure.
"""

from __future__ import annotations

from typing import Any

from freedive.lab.dialects.standard.drawing.figures import Figure
from freedive.lab.dialects.standard.drawing.pyplot import functions
from freedive.lab.dialects.standard.drawing.settings import modules
from freedive.lab.dialects.standard.drawing.tensorboard import Writer
from freedive.lab.dialects.standard.drawing.visdom import Visdom
from freedive.lab.importing import publish
from freedive.lab.kinds import Native, kind_of
from freedive.lab.namespaces import Namespace
from freedive.lab.running import running
from freedive.lab.types import TypeRef, publish_type


def load() -> None:
    nothing = Native("set_matplotlib_formats", lambda *args, **kwargs: None)
    display = Namespace("IPython.display", {
        "clear_output": Native("clear_output", lambda *args, **kwargs: None), "display": Native("display", _display),
        "set_matplotlib_formats": nothing,
    })  # fmt: skip
    toolkits = Namespace("mpl_toolkits.mplot3d", {"Axes3D": Native("Axes3D", _axes_in_space), "axes3d": Namespace("mpl_toolkits.mplot3d.axes3d", {})})  # fmt: skip
    visdom = Namespace("visdom", {"Visdom": Native("Visdom", lambda *a, **k: Visdom(**{key: str(value) for key, value in k.items() if key == "env"}), "A drawing board on the page.")})  # fmt: skip
    writer = publish_type(TypeRef("SummaryWriter", Writer, Writer))
    publish(
        *modules(functions()),
        Namespace(
            "matplotlib_inline",
            {"backend_inline": Namespace("backend_inline", {"set_matplotlib_formats": nothing})},
        ),
        Namespace("IPython", {"display": display}),
        display,
        toolkits,
        Namespace("mpl_toolkits", {"mplot3d": toolkits}),
        visdom,
        *(
            Namespace(name, {"SummaryWriter": writer})
            for name in ("tensorboardX", "torch.utils.tensorboard", "tensorboard")
        ),
    )


def _axes_in_space(figure: Any, *args: Any, **kwargs: Any) -> Any:
    if not isinstance(figure, Figure):
        raise TypeError("Axes3D() is given a figure, as plt.figure() makes it")
    return figure.at(1, 1, 1, True)


def _display(*values: Any, **options: Any) -> None:
    shown = [value for value in values if not isinstance(value, Figure)]
    if shown:
        running.write(" ".join(kind_of(value).text(value) for value in shown) + "\n")
