"""How a loss lays its prediction beside its target: element by element, stretched, reshaped, or a class for each row.

Read by `explanations`. The three libraries differ: torch stretches what does not fit, Gluon gives the target the shape of the
prediction, Keras adds a missing last axis before the loss itself runs.
"""

from __future__ import annotations

import math
from typing import Any

from freedive.lab.notes import Layer, Record

Json = dict[str, Any]

RESHAPED = frozenset({
    "L2Loss", "L1Loss", "SigmoidBinaryCrossEntropyLoss", "SigmoidBCELoss", "HuberLoss", "HingeLoss", "LogisticLoss",
    "PoissonNLLLoss", "TripletLoss",
})  # fmt: skip
"""Losses of Gluon that give the target the prediction's shape. Torch has layers with some of these names."""
TARGET_FIRST = frozenset({
    "mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_logarithmic_error",
    "binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy", "kl_divergence", "hinge",
    "squared_hinge", "categorical_hinge", "binary_focal_crossentropy", "categorical_focal_crossentropy", "huber", "log_cosh",
    "poisson", "dice",
})  # fmt: skip
"""Losses of Keras, which takes the target before the prediction."""
STRETCHED = (TARGET_FIRST - {"sparse_categorical_crossentropy"}) | {
    "mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss",
    "kl_div", "KLDivLoss", "poisson_nll_loss", "PoissonNLLLoss", "hinge_embedding_loss", "HingeEmbeddingLoss",
    "soft_margin_loss", "SoftMarginLoss", "margin_ranking_loss", "MarginRankingLoss", "pairwise_distance", "PairwiseDistance",
    "cosine_similarity", "CosineSimilarity", "triplet_margin_loss", "TripletMarginLoss",
    "binary_cross_entropy", "BCELoss", "binary_cross_entropy_with_logits", "BCEWithLogitsLoss",
    "multilabel_soft_margin_loss", "MultiLabelSoftMarginLoss",
}  # fmt: skip
"""Losses that broadcast the two as any operation between elements does."""


def met(record: Record, align: Any) -> Json:
    """As `_met` says, and which of the two is the `prediction`: 0 or 1."""
    return {**_met(record, align), "prediction": int(record.name in TARGET_FIRST)}


def _met(record: Record, align: Any) -> Json:
    """`shapes` of the two as they were given, `aligned` as they were computed with, `result` of the two together.

    A target of another kind (a class for each row, lengths of sequences) stands beside the prediction without being
    aligned: then `aligned` is empty and `result` is the target's own shape, one loss for each. Nothing that ran has a conflict.
    """
    layer = bool(record.args) and isinstance(record.args[0], Layer)
    notes = [note for note in record.inputs if not layer or note not in record.args[0].weights.values()][:2]
    shapes = [list(note.shape) for note in notes]
    if len(shapes) < 2:
        return {
            "shapes": shapes,
            "aligned": shapes,
            "result": shapes[0] if shapes else None,
            "conflict_axis": None,
        }
    prediction, target = shapes
    if not layer and record.name in RESHAPED:
        fits = math.prod(prediction) == math.prod(target)
        return {
            "shapes": shapes, "aligned": [prediction, prediction] if fits else [], "result": prediction if fits else None,
            "conflict_axis": None, **({"reshaped": True} if fits and prediction != target else {}),
        }  # fmt: skip
    stretched: Json = align([note.shape for note in notes])
    alike = prediction == target and notes[1].dtype == notes[0].dtype
    ran = record.failed is None
    if (alike or record.name in STRETCHED) and not (ran and stretched["result"] is None):
        return stretched
    return {
        "shapes": shapes,
        "aligned": [],
        "result": shapes[record.name not in TARGET_FIRST],
        "conflict_axis": None,
    }
