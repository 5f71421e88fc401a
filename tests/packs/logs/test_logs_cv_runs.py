"""Runs make sense: settings that people use, hardware that a model fits on, failures that could have happened."""

from __future__ import annotations

import re

import pytest

from treadle.packs.logs.cv.catalog import HARDWARE, MODELS, PRECISIONS


@pytest.fixture(scope="module")
def phases(records):
    return records("cv", 0, 8192)


@pytest.fixture(scope="module")
def failures(phases):
    return [phase for phase in phases if phase["result"] == "failure"]


def test_learning_rates_are_those_of_the_optimizer(phases):
    """SGD learns in large steps that grow with the batch, Adam and its kin in small ones."""
    trainings = [phase for phase in phases if phase["phase"] == "training"]
    for phase in trainings:
        rate, together = phase["learning_rate"], phase["global_batch_size"]
        if phase["optimizer"] != "sgd":
            assert 1e-5 < rate <= (0.01 if phase["optimizer"] == "lamb" else 0.001)
        elif phase["task"] == "classification":
            assert 0.08 * together / 256 - 1e-6 <= rate <= 0.12 * together / 256
        else:
            assert 0.005 < rate < 0.2
        assert phase["optimizer"] in {MODELS[phase["model"]]["optimizer"], "lamb"}
    assert {phase["optimizer"] for phase in trainings} == {"sgd", "adam", "adamw", "lamb"}


def test_full_precision_takes_longer(phases):
    """Of one model on one accelerator, an image takes about as much longer as the table says."""
    times = {name: [] for name in PRECISIONS}
    for phase in phases:
        if phase["phase"] == "validation" and phase["model"] == "retinanet-resnext50":
            factor = int(HARDWARE[phase["accelerator"]]["factor"])
            times[phase["precision"]].append(phase["per_image_us"] * phase["accelerator_count"] / factor)
    mean = {name: sum(held) / len(held) for name, held in times.items() if held}
    assert mean["bf16"] * 1.1 < mean["tf32"] < mean["fp32"] * 0.8


def test_large_models_are_trained_on_large_machines(phases):
    for phase in phases:
        if int(MODELS[phase["model"]]["base_us"]) >= 2_500 and phase["phase"] == "training":
            assert phase["accelerator_memory_gb"] > 16


def test_a_failure_could_have_happened(failures):
    """No more memory than there is, no rank that waits for itself, no wait that is longer than the phase, no step ahead."""
    kinds = set()
    for each in failures:
        message, kind = each["error_message"], each["error_type"]
        kinds.add(kind)
        if kind == "OutOfMemory":
            assert int(re.search(r"allocate ([0-9]+) MiB", message)[1]) < each["accelerator_memory_gb"] * 1024
        elif kind == "CollectiveTimeout":
            assert each["accelerator_count"] > 1
        if kind in {"DataLoaderTimeout", "CollectiveTimeout"}:
            seconds = int(re.search(r"([0-9]+) s\b", message)[1])
            assert seconds == 1 or seconds * 1000 <= each["duration_ms"]
        elif kind == "LossDiverged":
            done = (each["epochs"] - 1) * each["image_count"] + each["images_done"]
            assert int(re.search(r"step ([0-9]+)", message)[1]) == max(1, done // each["global_batch_size"])
        elif kind == "Preempted":
            assert each["phase"] != "inference"
    assert len(kinds) >= 10


def test_who_needs_no_annotations_misses_none(failures):
    """Inference reads images alone."""
    missed = [phase for phase in failures if phase["error_type"] == "AnnotationMissing"]
    assert missed
    assert not [phase for phase in missed if phase["phase"] == "inference"]
