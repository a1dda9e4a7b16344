"""Drawing calls as marks: the kind that the call means, the true numbers, colors and styles, one figure for each window.

What matplotlib itself makes of a format string, of a colormap and of contour levels was written down from matplotlib 3.11.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.lab.conftest import Run

from freedive.lab.dialects.standard.drawing.colormaps import Colormap
from freedive.lab.dialects.standard.drawing.grids import nice_levels
from freedive.lab.dialects.standard.drawing.styles import format_of
from freedive.protocol.figures import Figure

Json = dict[str, Any]
HEAD = "import numpy as np\nimport matplotlib.pyplot as plt\n"


def figures(run: Run, source: str) -> list[Json]:
    answer = run(HEAD + source)
    assert answer["status"] == "ok", (source, answer["error"])
    for figure in answer["figures"]:
        Figure.model_validate(figure)
    found: list[Json] = answer["figures"]
    return found


def marks(run: Run, source: str) -> list[Json]:
    return [mark for figure in figures(run, source) for axes in figure["axes"] for mark in axes["marks"]]


@pytest.mark.parametrize(
    ("source", "kinds"),
    [
        ("plt.plot([0, 1, 2], [0, 1, 4])", ["line"]), ("plt.plot([1, 2])", ["line"]), ("plt.plot(np.ones((4, 3)))", ["line"] * 3),
        ("plt.plot([0, 1], [1, 2], 'r', [0, 1], [3, 4], 'b--')", ["line", "line"]), ("plt.scatter([1], [2], label='a')", ["points"]),
        ("plt.bar(['a', 'b'], [1, 2])", ["bars"]), ("plt.barh([1, 2], [3, 4])", ["bars"]), ("plt.hist([1, 2, 2, 3])", ["bars"]),
        ("plt.hist([1, 2, 3], histtype='step')", ["line"]), ("plt.imshow(np.eye(3))", ["image"]), ("plt.matshow(np.eye(3))", ["image"]),
        ("plt.pcolormesh(np.eye(3))", ["image"]), ("plt.hist2d([1, 2], [3, 4], bins=2)", ["image"]), ("plt.contour(np.eye(3))", ["contour"]),
        ("plt.contourf(np.eye(3), 5)", ["contour"]), ("plt.errorbar([1], [2], yerr=0.5)", ["errors", "line"]),
        ("plt.fill_between([0, 1], [1, 2], alpha=0.2)", ["area"]), ("plt.fill([0, 1, 1], [0, 0, 1])", ["area"]),
        ("plt.stackplot([0, 1], [1, 2], [3, 4])", ["area", "area"]), ("plt.axhline(1)", ["rules"]), ("plt.axvline(2, color='r')", ["rules"]),
        ("plt.hlines([1, 2], 0, 1)", ["rules"]), ("plt.vlines(1, 0, 1)", ["rules"]), ("plt.axvspan(1, 2)", ["area"]), ("plt.text(0, 0, 'a')", ["words"]),
        ("plt.annotate('a', xy=(0, 0), xytext=(1, 1), arrowprops={})", ["words"]), ("plt.stem([1, 2])", ["stems"]), ("plt.pie([1, 2])", ["pie"]),
        ("plt.boxplot([1, 2, 3])", ["boxes"]), ("plt.violinplot([1., 2., 3.])", ["area"]), ("plt.quiver([0], [0], [1], [1])", ["arrows"]),
        ("plt.arrow(0, 0, 1, 1)", ["arrows"]), ("plt.step([0, 1], [1, 2])", ["line"]), ("plt.semilogy([1, 10])", ["line"]), ("plt.loglog([1, 10], [1, 10])", ["line"]),
        ("x, y = np.meshgrid([0., 1.], [0., 1.])\nplt.axes(projection='3d').plot_surface(x, y, x * y)", ["surface"]),
        ("x, y = np.meshgrid([0., 1.], [0., 1.])\nax = plt.figure().add_subplot(projection='3d')\nax.plot_wireframe(x, y, x)\nax.scatter([0], [0], [1])\nax.plot([0, 1], [0, 1], [0, 1])", ["surface", "points", "line"]),
    ],
)  # fmt: skip
def test_a_call_draws_what_it_means(source: str, kinds: list[str], run: Run) -> None:
    assert [mark["kind"] for mark in marks(run, source)] == kinds


def test_the_numbers_are_those_that_were_passed(run: Run) -> None:
    line, points = marks(
        run,
        "plt.plot([0, 1, 2], [0, 1, 4])\nplt.scatter(np.array([1.5, 2]), [3, 4], s=[10, 20], c=['r', 'k'])",
    )
    assert (line["x"], line["y"]) == ([0, 1, 2], [0, 1, 4])
    assert (points["x"], points["y"], points["sizes"], points["colors"]) == (
        [1.5, 2],
        [3, 4],
        [10, 20],
        ["#ff0000", "ink"],
    )
    (bars,) = marks(run, "plt.bar([1, 2], [3, 4], width=0.5, bottom=1, color='g')")
    assert (bars["x"], bars["width"], bars["base"], bars["height"], bars["colors"]) == (
        [0.75, 1.75],
        [0.5, 0.5],
        [1, 1],
        [3, 4],
        ["#008000"],
    )
    (bars,) = marks(run, "plt.hist([1, 2, 2, 3, 5], bins=4)")
    counts, edges = np.histogram([1, 2, 2, 3, 5], 4)
    assert bars["height"] == counts.tolist()
    assert bars["x"] == edges[:-1].tolist()


def test_large_numbers_keep_their_differences(run: Run) -> None:
    (line,) = marks(run, "plt.plot([1e9, 1e9 + 1, 1e9 + 2])")
    assert line["y"] == [1e9, 1e9 + 1, 1e9 + 2]


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("-r", {"color": "#ff0000", "dash": "solid"}), ("r--", {"color": "#ff0000", "dash": "dashed"}), ("bo", {"color": "#0000ff", "marker": "circle", "dash": "none"}),
        ("go-", {"color": "#008000", "marker": "circle", "dash": "solid"}), ("C1-.", {"color": "C1", "dash": "dashdot"}), ("ks:", {"color": "ink", "marker": "square", "dash": "dotted"}),
        (".-", {"marker": "point", "dash": "solid"}), ("-.", {"dash": "dashdot"}), ("x", {"marker": "cross", "dash": "none"}), ("tab:red", {"color": "C3"}),
        ("#ff0000", {"color": "#ff0000"}), ("0.5", {"color": "#808080"}), ("yD--", {"color": "#bfbf00", "marker": "diamond", "dash": "dashed"}), ("red", {"color": "#ff0000"}),
    ],
)  # fmt: skip
def test_format_strings_are_read_as_matplotlib_reads_them(text: str, made: Json) -> None:
    assert format_of(text) == made


@pytest.mark.parametrize(
    "call",
    [
        "plt.plot([1], 'zz')",
        "plt.plot([1], color='no such color')",
        "plt.scatter([1], [2], marker='zz')",
        "plt.imshow(np.eye(2), cmap='no such map')",
        "plt.plot([1, 2], [1, 2, 3])",
        "plt.pie([-1])",
        "plt.imshow(np.ones(3))",
        "plt.hist([1], bins=10**9)",
        "plt.subplot(2, 2, 5)",
    ],
)
def test_what_matplotlib_refuses_is_refused(call: str, run: Run) -> None:
    answer = run(HEAD + call)
    assert answer["status"] == "error"
    assert answer["error"]["type"] in ("ValueError", "TypeError")


def test_a_tensor_that_wants_a_gradient_is_refused_as_numpy_refuses_it(run: Run) -> None:
    answer = run("import torch\nimport matplotlib.pyplot as plt\nplt.plot(torch.ones(2, requires_grad=True))")
    assert "requires grad" in answer["error"]["message"]
    assert run("import torch\nimport matplotlib.pyplot as plt\nplt.plot(torch.ones(2))")["status"] == "ok"


def test_colors_follow_matplotlibs_cycle(run: Run) -> None:
    found = marks(
        run,
        "plt.plot([1])\nplt.plot([2])\nplt.scatter([1], [1])\nplt.bar([1], [1])\nplt.plot([3], color=(1, 0, 0))\nplt.plot([4])",
    )
    assert [mark.get("color") or mark["colors"][0] for mark in found] == [
        "C0",
        "C1",
        "C0",
        "C1",
        "#ff0000",
        "C2",
    ]


@pytest.mark.parametrize(
    ("name", "at", "color"),
    [
        ("viridis", 0.0, "#440154"),
        ("viridis", 1.0, "#fde725"),
        ("gray", 0.5, "#808080"),
        ("coolwarm", 0.0, "#3b4cc0"),
        ("plasma_r", 0.0, "#f0f921"),
        ("tab10", 0.0, "#1f77b4"),
    ],
)
def test_colormaps_are_matplotlibs(name: str, at: float, color: str) -> None:
    true = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)])
    assert np.abs(Colormap(name).rgb(at) * 255 - true).max() <= 3


@pytest.mark.parametrize(
    ("low", "high", "count", "levels"),
    [(0, 1, 7, [0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9, 1.05]), (0, 8, 5, [0, 1.5, 3, 4.5, 6, 7.5, 9]), (-3, 3, 7, [-3.2, -2.4, -1.6, -0.8, 0, 0.8, 1.6, 2.4, 3.2])],
)  # fmt: skip
def test_contour_levels_are_matplotlibs(low: float, high: float, count: int, levels: list[float]) -> None:
    np.testing.assert_allclose(nice_levels(low, high, count), levels, atol=1e-9)


def test_axes_stand_on_their_grid(run: Run) -> None:
    (figure,) = figures(
        run,
        "fig, ax = plt.subplots(2, 2, figsize=(8, 4))\nax[0, 1].plot([1])\nax[1, 0].set_title('below')\nfig.suptitle('all')\nfor each in ax.flat:\n    each.set(xlabel='x', ylim=(0, 5))",
    )
    assert [(a["top"], a["left"]) for a in figure["axes"]] == [(0, 0), (0, 0.5), (0.5, 0), (0.5, 0.5)]
    assert [len(a["marks"]) for a in figure["axes"]] == [0, 1, 0, 0]
    assert figure["axes"][2]["title"] == "below"
    assert all(a["xlabel"] == "x" and a["ylim"] == [0, 5] for a in figure["axes"])
    assert (figure["title"], figure["ratio"]) == ("all", 0.5)


def test_a_twin_shares_one_axis(run: Run) -> None:
    (figure,) = figures(
        run,
        "fig, a = plt.subplots()\nb = a.twinx()\na.plot([1, 2])\nb.plot([10, 20], 'r')\nb.set_ylabel('other')",
    )
    assert figure["axes"][1]["twin"] == 0
    assert figure["axes"][1]["twin_side"] == "x"
    assert [len(a["marks"]) for a in figure["axes"]] == [1, 1]


def test_show_ends_a_figure_and_figure_begins_one(run: Run) -> None:
    found = figures(
        run,
        "plt.plot([1])\nplt.show()\nplt.plot([2])\nplt.figure()\nplt.plot([3])\nplt.figure(7)\nplt.plot([4])\nplt.figure(7)\nplt.plot([5])",
    )
    assert [[mark["y"] for mark in figure["axes"][0]["marks"]] for figure in found] == [
        [[1]],
        [[2]],
        [[3]],
        [[4], [5]],
    ]


def test_what_is_set_around_is_told(run: Run) -> None:
    (figure,) = figures(
        run,
        "plt.plot([1, 10], label='a')\nplt.title(r'$\\alpha^2$')\nplt.xlabel('x')\nplt.ylabel('y')\nplt.xlim(0, 5)\nplt.yscale('log')\nplt.xticks([0, 1], ['p', 'q'], rotation=45)\nplt.legend(loc='best')\nplt.grid(True)",
    )
    axes = figure["axes"][0]
    told = {
        name: axes[name]
        for name in ("title", "xlabel", "ylabel", "xlim", "yscale", "xticks", "xturn", "legend", "grid")
    }
    assert told == {
        "title": "α²",
        "xlabel": "x",
        "ylabel": "y",
        "xlim": [0, 5],
        "yscale": "log",
        "xticks": {"at": [0, 1], "labels": ["p", "q"]},
        "xturn": 45,
        "legend": True,
        "grid": True,
    }
    assert figure["not_drawn"] == []


def test_words_are_places_along_an_axis(run: Run) -> None:
    (figure,) = figures(run, "plt.bar(['a', 'b'], [1, 2])\nplt.plot(['b', 'c'], [3, 4])")
    axes = figure["axes"][0]
    assert axes["xticks"] == {"at": [0, 1, 2], "labels": ["a", "b", "c"]}
    assert axes["marks"][1]["x"] == [1, 2]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("fig, ax = plt.subplots()\nax.plot([1])\nax.spines['top'].set_visible(False)", ["spines"]),
        ("fig, ax = plt.subplots()\nfor spine in ax.spines.values():\n    spine.set_visible(False)\nax.spines[['top', 'right']].set_visible(False)", ["spines"]),
        ("plt.rcParams['font.size'] = 12\nplt.plot([1])", ["rcParams['font.size']"]), ("plt.rcParams.update({'axes.grid': True, 'figure.figsize': (4, 2)})\nplt.plot([1])", ["rcParams['axes.grid']"]),
        ("from matplotlib.ticker import MultipleLocator\nfig, ax = plt.subplots()\nax.xaxis.set_major_locator(MultipleLocator(1))", ["tick locators and formatters"]),
        ("plt.plot([1], zorder=3, solid_capstyle='round')", ["plot: solid_capstyle"]), ("plt.plot([1])\nplt.tick_params(labelsize=8)", ["tick_params"]),
        ("plt.style.use('ggplot')\nplt.plot([1])", ["style"]), ("plt.plot([1])\nplt.streamplot([0], [0], [1], [1])", ["streamplot"]),
        ("plt.plot([1])\nplt.tight_layout()\nplt.savefig('a.png')\nplt.show()", []),
    ],
)  # fmt: skip
def test_what_is_accepted_and_not_drawn_is_said(source: str, said: list[str], run: Run) -> None:
    assert figures(run, source)[0]["not_drawn"] == said


def test_drawn_things_can_be_changed_and_asked(run: Run) -> None:
    source = "line, = plt.plot([1, 2])\nline.set_data([5, 6], [7, 8])\nline.set_color('r')\nbars = plt.bar([0, 1], [3, 4])\nbars[1].set_color('k')\nh = [b.get_height() for b in bars]\nn, edges, patches = plt.hist([1, 2, 3], bins=3)\nprint(h, n, edges)\nplt.scatter([1], [2]).remove()"
    answer = run(HEAD + source)
    assert answer["output"] == "[3.0, 4.0] [1. 1. 1.] [1.         1.66666667 2.33333333 3.        ]\n"
    line, bars, _ = answer["figures"][0]["axes"][0]["marks"]
    assert (line["x"], line["y"], line["color"]) == ([5, 6], [7, 8], "#ff0000")
    assert bars["colors"] == ["C0", "ink"]


def test_sizes_are_bounded_and_thinning_is_said(run: Run) -> None:
    figure = figures(run, "y = np.sin(np.arange(100_000) / 500)\ny[77_777] = 9\nplt.plot(y)")[0]
    (line,) = figure["axes"][0]["marks"]
    assert len(line["y"]) <= 4_096
    assert max(line["y"]) == 9
    assert figure["thinned"][0]["what"] == "line"
    assert figure["thinned"][0]["of"] == 100_000
    many = figures(run, "for i in range(200):\n    plt.plot(np.arange(1000), np.random.rand(1000))")[0]
    lengths = [len(mark["x"]) for mark in many["axes"][0]["marks"]]
    assert len(lengths) == 200
    assert sum(lengths) * 2 <= 61_000
    assert max(lengths) - min(lengths) < 10
    image = figures(run, "plt.imshow(np.random.rand(600, 800))")[0]
    assert sum(len(row) for row in image["axes"][0]["marks"][0]["rows"]) <= 60_000
    assert image["thinned"]


VISDOM = "from visdom import Visdom\nviz = Visdom()\n"


def test_windows_of_visdom_are_figures_of_their_own(run: Run) -> None:
    source = (
        VISDOM
        + "viz.line([0.], [0.], win='a', opts=dict(title='A'))\nviz.line([[0., 1.]], [0.], win='b', opts=dict(legend=['p', 'q']))\nfor i in range(1, 4):\n    viz.line([i * 2.], [i], win='a', update='append')\n    viz.line([[i * 1., i * 3.]], [i], win='b', update='append')\nw = viz.line([5., 6.])\nv = viz.line([7.])\nviz.line([1., 2.], win='a2')\nviz.line([9.], win='a2')"
    )
    answer = run(source)
    found = {
        figure["window"]: [mark["y"] for mark in figure["axes"][0]["marks"]] for figure in answer["figures"]
    }
    names = list(found)
    assert len(names) == 5
    assert names[:2] == ["a", "b"]
    assert found["a"] == [[0, 2, 4, 6]]
    assert found["b"] == [[0, 1, 2, 3], [1, 3, 6, 9]]
    assert [found[name] for name in names[2:4]] == [[[5, 6]], [[7]]]
    assert found["a2"] == [[9]]
    assert answer["plots"] == {"line": 12}
    assert answer["figures"][1]["axes"][0]["legend"] is True


def test_appending_goes_by_name_where_there_is_one(run: Run) -> None:
    answer = run(
        VISDOM
        + "viz.line([1.], [0.], win='w', name='train')\nviz.line([2.], [0.], win='w', name='test', update='append')\nviz.line([3.], [1.], win='w', name='test', update='append')\nviz.text('<b>done</b>', win='t')\nviz.text('more', win='t', append=True)"
    )
    lines = {mark["label"]: mark["y"] for mark in answer["figures"][0]["axes"][0]["marks"]}
    assert lines == {"train": [1], "test": [2, 3]}
    assert answer["figures"][1]["axes"][0]["marks"] == [{"kind": "note", "text": "done\nmore"}]


def test_tags_of_tensorboard_are_figures_of_their_own(run: Run) -> None:
    answer = run(
        "from torch.utils.tensorboard import SummaryWriter\nw = SummaryWriter()\nfor i in range(3):\n    w.add_scalar('loss', 1 / (i + 1), i)\n    w.add_scalars('acc', {'train': i, 'test': i / 2}, i)\nw.close()"
    )
    loss, accuracy = answer["figures"]
    assert loss["axes"][0]["marks"][0]["y"] == pytest.approx([1, 0.5, 1 / 3], abs=1e-5)
    assert {mark["label"]: mark["y"] for mark in accuracy["axes"][0]["marks"]} == {
        "train": [0, 1, 2],
        "test": [0, 0.5, 1],
    }


def test_setup_and_watches_draw_nothing(run: Run) -> None:
    answer = run("x = 1", setup=HEAD + "plt.plot([1])", watch=["plt.plot([1])"])
    assert answer["figures"] == []
    assert answer["plots"] == {}


def test_no_name_of_a_figure_leads_out(run: Run) -> None:
    for source in (
        "plt.plot([1])[0].__class__",
        "plt.subplots()[1].__dict__",
        "plt.rcParams.__class__",
        "plt.gca().spines.__class__",
        "plt.cm.viridis.__class__",
    ):
        assert run(HEAD + source)["status"] in ("error", "rejected"), source


@pytest.mark.parametrize(
    "call",
    [
        "plt.pie([1], autopct='%99999999999f')",
        "plt.quiver(np.ones(9000), np.ones(9000), np.ones((9, 9)), np.ones((9, 9)))",
    ],
)
def test_what_would_be_too_large_is_a_limit_or_refused(call: str, run: Run) -> None:
    assert run(HEAD + call)["status"] in ("limit", "error", "rejected")


def test_an_outlier_makes_no_millions_of_bins(run: Run) -> None:
    (bars,) = marks(run, "plt.hist(np.append(np.linspace(0, 1, 100), 1e9), bins='auto')")
    assert len(bars["x"]) <= 1000
