"""Every dataset there is, in the order in which it is offered."""

from typing import Annotated

from pydantic import Field

from freedive.catalog.datasets.breast_cancer import BreastCancer
from freedive.catalog.datasets.checkerboard import Checkerboard
from freedive.catalog.datasets.circle import Circle
from freedive.catalog.datasets.diabetes import Diabetes
from freedive.catalog.datasets.digits import Digits
from freedive.catalog.datasets.drawn import Drawn
from freedive.catalog.datasets.fashion_mnist import FashionMnist
from freedive.catalog.datasets.gaussians import Gaussians
from freedive.catalog.datasets.iris import Iris
from freedive.catalog.datasets.line import Line
from freedive.catalog.datasets.mnist import Mnist
from freedive.catalog.datasets.moons import Moons
from freedive.catalog.datasets.polynomial import Polynomial
from freedive.catalog.datasets.rings import Rings
from freedive.catalog.datasets.sine import Sine
from freedive.catalog.datasets.spirals import Spirals
from freedive.catalog.datasets.table import Table
from freedive.catalog.datasets.wine import Wine
from freedive.catalog.datasets.xor import Xor

Dataset = Annotated[
    Spirals
    | Circle
    | Xor
    | Gaussians
    | Moons
    | Rings
    | Checkerboard
    | Drawn
    | Line
    | Sine
    | Polynomial
    | Mnist
    | FashionMnist
    | Digits
    | Iris
    | Wine
    | BreastCancer
    | Diabetes
    | Table,
    Field(discriminator="kind"),
]
