"""LoadedData: the newest dataset stays in memory, so that starting the same job again waits for nothing."""

from __future__ import annotations

import threading

from freedive.catalog.datasets.data import Data
from freedive.catalog.datasets.store import DataStore
from freedive.protocol.specs import TrainSpec


class LoadedData:
    """Holds one dataset. `load` may be called from any thread."""

    def __init__(self) -> None:
        self._kept: tuple[str, Data] | None = None
        self._lock = threading.Lock()

    def load(self, spec: TrainSpec, store: DataStore) -> Data:
        """The spec's data, from memory if it was the last. Raises what the dataset raises."""
        seed = 0 if _fixed(spec) else spec.seed
        key = f"{spec.dataset.model_dump_json()} {seed} {store.data_dir}"
        with self._lock:
            if self._kept is not None and self._kept[0] == key:
                return self._kept[1]
            self._kept = None  # before the next one is loaded: two may not fit
            data = spec.dataset.load(spec.seed, store)
            self._kept = (key, data)
            return data


def _fixed(spec: TrainSpec) -> bool:
    """Whether the seed does not change the data."""
    return spec.dataset.kind in ("mnist", "fashion-mnist")
