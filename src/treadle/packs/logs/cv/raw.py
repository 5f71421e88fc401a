"""The raw forms of a computer vision record as templates of the recipe: MLLOG lines, and JSON as an evaluation script writes it."""

from __future__ import annotations

import treadle as td
from treadle.packs.logs.cv.catalog import INVENTORY, STATISTICS

GROUPS = {
    "run": {"id": "run_id", "phase": "phase", "started": "started", "ended": "timestamp", "ruleset": "ruleset"},
    "model": {"name": "model", "benchmark": "benchmark", "task": "task", "image_size": "image_size", "precision": "precision",
              "framework": "framework"},
    "dataset": {"name": "dataset", "split": "dataset_split", "images": "image_count", "images_done": "images_done"},
    "training": {"epochs": "epochs", "optimizer": "optimizer", "learning_rate": "learning_rate",
                 "global_batch_size": "global_batch_size", "seed": "seed"},
    "hardware": {"accelerator": "accelerator", "count": "accelerator_count", "memory_gb": "accelerator_memory_gb",
                 "cpu": "host_cpu",
                 "host_memory_gb": "host_memory_gb"},
    "timing": {"startup_ms": "startup_ms", "per_image_us": "per_image_us", "duration_ms": "duration_ms", "batch_size": "batch_size",
               "latency_ms.p50": "latency_p50_ms", "latency_ms.p90": "latency_p90_ms", "latency_ms.p99": "latency_p99_ms"},
    "classification": {"top1": "top1", "top5": "top5"},
    "result": {"status": "result", "error_type": "error_type", "error_message": "error_message"},
}  # fmt: skip
"""Where each field stands in the JSON; the twelve statistics are the list `coco_eval.stats`."""


def _value(name: str) -> str:
    entry = next(each for each in INVENTORY.fields if each.name == name)
    slot = f'"{{{name}|json}}"' if entry.type == "string" else f"{{{name}}}"
    return f"{{if {name} is present}}{slot}{{else}}null{{/if}}" if entry.nullable else slot


def _json() -> str:
    groups = []
    for group, fields in GROUPS.items():
        inner = ",".join(f'"{key}":{_value(name)}' for key, name in fields.items())
        groups.append(f'"{group}":\\{{{inner}\\}}')
    stats = ",".join(_value(name) for name in STATISTICS)
    return "\\{" + ",".join([*groups, f'"coco_eval":\\{{"stats":\\[{stats}\\]\\}}']) + "\\}"


JSON = _json()

FILE = "train.py"


def line(key: str, value: str, time: str, lineno: int, kind: str = "POINT_IN_TIME", metadata: str = "") -> str:
    """Return an MLLOG line as a template."""
    head = td.escape(':::MLLOG {"namespace": "", "time_ms": ')
    middle = td.escape(f', "event_type": "{kind}", "key": "{key}", "value": ')
    tail = td.escape(f', "metadata": {{"file": "{FILE}", "lineno": {lineno}')
    return f"{head}{{{time}}}{middle}{value}{tail}{metadata}\\}}\\}}"


def _block() -> str:
    settings = [
        ("submission_org", '"ExampleVision"'), ("submission_platform", '"{accelerator_count}x{accelerator}"'),
        ("submission_division", '"closed"'), ("submission_status", '"research"'), ("submission_benchmark", '"{benchmark}"'),
        ("seed", "{seed}"), ("train_samples", "{image_count}"), ("eval_samples", "{eval_count}"),
        ("gradient_accumulation_steps", "1"), ("global_batch_size", "{global_batch_size}"), ("opt_name", '"{optimizer}"'),
        ("opt_base_learning_rate", "{learning_rate}"), ("opt_weight_decay", "0.0"),
        ("opt_learning_rate_warmup_epochs", "1"), ("opt_learning_rate_warmup_factor", "0.001"),
    ]  # fmt: skip
    lines = [line("cache_clear", "true", "start_ms", 61), line("init_start", "null", "start_ms", 64, "INTERVAL_START")]
    lines += [line(key, value, "start_ms", 70 + number) for number, (key, value) in enumerate(settings)]
    lines += [
        line("init_stop", "null", "run_ms", 118, "INTERVAL_END"),
        line("run_start", "null", "run_ms", 121, "INTERVAL_START"),
    ]
    status = ', "status": "{if result = success}success{else}aborted{/if}"'
    return "\\n".join(
        [*lines, '{epoch_lines.text|join("\\n")}', line("run_stop", "null", "end_ms", 204, "INTERVAL_END", status)]
    )


MLLOG = _block()
"""A training as a block of lines: its settings, its epochs with what each reached, and how it ended."""


def epoch() -> str:
    """Return the lines of an epoch: one that a failed training did not finish has its first alone."""
    number = ', "epoch_num": {number}'
    first = line("epoch_start", "null", "epoch_ms", 133, "INTERVAL_START", number)
    rest = [
        line("epoch_stop", "null", "epoch_end_ms", 160, "INTERVAL_END", number),
        line("eval_start", "null", "epoch_end_ms", 164, "INTERVAL_START", number),
        line("eval_accuracy", "{accuracy}", "epoch_end_ms", 171, metadata=number),
        line("eval_stop", "null", "epoch_end_ms", 176, "INTERVAL_END", number),
    ]
    return first + "{if whole}\\n" + "\\n".join(rest) + "{/if}"
