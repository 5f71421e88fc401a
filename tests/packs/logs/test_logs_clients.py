"""Programs that nobody here wrote read what is generated: goaccess, the MLPerf checker, OpenTelemetry's protocol buffers.

Each is skipped with a message where it is not installed; `.ci/run` installs them all.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from packs.logs.conftest import NAMES
from running import treadle_here
from treadle.packs.logs.mutants import mutants
from treadle.run.domains import find_domain, records_of

ROOT = Path(__file__).resolve().parents[3]
COUNT = 100_000
CLIENTS = ROOT / ".venv-clients" / "bin" / "python"
"""Where `make clients` puts what must not stand beside the project's own packages."""


def raw(name, count, folder):
    """Write the raw files of a domain."""
    assert treadle_here("generate", f"logs.{name}", "-n", count, "--files", "valid,raw", "-o", folder, "--quiet") == 0
    return folder / "raw"


def read_records(path):
    """Return the records of a file."""
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


@pytest.mark.skipif(shutil.which("goaccess") is None, reason="goaccess is not installed: apt-get install goaccess")
def test_goaccess_reads_every_line(tmp_path):
    """100,000 lines, none of which fails; its totals are ours."""
    log = raw("api", COUNT, tmp_path) / "api_raw.log"
    report = tmp_path / "report.json"
    subprocess.run(
        ["goaccess", str(log), "--log-format=COMBINED", "--no-progress", "--no-global-config", "-o", str(report)],
        check=True, capture_output=True, env={**os.environ, "TZ": "UTC"}, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    found = json.loads(report.read_text("utf-8"))
    general = found["general"]
    assert (general["total_requests"], general["valid_requests"], general["failed_requests"]) == (COUNT, COUNT, 0)
    records = read_records(tmp_path / "api_valid.jsonl")
    assert general["bandwidth"] == sum(record["http_response_body_size"] or 0 for record in records)
    codes = Counter(str(record["http_response_status_code"] or 499) for record in records)
    told = {
        item["data"][:3]: item["hits"]["count"]
        for group in found["status_codes"]["data"]
        for item in group.get("items", [])
    }
    assert told == codes
    days = Counter(record["timestamp"][:10].replace("-", "") for record in records)
    assert {each["data"]: each["hits"]["count"] for each in found["visitors"]["data"]} == days


DRIVER = """
import io, json, sys
from contextlib import redirect_stdout
from mlperf_logging.compliance_checker import mlp_compliance
for line in sys.stdin:
    path = json.loads(line)
    checker = mlp_compliance.make_checker("training", "5.1.0", True, False)
    mlp_compliance.enqueued_configs.clear()
    try:
        with redirect_stdout(io.StringIO()):
            valid = mlp_compliance.main(path, "training_5.1.0/common.yaml", checker)[0]
    except Exception:
        valid = False
    print(json.dumps(bool(valid)), flush=True)
"""


def checkers():
    """Return a Python that has the MLPerf checker; None where there is none."""
    for python in (str(CLIENTS), sys.executable):
        found = Path(python).exists() and subprocess.run(
            [python, "-c", "import mlperf_logging.compliance_checker.mlp_compliance"], check=False, capture_output=True
        )
        if found and found.returncode == 0:
            return python
    return None


def verdicts(python, blocks, folder):
    """Return what the unmodified checker says of each block, rules of training 5.1.0."""
    paths = []
    for number, block in enumerate(blocks):
        paths.append(folder / f"{number}.log")
        paths[-1].write_text(block + "\n", encoding="utf-8")
    done = subprocess.run(
        [python, "-c", DRIVER],
        input="".join(json.dumps(str(path)) + "\n" for path in paths),
        check=True,
        capture_output=True,
        text=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


UNKNOWN_TO_IT = {
    "cv.mllog.prefix", "cv.mllog.time", "cv.mllog.back", "cv.mllog.event-type", "cv.mllog.fields", "cv.mllog.metadata",
    "cv.mllog.platform", "cv.mllog.rate", "cv.mllog.samples", "cv.mllog.epoch-order", "cv.mllog.seed.missing",
    "cv.mllog.seed.twice",
}  # fmt: skip
"""Rules of ours that the checker does not have: it lets a damaged line vanish, and looks at neither types nor clocks."""


def test_the_mlperf_checker_agrees(tmp_path):
    """It accepts 100 valid RetinaNet trainings, and rejects each mutant of them but for rules that it does not have."""
    python = checkers()
    if python is None:
        pytest.skip("mlperf-logging is not installed: make clients")
    domain, take = find_domain("cv")[1], records_of("logs.cv", 42)
    trainings = [
        number for number, record in enumerate(take(0, 8_192))
        if (record["phase"], record["benchmark"], record["result"]) == ("training", "retinanet", "success")
    ]  # fmt: skip
    import treadle as td  # noqa: PLC0415  # the rest of the module needs it not

    dataset = td.generate("logs.cv", columns=["mllog"], truth=False)
    blocks = [dataset.record(number)["mllog"] for number in trainings[:100]]
    assert len(blocks) == 100
    assert verdicts(python, blocks, tmp_path) == [True] * 100
    rules = {f"cv.mllog.{rule.name}": rule.break_(blocks[0]) for rule in domain.forms["mllog"].rules}
    said = dict(zip(rules, verdicts(python, list(rules.values()), tmp_path), strict=True))
    assert {name for name, valid in said.items() if valid} <= UNKNOWN_TO_IT
    assert sum(not valid for valid in said.values()) > 30


@pytest.mark.parametrize("name", [name for name in NAMES if "otlp" in find_domain(name)[1].forms])
def test_opentelemetry_reads_every_line(name, tmp_path):
    """Ids, parents, times and attributes of each span agree with the records."""
    trace_service = pytest.importorskip(
        "opentelemetry.proto.collector.trace.v1.trace_service_pb2", reason="opentelemetry-proto is not installed: make"
    )
    json_format = pytest.importorskip("google.protobuf.json_format", reason="protobuf is not installed: make")
    folder = raw(name, 3_000, tmp_path)
    records = read_records(tmp_path / f"{name}_valid.jsonl")
    lines = (folder / f"{name}_raw.otlp.jsonl").read_text("utf-8").splitlines()
    assert len(lines) == len(records)
    for line, record in zip(lines, records, strict=True):
        message = json_format.Parse(with_base64_ids(line), trace_service.ExportTraceServiceRequest())
        (scope,) = message.resource_spans[0].scope_spans
        root, *others = scope.spans
        assert (len(root.trace_id), len(root.span_id)) == (16, 8)
        assert root.trace_id.hex() == record["trace_id"]
        assert root.span_id.hex() == record["span_id"]
        assert root.parent_span_id.hex() == (record.get("parent_span_id") or "")
        assert round((root.end_time_unix_nano - root.start_time_unix_nano) / 1e9, 6) == record["duration"]
        assert (root.status.code == 2) == (record["status"] == "ERROR")
        check_attributes(root, record, find_domain(name)[1].inventory.fields)
        steps = record.get("steps", [])
        assert len(others) == len(steps)
        for span, step in zip(others, steps, strict=True):
            assert (span.span_id.hex(), span.parent_span_id.hex(), span.name) == (
                step["span_id"],
                record["span_id"],
                step["name"],
            )
            check_attributes(
                span, step, next(each for each in find_domain(name)[1].inventory.fields if each.fields).fields
            )


def with_base64_ids(line):
    """Return a line with its hex ids in base64: the JSON parser of protocol buffers reads hex as base64, without a word."""
    return re.sub(
        r'"(traceId|spanId|parentSpanId)":"([0-9a-f]+)"',
        lambda found: f'"{found[1]}":"{base64.b64encode(bytes.fromhex(found[2])).decode()}"',
        line,
    )


def check_attributes(span, record, fields):
    held = {each.key: each.value for each in span.attributes}
    for each in fields:
        if not each.attribute or each.resource:
            continue
        value = held.get(each.attribute)
        if record[each.name] is None:
            assert value is None
            continue
        kind = value.WhichOneof("value")
        got = value.array_value.values[0].string_value if kind == "array_value" else getattr(value, kind)
        assert got == record[each.name]
        assert {"string": str, "integer": int, "number": float}[each.type] is type(got)


def test_every_client_is_named_in_ci():
    """What a test here may skip is installed where changes are checked."""
    text = (ROOT / ".ci" / "run").read_text("utf-8")
    assert "goaccess" in text
    assert "make clients" in text


def test_mutants_hold_the_compliance_rules():
    """Every key that must come exactly once has a mutant without it and one with it twice."""
    domain = find_domain("cv")[1]
    names = {mutant.rule_id for mutant in mutants(domain, records_of("logs.cv", 42)) if mutant.scope == "raw"}
    for key in (
        "submission_org",
        "submission_division",
        "init_stop",
        "run_start",
        "run_stop",
        "train_samples",
        "opt_name",
    ):
        assert {f"cv.mllog.{key}.missing", f"cv.mllog.{key}.twice"} <= names
