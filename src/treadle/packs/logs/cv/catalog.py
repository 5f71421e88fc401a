"""Models, data sets, hardware and errors, from the data files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from treadle.packs.logs.inventory import read_inventory
from treadle.packs.logs.tables import table

HERE = Path(__file__).parent
DATA = HERE / "data"
INVENTORY = read_inventory(HERE / "inventory.toml")
VOCABULARY = INVENTORY.vocabulary
PHASES, TASKS = VOCABULARY["phase"], VOCABULARY["task"]
SPLITS = VOCABULARY["split"]
MODELS = {row["model"]: row for row in table(DATA / "models.tsv")}
DATASETS = {row["dataset"]: row for row in table(DATA / "datasets.tsv")}
HARDWARE = {row["accelerator"]: row for row in table(DATA / "hardware.tsv")}
ERRORS = {row["type"]: row for row in table(DATA / "errors.tsv")}
BENCHMARKS = {row["benchmark"]: row["model"] for row in MODELS.values()}
IMAGES = np.array([[int(row[split]) for split in SPLITS] for row in DATASETS.values()])
"""How many images each part of a data set has, shape (data sets, parts)."""
EDGE = "edge-npu-2"
"""The accelerator that only inference runs on."""
TRAINING_COST = 3
"""How much longer an image takes to learn from than to look at."""
PRECISIONS = {"fp32": 1900, "tf32": 1250, "fp16": 1000, "bf16": 1000, "int8": 1000}
"""The time for an image by the precision of its numbers, in thousandths of that at half precision."""
BAND = (900, 1500)
"""How far the time for an image is from the usual, in thousandths."""
STATISTICS = (
    "ap", "ap50", "ap75", "ap_small", "ap_medium", "ap_large", "ar_1", "ar_10", "ar_100", "ar_small", "ar_medium", "ar_large",
)  # fmt: skip
"""The twelve statistics of the COCO evaluation, in its order."""


def numbers(rows: dict[str, dict[str, str]], name: str) -> np.ndarray:
    """Return a column of integers."""
    return np.array([int(row[name]) for row in rows.values()], np.int64)


def weights(rows: dict[str, dict[str, str]], task: str = "") -> dict[str, int]:
    """Return the names of rows with their weights: all, or those of a task."""
    return {name: int(row["weight"]) for name, row in rows.items() if not task or row["task"] == task}


def metric_of(model: str) -> str:
    """Return the field that tells a model's quality."""
    return "top1" if MODELS[model]["task"] == "classification" else "ap"
