"""What must hold between the fields of a computer vision record; each rule with a change that breaks it alone."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from treadle.packs.logs.cv.catalog import (
    BAND,
    DATASETS,
    EDGE,
    HARDWARE,
    MODELS,
    PHASES,
    PRECISIONS,
    SPLITS,
    STATISTICS,
    TRAINING_COST,
    metric_of,
)
from treadle.packs.logs.domain import Fault, Record, Rule, changed
from treadle.packs.logs.moments import micros_of, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TRAINING_FIELDS = ("epochs", "optimizer", "learning_rate", "seed", "global_batch_size")


def ordered(*names: str) -> Callable[[Record], Iterator[Fault]]:
    """Return a check that values do not fall from one field to the next; those that are null or -1 are passed over."""

    def check(record: Record) -> Iterator[Fault]:
        held = [(name, record[name]) for name in names if record[name] is not None and record[name] != -1]
        for (low, least), (high, value) in pairwise(held):
            if value < least:
                yield f"/{high}", f"at least {low}, {least}", str(value)

    return check


def _model(record: Record) -> Iterator[Fault]:
    row = MODELS[record["model"]]
    for name in ("task", "benchmark"):
        if record[name] != row[name]:
            yield f"/{name}", f"{row[name]} for {record['model']}", record[name]


def _dataset(record: Record) -> Iterator[Fault]:
    row = DATASETS[record["dataset"]]
    if row["task"] != record["task"]:
        yield "/dataset", f"a data set for {record['task']}", record["dataset"]
    elif record["image_count"] != int(row[record["dataset_split"]]):
        yield (
            "/image_count",
            f"{row[record['dataset_split']]}, the size of {record['dataset']} {record['dataset_split']}",
            str(record["image_count"]),
        )


def _split(record: Record) -> Iterator[Fault]:
    wanted = SPLITS[PHASES.index(record["phase"])]
    if record["dataset_split"] != wanted:
        yield "/dataset_split", f"{wanted} in {record['phase']}", record["dataset_split"]


def _hardware(record: Record) -> Iterator[Fault]:
    row = HARDWARE[record["accelerator"]]
    for name, key in (
        ("accelerator_memory_gb", "memory_gb"),
        ("host_memory_gb", "host_memory_gb"),
        ("host_cpu", "host_cpu"),
    ):
        if str(record[name]) != row[key]:
            yield f"/{name}", f"{row[key]} with {record['accelerator']}", str(record[name])


def _edge(record: Record) -> Iterator[Fault]:
    if (record["accelerator"] == EDGE) and record["phase"] != "inference":
        yield "/phase", f"inference on {EDGE}", record["phase"]


def _training(record: Record) -> Iterator[Fault]:
    for name in TRAINING_FIELDS:
        if (record[name] is None) == (record["phase"] == "training"):
            yield f"/{name}", "a value in a training, else null", str(record[name])


def _batch(record: Record) -> Iterator[Fault]:
    wanted = record["batch_size"] * record["accelerator_count"]
    if record["global_batch_size"] not in {None, wanted}:
        yield "/global_batch_size", f"{wanted}, batches of all accelerators", str(record["global_batch_size"])


def _done(record: Record) -> Iterator[Fault]:
    done, count, failed = record["images_done"], record["image_count"], record["result"] == "failure"
    if (done >= count) if failed else (done != count):
        yield "/images_done", f"{'fewer than ' if failed else ''}{count}", str(done)


def _speed(record: Record) -> Iterator[Fault]:
    cost = TRAINING_COST if record["phase"] == "training" else 1
    usual = int(MODELS[record["model"]]["base_us"]) * int(HARDWARE[record["accelerator"]]["factor"]) * cost
    usual *= PRECISIONS[record["precision"]]
    low, high = (max(1, usual * share // (1_000_000_000 * record["accelerator_count"])) for share in BAND)
    if not low <= record["per_image_us"] <= high:
        yield (
            "/per_image_us",
            f"from {low} to {high} for {record['model']} on {record['accelerator']}",
            str(record["per_image_us"]),
        )


def _duration(record: Record) -> Iterator[Fault]:
    images = ((record["epochs"] or 1) - 1) * record["image_count"] + record["images_done"]
    wanted = record["startup_ms"] + images * record["per_image_us"] // 1000
    if record["duration_ms"] != wanted:
        yield "/duration_ms", f"{wanted}, the start and {images} images", str(record["duration_ms"])


def _latency(record: Record) -> Iterator[Fault]:
    wanted = record["batch_size"] * record["accelerator_count"] * record["per_image_us"]
    if round(record["latency_p50_ms"] * 1000) != wanted:
        yield "/latency_p50_ms", f"{wanted / 1000}, the images of a batch", str(record["latency_p50_ms"])


def _clock(record: Record) -> Iterator[Fault]:
    if milliseconds(record["timestamp"]) - milliseconds(record["started"]) != record["duration_ms"]:
        yield "/started", f"{record['duration_ms']} ms before {record['timestamp']}", record["started"]


def milliseconds(text: str) -> int:
    """Return a time as milliseconds since 1970."""
    return micros_of(text) // 1000


def _metrics(record: Record) -> Iterator[Fault]:
    measured = record["result"] == "success" and record["phase"] != "inference"
    classes = measured and record["task"] == "classification"
    boxes = measured and not classes
    for names, wanted in ((("top1", "top5"), classes), (STATISTICS, boxes)):
        for name in names:
            if (record[name] is not None) != wanted:
                yield f"/{name}", "a value" if wanted else "null", str(record[name])


def _areas(record: Record) -> Iterator[Fault]:
    for area in ("small", "medium", "large"):
        if (record[f"ap_{area}"] == -1) != (record[f"ar_{area}"] == -1):
            yield f"/ar_{area}", f"-1 where ap_{area} is, and only there", str(record[f"ar_{area}"])


def _range(record: Record) -> Iterator[Fault]:
    for name in STATISTICS:
        value = record[name]
        if value is not None and value < 0 and value != -1:
            yield f"/{name}", "from 0 to 1, or -1", str(value)


def _recall(record: Record) -> Iterator[Fault]:
    if record["ap"] is not None and record["ap"] > record["ar_100"]:
        yield "/ar_100", f"at least ap, {record['ap']}", str(record["ar_100"])


def _target(record: Record) -> Iterator[Fault]:
    name = metric_of(record["model"])
    least = Fraction(MODELS[record["model"]]["target"]) / 10_000
    if record["phase"] == "training" and record[name] is not None and Fraction(str(record[name])) < least:
        yield f"/{name}", f"at least {float(least)}, the target of {record['benchmark']}", str(record[name])


def _error(record: Record) -> Iterator[Fault]:
    for name in ("error_type", "error_message"):
        if (record[name] is not None) != (record["result"] == "failure"):
            yield f"/{name}", "a text where the phase failed, else null", str(record[name])


def _has(name: str, **values: Any) -> Callable[[Record], Record | None]:  # noqa: ANN401  # JSON values
    return lambda record: changed(record, **values) if record[name] is not None else None


def _moved(name: str, by: float, needs: str = "") -> Callable[[Record], Record | None]:
    return lambda record: (
        None if record[needs or name] is None else changed(record, **{name: round(record[name] + by, 6)})
    )


def _if_training(**values: Any) -> Callable[[Record], Record | None]:  # noqa: ANN401  # JSON values
    return lambda record: changed(record, **values) if record["phase"] == "training" else None


def _below(name: str, of: str, by: float) -> Callable[[Record], Record | None]:
    return lambda record: None if record[of] is None else changed(record, **{name: round(record[of] - by, 4)})


def again(record: Record, images: int) -> int:
    """Return the duration with more or fewer images."""
    done = ((record["epochs"] or 1) - 1) * record["image_count"] + record["images_done"] + images
    return int(record["startup_ms"] + done * record["per_image_us"] // 1000)


def earlier(record: Record, duration: int) -> str:
    """Return when a phase of this duration began."""
    return text_of((milliseconds(record["timestamp"]) - duration) * 1000)[:-4] + "Z"


def _slower(record: Record) -> Record:
    """Return a record whose images take ten times as long, and all that follows from it."""
    slow = {**record, "per_image_us": record["per_image_us"] * 10}
    duration = again(slow, 0)
    latency = {name: round(record[name] * 10, 3) for name in ("latency_p50_ms", "latency_p90_ms", "latency_p99_ms")}
    return changed(slow, duration_ms=duration, started=earlier(slow, duration), **latency)


RULES = (
    Rule(
        "model",
        "task and benchmark are those of the model",
        _model,
        lambda record: changed(
            record,
            benchmark="chess" if record["benchmark"] == "" else ("vit" if record["benchmark"] != "vit" else "resnet"),
        ),
    ),
    Rule(
        "dataset",
        "the data set fits the task, and has its size",
        _dataset,
        lambda record: (
            changed(record, image_count=record["image_count"] + 1, images_done=record["images_done"])
            if record["result"] == "failure" and record["epochs"] in {None, 1}
            else None
        ),
    ),
    Rule(
        "split",
        "each phase reads its part of the data",
        _split,
        lambda record: (
            changed(record, dataset_split="test")
            if record["phase"] == "validation" and record["dataset"] == "imagenet-2012"
            else None
        ),
    ),
    Rule(
        "hardware",
        "memory and processor go with the accelerator",
        _hardware,
        lambda record: changed(record, host_memory_gb=record["host_memory_gb"] + 1),
    ),
    Rule(
        "edge",
        "the edge runs inference alone",
        _edge,
        lambda record: (
            changed(record, phase="test", dataset_split="test")
            if record["accelerator"] == EDGE
            and record["result"] == "failure"
            and DATASETS[record["dataset"]]["test"] == DATASETS[record["dataset"]]["inference"]
            else None
        ),
    ),
    Rule("training", "settings of a training are there in trainings alone", _training, _if_training(seed=None)),
    Rule("batch", "the global batch is that of all accelerators", _batch, _moved("global_batch_size", 1)),
    Rule(
        "done",
        "all images are read, unless the phase fails",
        _done,
        lambda record: (
            changed(
                record,
                images_done=record["images_done"] - 1,
                duration_ms=again(record, -1),
                started=earlier(record, again(record, -1)),
            )
            if record["result"] == "success"
            else None
        ),
    ),
    Rule("speed", "the time for an image fits model and hardware", _speed, _slower),
    Rule(
        "duration",
        "the time grows with the images",
        _duration,
        lambda record: changed(
            record, duration_ms=record["duration_ms"] + 1000, started=earlier(record, record["duration_ms"] + 1000)
        ),
    ),
    Rule(
        "latency",
        "a batch takes the time of its images",
        _latency,
        lambda record: changed(record, latency_p50_ms=round(record["latency_p50_ms"] - 0.005, 3)),
    ),
    Rule(
        "percentiles",
        "percentiles do not fall",
        ordered("latency_p50_ms", "latency_p90_ms", "latency_p99_ms"),
        lambda record: changed(record, latency_p99_ms=round(record["latency_p90_ms"] - 0.001, 3)),
    ),
    Rule(
        "clock",
        "a phase ends after its duration",
        _clock,
        lambda record: changed(record, started=earlier(record, record["duration_ms"] + 1)),
    ),
    Rule("metrics", "what is measured fits task, phase and result", _metrics, _has("top5", top5=None)),
    Rule("top", "the five likeliest hold the likeliest", ordered("top1", "top5"), _below("top5", "top1", 0.01)),
    Rule(
        "overlap",
        "AP at .50 is at least AP",
        ordered("ap", "ap50"),
        lambda record: (
            None
            if record["ap"] is None or record["ap75"] >= record["ap50"]
            else changed(record, ap50=round(record["ap"] - 0.001, 4), ap75=round(record["ap"] - 0.002, 4))
        ),
    ),
    Rule(
        "strict",
        "AP at .75 is at most AP at .50",
        ordered("ap75", "ap50"),
        lambda record: None if record["ap"] is None else changed(record, ap75=round(record["ap50"] + 0.01, 4)),
    ),
    Rule(
        "detections",
        "AR does not fall with more detections",
        ordered("ar_1", "ar_10", "ar_100"),
        lambda record: None if record["ap"] is None else changed(record, ar_10=round(record["ar_1"] - 0.02, 4)),
    ),
    Rule(
        "recall",
        "AP is at most AR with a hundred detections",
        _recall,
        lambda record: None if record["ap"] is None else changed(record, ar_1=0.01, ar_10=0.02, ar_100=0.03),
    ),
    Rule(
        "areas",
        "an area without objects has neither AP nor AR",
        _areas,
        _has("ar_small", ar_small=-1)
        if False
        else (lambda record: None if record["ap_small"] in {None, -1} else changed(record, ar_small=-1)),
    ),
    Rule("range", "a statistic is from 0 to 1, or -1", _range, _has("ap_small", ap_small=-0.5)),
    Rule(
        "target",
        "a training that succeeds reaches its target",
        _target,
        lambda record: (
            changed(record, top1=0.31) if record["phase"] == "training" and record["top1"] is not None else None
        ),
    ),
    Rule(
        "error",
        "there is an error where the phase failed, and only there",
        _error,
        lambda record: changed(record, error_message=None) if record["result"] == "failure" else None,
    ),
)
