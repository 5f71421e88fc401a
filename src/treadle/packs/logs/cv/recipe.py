"""The recipe of `logs.cv`: phases of computer vision runs, with what they measured, how long they took and why they failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import treadle as td
from treadle.packs.logs.cv.catalog import (
    BAND,
    DATASETS,
    EDGE,
    HARDWARE,
    IMAGES,
    INVENTORY,
    MODELS,
    PHASES,
    PRECISIONS,
    SPLITS,
    STATISTICS,
    TASKS,
    TRAINING_COST,
    VOCABULARY,
    numbers,
    weights,
)
from treadle.packs.logs.cv.failures import errors
from treadle.packs.logs.cv.raw import JSON, MLLOG, epoch
from treadle.packs.logs.interleaving import interleave

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Flags = NDArray[np.bool_]

BLOCK = 32
PATTERNS = interleave("logs.cv runs", 96, BLOCK, (4, 3, 2, 91), (1,), 4)
START, EVERY = 1_767_225_600_000, 1_800_000
"""2026-01-01, midnight UTC, and half an hour, in milliseconds."""
LARGE_US = 2_500
"""A model that takes so long for an image is large."""
ACCELERATORS = [name for name in HARDWARE if name != EDGE]
_LAST = len(PHASES) - 1
_MODELS, _DATASETS, _HARDWARE = list(MODELS), list(DATASETS), list(HARDWARE)
_BASE, _EPOCHS, _TARGET, _QUALITY = (numbers(MODELS, name) for name in ("base_us", "epochs", "target", "quality"))
_SIZE, _FACTOR = numbers(MODELS, "image_size"), numbers(HARDWARE, "factor")
_MEMORY, _HOST_MEMORY = numbers(HARDWARE, "memory_gb"), numbers(HARDWARE, "host_memory_gb")
_HOST = np.array([VOCABULARY["host_cpu"].index(row["host_cpu"]) for row in HARDWARE.values()])
_TASK = np.array([TASKS.index(row["task"]) for row in MODELS.values()])
_PRECISION = np.array([PRECISIONS[name] for name in VOCABULARY["precision"]])
_RATES = {
    "adam": [85, 100, 150, 200],
    "adamw": [100, 200, 300, 500, 1000],
    "lamb": [2000, 4000, 10_000],
    "sgd": [80, 100, 120],
}
"""Base learning rates in millionths; of SGD, in thousandths of what follows from the batch."""


def _datasets(model: str) -> dict[str, int]:
    """Return what a model learns from: nobody trains for weeks on a million images with boxes."""
    found = weights(DATASETS, MODELS[model]["task"])
    effort = int(MODELS[model]["base_us"]) * int(MODELS[model]["epochs"])
    boxes = MODELS[model]["task"] != "classification"
    return {name: weight for name, weight in found.items() if not (boxes and effort > 100_000 and "openimages" in name)}


def _accelerators(model: str) -> dict[str, int]:
    """Return what a model is trained on: large ones on no small machine."""
    small = int(MODELS[model]["base_us"]) < LARGE_US
    return {
        name: int(HARDWARE[name]["weight"]) for name in ACCELERATORS if small or int(HARDWARE[name]["memory_gb"]) > 16
    }


def _run() -> dict[str, td.Field]:
    """Return what all phases of a run share, as its first record draws it."""
    return {
        "own_id": td.hexadecimal(12),
        "own_model": td.choice(weights(MODELS)),
        "own_task": td.derive(lambda model: _TASK[model], "own_model", values=TASKS),
        "own_dataset": td.choice({model: _datasets(model) for model in MODELS}, by="own_model"),
        "own_accelerator": td.choice({model: _accelerators(model) for model in MODELS}, by="own_model"),
        "own_count": td.choice(
            {name: [int(each) for each in HARDWARE[name]["counts"].split(",")] for name in ACCELERATORS},
            by="own_accelerator",
        ),
        "own_precision": td.choice({"fp32": 2, "tf32": 2, "fp16": 3, "bf16": 4}),
        "own_framework": td.choice({"torch-2.9": 7, "tensorflow-2.20": 2, "jax-0.8": 1}),
        "own_batch": td.choice([8, 16, 16, 32, 32, 64]),
        "own_luck": td.integer(-150, 220),
        "own_no_small": td.chance("0.06"),
        "own_speed": td.integer(*BAND),
    }


def _where() -> dict[str, td.Field]:
    """Return where a record stands in its run, and what it takes from it."""
    shared = {
        "run_id": "own_id",
        "model": "own_model",
        "task": "own_task",
        "dataset": "own_dataset",
        "r_accelerator": "own_accelerator",
    }
    shared |= {
        "r_count": "own_count",
        "r_precision": "own_precision",
        "r_framework": "own_framework",
        "batch_size": "own_batch",
    }
    shared |= {"luck": "own_luck", "no_small": "own_no_small", "speed": "own_speed"}
    return {
        "n": td.serial(),
        "block": td.derive(lambda n: n - n % BLOCK, "n"),
        "own_pattern": td.integer(0, len(PATTERNS) - 1),
        "pattern": td.refer("own_pattern", at="block"),
        "run_at": td.derive(lambda n, pattern: n - n % BLOCK + PATTERNS.chain[pattern, n % BLOCK], "n", "pattern"),
        "phase": td.derive(lambda n, pattern: PATTERNS.step[pattern, n % BLOCK], "n", "pattern", values=PHASES),
        "late_failure": td.chance("0.05"),
        "failed": td.derive(
            lambda n, pattern, late: (
                (PATTERNS.final[pattern, n % BLOCK] == 1) & ((PATTERNS.step[pattern, n % BLOCK] < _LAST) | late)
            ),
            "n",
            "pattern",
            "late_failure",
            boolean=True,
        ),
        "result": td.derive(lambda failed: failed.astype(np.int64), "failed", values=["success", "failure"]),
        "trains": td.derive(lambda phase: phase == 0, "phase", boolean=True),
        **{name: td.refer(field, at="run_at") for name, field in shared.items()},
        "benchmark": td.derive({name: row["benchmark"] for name, row in MODELS.items()}, "model"),
        "dataset_split": td.derive(lambda phase: phase, "phase", values=SPLITS),
        "image_count": td.derive(lambda dataset, phase: IMAGES[dataset, phase], "dataset", "phase"),
        "eval_count": td.derive(lambda dataset: IMAGES[dataset, 1], "dataset"),
        "image_size": td.derive(lambda model: _SIZE[model], "model"),
        "ruleset": td.choice(VOCABULARY["ruleset"]),
    }


def _hardware() -> dict[str, td.Field]:
    """Return what a phase runs on: inference often on something smaller."""
    return {
        "deployed": td.chance("0.55"),
        "on_edge": td.derive(lambda phase, deployed: (phase == _LAST) & deployed, "phase", "deployed", boolean=True),
        "accelerator": td.derive(
            lambda own, edge: np.where(edge, _HARDWARE.index(EDGE), own), "r_accelerator", "on_edge", values=_HARDWARE
        ),
        "accelerator_count": td.derive(lambda count, edge: np.where(edge, 1, count), "r_count", "on_edge"),
        "accelerator_memory_gb": td.derive(lambda accelerator: _MEMORY[accelerator], "accelerator"),
        "host_cpu": td.derive(lambda accelerator: _HOST[accelerator], "accelerator", values=VOCABULARY["host_cpu"]),
        "host_memory_gb": td.derive(lambda accelerator: _HOST_MEMORY[accelerator], "accelerator"),
        "precision": td.derive(
            lambda own, edge: np.where(edge, 4, own), "r_precision", "on_edge", values=VOCABULARY["precision"]
        ),
        "framework": td.derive(
            lambda own, edge: np.where(edge, 3, own), "r_framework", "on_edge", values=VOCABULARY["framework"]
        ),
    }


def _training() -> dict[str, td.Field]:
    """Return the settings of a training, and how far it came."""
    return {
        "planned": td.derive(lambda model: _EPOCHS[model], "model"),
        "reached": td.integer(0, 9_999),
        "begun": td.derive(
            lambda planned, failed, reached: np.where(failed, 1 + planned * reached // 10_000, planned),
            "planned",
            "failed",
            "reached",
        ),
        "epochs": td.derive(lambda begun: begun, "begun", when="trains"),
        "stopped": td.integer(20, 9_800),
        "images_done": td.derive(
            lambda images, failed, stopped: np.where(failed, images * stopped // 10_000, images),
            "image_count",
            "failed",
            "stopped",
        ),
        "usual_optimizer": td.derive({name: row["optimizer"] for name, row in MODELS.items()}, "model"),
        "chosen_optimizer": td.choice(
            {"adam": {"adam": 1}, "adamw": {"adamw": 9, "lamb": 1}, "sgd": {"sgd": 9, "lamb": 1}}, by="usual_optimizer"
        ),
        "optimizer": td.derive({name: name for name in _RATES}, "chosen_optimizer", when="trains"),
        "rate": td.choice(_RATES, by="chosen_optimizer"),
        "scaled": td.derive({name: int(name == "sgd") for name in _RATES}, "chosen_optimizer"),
        "learning_rate": td.derive(
            _learning_rate, "rate_number", "scaled", "task", "batch_size", "accelerator_count", places=6, when="trains"
        ),
        "rate_number": td.derive({rate: rate for rates in _RATES.values() for rate in rates}, "rate"),
        "drawn_seed": td.integer(1, (1 << 31) - 1),
        "seed": td.derive(lambda seed: seed, "drawn_seed", when="trains"),
        "global_batch_size": td.derive(
            lambda batch, count: batch * count, "batch_size", "accelerator_count", when="trains"
        ),
    }


def _learning_rate(rate: Ints, scaled: Ints, task: Ints, batch: Ints, count: Ints) -> Ints:
    """Return a learning rate in millionths; that of SGD grows with the batch: a tenth for 256 images, for boxes 0.02 for 16."""
    together = batch * count
    linear = np.where(task == 0, 100_000 * together // 256, np.minimum(20_000 * together // 16, 160_000))
    return np.where(scaled == 1, linear * rate // 100, rate)


def _timing() -> dict[str, td.Field]:
    """Return how long things take: longer for more images, and on slower hardware."""
    return {
        "per_image_us": td.derive(
            lambda model, accelerator, count, phase, precision, speed: np.maximum(
                1,
                _BASE[model]
                * _FACTOR[accelerator]
                * np.where(phase == 0, TRAINING_COST, 1)
                * _PRECISION[precision]
                * speed
                // (1_000_000_000 * count),
            ),
            "model",
            "accelerator",
            "accelerator_count",
            "phase",
            "precision",
            "speed",
        ),
        "startup_ms": td.quantiles([700, 1_400, 2_100, 3_300, 5_200, 9_000, 24_000]),
        "duration_ms": td.derive(
            lambda startup, begun, trains, images, done, each: (
                startup + ((np.where(trains, begun, 1) - 1) * images + done) * each // 1000
            ),
            "startup_ms",
            "begun",
            "trains",
            "image_count",
            "images_done",
            "per_image_us",
        ),
        "batch_us": td.derive(
            lambda batch, count, each: batch * count * each, "batch_size", "accelerator_count", "per_image_us"
        ),
        "spread": td.integer(1_050, 1_300),
        "tail": td.integer(1_100, 2_600),
        "p90_us": td.derive(lambda us, spread: us * spread // 1000, "batch_us", "spread"),
        "latency_p50_ms": td.derive(lambda us: us, "batch_us", places=3),
        "latency_p90_ms": td.derive(lambda us: us, "p90_us", places=3),
        "latency_p99_ms": td.derive(lambda us, tail: us * tail // 1000, "p90_us", "tail", places=3),
        "delay": td.integer(0, 480_000),
        "end_ms": td.derive(lambda n, delay: START + n * EVERY + delay, "n", "delay"),
        "start_ms": td.derive(lambda end, duration: end - duration, "end_ms", "duration_ms"),
        "run_ms": td.derive(lambda start, startup: start + startup, "start_ms", "startup_ms"),
        "timestamp": td.derive(lambda ms: ms * 1000, "end_ms", moment="%Y-%m-%dT%H:%M:%S.%LZ"),
        "started": td.derive(lambda ms: ms * 1000, "start_ms", moment="%Y-%m-%dT%H:%M:%S.%LZ"),
    }


def quality_of(model: Ints, luck: Ints, phase: Ints, off: Ints) -> Ints:
    """Return what a phase measures, in ten-thousandths: a training reaches its target, later phases a little less or more."""
    trained = np.maximum(_TARGET[model], _QUALITY[model] + luck)
    measured: Ints = np.where(phase == 0, trained, trained - 60 + off)
    return measured


def _share(name: str, of: str, low: int, high: int) -> dict[str, td.Field]:
    """Return a statistic as so many thousandths of another one."""
    return {
        f"{name}_share": td.integer(low, high),
        f"{name}_all": td.derive(lambda whole, share: np.minimum(9_990, whole * share // 1000), of, f"{name}_share"),
    }


def _metrics() -> dict[str, td.Field]:
    """Return what was measured: the twelve statistics of COCO, or shares of right classes."""
    measured = "result = success and phase != inference"
    finer = {"ap_medium": ("ap_all", 1_020, 1_110), "ap_large": ("ap_all", 1_180, 1_310), "ar_1": ("ap_all", 790, 880)}
    finer |= {
        "ar_10": ("ap_all", 1_240, 1_350),
        "ar_100": ("ar_10_all", 1_010, 1_070),
        "ar_medium": ("ar_100_all", 1_040, 1_110),
    }
    finer |= {
        "ar_large": ("ar_100_all", 1_160, 1_270),
        "ap_little": ("ap_all", 430, 600),
        "ar_little": ("ar_100_all", 540, 660),
    }
    fields: dict[str, td.Field] = {
        "off": td.integer(0, 90),
        "ap_all": td.derive(quality_of, "model", "luck", "phase", "off"),
        "ap50_share": td.integer(2_800, 3_600),
        "ap50_all": td.derive(lambda ap, share: ap + (10_000 - ap) * share // 10_000, "ap_all", "ap50_share"),
        "ap75_share": td.integer(100, 350),
        "ap75_all": td.derive(
            lambda ap, most, share: ap + (most - ap) * share // 1000, "ap_all", "ap50_all", "ap75_share"
        ),
        "right_share": td.integer(6_500, 7_900),
        "top1": td.derive(lambda q: q, "ap_all", places=4, when=f"{measured} and task = classification"),
        "top5": td.derive(
            lambda q, share: q + (10_000 - q) * share // 10_000,
            "ap_all",
            "right_share",
            places=4,
            when=f"{measured} and task = classification",
        ),
    }
    for name, (of, low, high) in finer.items():
        fields |= _share(name, of, low, high)
    for kind in ("ap", "ar"):
        fields[f"{kind}_small_all"] = td.derive(
            lambda little, none: np.where(none, -10_000, little), f"{kind}_little_all", "no_small"
        )
    return fields | {
        name: td.derive(lambda value: value, f"{name}_all", places=4, when=f"{measured} and task != classification")
        for name in STATISTICS
    }


def _accuracy(number: Ints, planned: Ints, reached: Ints) -> Ints:
    """Return what an epoch reaches: more each time, and the quality of the training in the last one planned."""
    left = np.maximum(planned - number, 0)
    accuracy: Ints = reached * (1000 - 620 * left * left // (planned * planned)) // 1000
    return accuracy


def _raw() -> dict[str, td.Field]:
    """Return the raw forms."""
    return {
        "epoch_lines": td.each(
            "begun",
            {
                "number": td.serial(1),
                "epoch_ms": td.derive(
                    lambda number, run, images, each: run + (number - 1) * images * each // 1000,
                    "number",
                    "run_ms",
                    "image_count",
                    "per_image_us",
                ),
                "epoch_end_ms": td.derive(
                    lambda number, run, images, each: run + number * images * each // 1000,
                    "number",
                    "run_ms",
                    "image_count",
                    "per_image_us",
                ),
                "accuracy": td.derive(_accuracy, "number", "planned", "ap_all", places=4),
                "whole": td.derive(
                    lambda number, begun, failed: (number < begun) | ~failed, "number", "begun", "failed", boolean=True
                ),
                "text": td.text(epoch()),
            },
        ),
        "mllog": td.text(MLLOG, when="trains"),
        "json": td.text(JSON),
    }


recipe = td.Recipe(
    "logs.cv",
    {**_where(), **_run(), **_hardware(), **_training(), **_timing(), **_metrics(), **errors(), **_raw()},
    version="1",
    columns=INVENTORY.names,
    labels=["result"],
    entities=["none of them"],
    files=[
        td.File("{name}_valid.jsonl"),
        td.File("raw/{name}_raw.jsonl", ["json"], "text"),
        td.File("raw/{name}_raw.log", ["mllog"]),
    ],
    epoch="2026-01-01T00:00:00Z",
    doc="Phases of computer vision runs: metrics, latency, hardware, results; as records, as JSON and as MLLOG lines.",
)
