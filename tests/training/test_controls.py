"""Controls: an inbox that other threads fill and that wakes whoever waits on it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from freedive.protocol.commands import Pause, Stop
from freedive.training.controls import Controls, Told


def test_items_come_out_in_the_order_they_went_in() -> None:
    controls = Controls()
    assert controls.take() is None
    controls.send(Pause(), "a")
    controls.send(Stop(), "b")
    assert controls.stops
    assert controls.take() == Told(Pause(), "a")
    assert controls.take() == Told(Stop(), "b")
    assert not controls.stops


def test_waiting_ends_when_another_thread_sends_or_watches() -> None:
    controls = Controls()
    wakes: list[Callable[[], None]] = [lambda: controls.send(Pause()), lambda: controls.watch(True)]
    for wake in wakes:
        woken = threading.Event()

        def wait(woken: threading.Event = woken) -> None:
            controls.wait(30)
            woken.set()

        thread = threading.Thread(target=wait)
        thread.start()
        wake()
        assert woken.wait(10)
        thread.join()
        controls.take()
    assert controls.watched
