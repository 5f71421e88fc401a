"""Why phases fail, and what is said then: nothing that could not have happened where it did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import treadle as td
from treadle.packs.logs.cv.catalog import ERRORS, IMAGES, PHASES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]


def errors() -> dict[str, td.Field]:
    """Return why a phase failed, and what was said then."""
    kinds = {phase: {"any", phase} for phase in PHASES} | {"training in parallel": {"any", "training", "parallel"}}
    by_kind = {
        kind: {name: int(row["weight"]) for name, row in ERRORS.items() if phases & set(row["phase"].split(","))}
        for kind, phases in kinds.items()
    }
    return {
        "situation": td.derive(
            lambda phase, count: np.where((phase == 0) & (count > 1), len(PHASES), phase),
            "phase",
            "accelerator_count",
            values=list(by_kind),
        ),
        "reason": td.choice(by_kind, by="situation"),
        "error_type": td.derive({name: name for name in ERRORS}, "reason", when="result = failure"),
        "drawn_device": td.integer(0, 839),
        "device": td.derive(lambda drawn, count: drawn % count, "drawn_device", "accelerator_count"),
        "portion": td.integer(2, 40),
        "mib": td.derive(lambda memory, portion: memory * portion * 1024 // 100, "accelerator_memory_gb", "portion"),
        "free": td.integer(2, 255),
        "memory_gb": td.derive(lambda memory: memory, "accelerator_memory_gb"),
        "done": td.derive(lambda done: done, "images_done"),
        "step": td.derive(_step, "trains", "planned", "begun", "dataset", "images_done", "batch_size", "r_count"),
        "digest": td.hexadecimal(16),
        "worker": td.integer(0, 31),
        "patience": td.integer(0, 4),
        "seconds": td.derive(_patience, "patience", "duration_ms"),
        "image": td.text("img_{picture}"),
        "picture": td.integer(100_000, 581_929),
        "error_message": td.text(
            td.by("reason", {name: row["message"] for name, row in ERRORS.items()}), when="result = failure"
        ),
    }


_PATIENCE = np.array([1, 2, 5, 10, 30, 60, 120, 300, 600, 1800])
"""How many seconds a program waits for a part of it that does not answer."""


def _patience(drawn: Ints, duration: Ints) -> Ints:
    """Return how long was waited: no longer than the phase took."""
    most = np.searchsorted(_PATIENCE, duration // 1000, side="right") - 1
    waited: Ints = _PATIENCE[np.clip(np.minimum(drawn + 5, most), 0, None)]
    return waited


def _step(trains: Flags, planned: Ints, begun: Ints, dataset: Ints, done: Ints, batch: Ints, count: Ints) -> Ints:
    """Return how many batches a training had read: till now, or when it ended."""
    images = IMAGES[dataset, 0]
    read = np.where(trains, (begun - 1) * images + done, planned * images)
    step: Ints = np.maximum(1, read // (batch * count))
    return step
