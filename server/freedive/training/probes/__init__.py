"""Every probe there is; one probe is one file."""

from freedive.training.probes.activations import ActivationsProbe
from freedive.training.probes.base import Probe
from freedive.training.probes.boundary import BoundaryProbe
from freedive.training.probes.confusion import ConfusionProbe
from freedive.training.probes.curve import CurveProbe
from freedive.training.probes.histograms import HistogramsProbe
from freedive.training.probes.predictions import PredictionsProbe
from freedive.training.probes.weights import WeightsProbe
from freedive.training.state import TrainingState

PROBES: list[type[Probe]] = [
    BoundaryProbe,
    CurveProbe,
    WeightsProbe,
    HistogramsProbe,
    ActivationsProbe,
    PredictionsProbe,
    ConfusionProbe,
]


def fitting(state: TrainingState) -> list[Probe]:
    """The probes that have something to show of this job."""
    return [probe(state) for probe in PROBES if probe.fits(state)]
