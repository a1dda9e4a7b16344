"""Recipes: named starting points, each a whole spec that works as it stands (`table` once a file is uploaded)."""

from __future__ import annotations

from typing import Any

from freedive.protocol.catalog import Recipe, Text
from freedive.protocol.specs import TrainSpec

ACCURACY = [{"kind": "accuracy"}]
DEVIATIONS = [{"kind": "mae"}, {"kind": "r2"}]
MOVING = {"share": 0.15}
"""For nets so small that a step costs less than writing it down: the pictures are what the job is for."""
LENET_FOR = {
    "model": {"kind": "lenet5"},
    "loss": {"kind": "cross_entropy"},
    "optimizer": {"kind": "adam", "lr": 0.002},
    "scheduler": {"kind": "cosine"},
    "metrics": ACCURACY,
    "batch_size": 64,
}


def _recipe(name: str, title: tuple[str, str], about: tuple[str, str], **spec: Any) -> Recipe:
    return Recipe(
        name=name,
        title=Text(en=title[0], zh=title[1]),
        about=Text(en=about[0], zh=about[1]),
        spec=TrainSpec.model_validate(spec),
    )


def recipes() -> list[Recipe]:
    """All of them, from the simplest on."""
    return [
        _recipe(
            "line",
            ("Linear regression", "线性回归"),
            (
                "Find the 2, −3.4 and 4.2 that the data was made with.",
                "找出生成数据所用的 2、−3.4 和 4.2。",
            ),
            dataset={"kind": "line"},
            model={"kind": "linear"},
            initialization={"kind": "normal", "std": 0.01},
            loss={"kind": "mse"},
            optimizer={"kind": "sgd", "lr": 0.03},
            metrics=DEVIATIONS,
            batch_size=10,
            epochs=5,
        ),
        _recipe(
            "gaussians",
            ("Logistic regression", "逻辑回归"),
            (
                "Part two clouds of points with a straight line.",
                "用一条直线分开两团点。",
            ),
            dataset={"kind": "gaussians"},
            model={"kind": "linear"},
            loss={"kind": "bce_with_logits"},
            optimizer={"kind": "sgd", "lr": 0.1},
            metrics=[*ACCURACY, {"kind": "auc"}],
            batch_size=32,
            epochs=20,
            probes=MOVING,
        ),
        _recipe(
            "spirals",
            ("Spirals", "螺旋"),
            (
                "Watch hidden units bend the plane until two wound arms come apart.",
                "观察隐藏单元如何弯曲平面，直到两条螺旋臂被分开。",
            ),
            dataset={"kind": "spirals"},
            model={
                "kind": "mlp",
                "layers": [{"width": 8, "activation": "tanh"}, {"width": 8, "activation": "tanh"}],
            },
            loss={"kind": "bce_with_logits"},
            optimizer={"kind": "adam", "lr": 0.02},
            metrics=ACCURACY,
            batch_size=32,
            epochs=200,
            probes=MOVING,
        ),
        _recipe(
            "iris",
            ("Iris", "鸢尾花"),
            (
                "Tell three species of flowers apart by four measurements.",
                "用四个测量值区分三种鸢尾花。",
            ),
            dataset={"kind": "iris"},
            model={"kind": "mlp", "layers": [{"width": 16}]},
            loss={"kind": "cross_entropy"},
            optimizer={"kind": "adam", "lr": 0.01},
            metrics=[*ACCURACY, {"kind": "f1"}],
            batch_size=16,
            epochs=60,
        ),
        _recipe(
            "mnist-softmax",
            ("MNIST with softmax regression", "MNIST：softmax 回归"),
            (
                "One template for each digit: look at the ten weight pictures.",
                "每个数字一个模板：看看那十张权重图。",
            ),
            dataset={"kind": "mnist"},
            model={"kind": "softmax"},
            loss={"kind": "cross_entropy"},
            optimizer={"kind": "sgd", "lr": 0.05},
            metrics=[*ACCURACY, {"kind": "top_k", "k": 3}],
            batch_size=256,
            epochs=5,
        ),
        _recipe(
            "mnist-mlp",
            ("MNIST with an MLP", "MNIST：多层感知机"),
            (
                "784-200-200-10 on handwritten digits: above 97\N{NO-BREAK SPACE}% after ten epochs.",
                "784-200-200-10 识别手写数字：十轮后超过 97%。",
            ),
            dataset={"kind": "mnist"},
            model={"kind": "mlp", "layers": [{"width": 200}, {"width": 200}]},
            loss={"kind": "cross_entropy"},
            optimizer={"kind": "adam", "lr": 0.001},
            scheduler={"kind": "cosine"},
            metrics=ACCURACY,
            batch_size=200,
            epochs=10,
        ),
        _recipe(
            "mnist-lenet",
            ("MNIST with LeNet-5", "MNIST：LeNet-5"),
            (
                "Convolutions that learn strokes: above 98.5\N{NO-BREAK SPACE}% after four epochs.",
                "学会笔画的卷积网络：四轮后超过 98.5%。",
            ),
            dataset={"kind": "mnist"},
            epochs=4,
            **LENET_FOR,
        ),
        _recipe(
            "fashion-lenet",
            ("Fashion-MNIST with LeNet-5", "Fashion-MNIST：LeNet-5"),
            (
                "The same net on clothing, which is harder; the pictures are fetched first.",
                "同样的网络识别更难的服饰图片；首次运行会先下载数据。",
            ),
            dataset={"kind": "fashion-mnist"},
            epochs=8,
            **LENET_FOR,
        ),
        _recipe(
            "table",
            ("Your own table", "自己的表格"),
            (
                "Upload a CSV file and predict one of its columns.",
                "上传一个 CSV 文件，预测其中一列。",
            ),
            dataset={"kind": "table", "missing": "median"},
            model={"kind": "mlp", "layers": [{"width": 32}, {"width": 32}]},
            loss={"kind": "mse"},
            optimizer={"kind": "adam", "lr": 0.005},
            metrics=DEVIATIONS,
            early_stopping={"enabled": True, "patience": 10},
            batch_size=32,
            epochs=100,
        ),
    ]
