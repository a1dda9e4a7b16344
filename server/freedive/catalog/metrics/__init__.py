"""Every metric there is."""

from typing import Annotated

from pydantic import Field

from freedive.catalog.metrics.accuracy import Accuracy
from freedive.catalog.metrics.auc import AUC
from freedive.catalog.metrics.f1 import F1
from freedive.catalog.metrics.mae import MAE
from freedive.catalog.metrics.precision import Precision
from freedive.catalog.metrics.r2 import R2
from freedive.catalog.metrics.recall import Recall
from freedive.catalog.metrics.top_k import TopK

Metric = Annotated[Accuracy | TopK | Precision | Recall | F1 | AUC | MAE | R2, Field(discriminator="kind")]
