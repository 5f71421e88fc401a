"""The parser: any size in constant memory, compressed or not; what cannot be read is kept and located; real logs, and ours."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys

import pyarrow as pa
import pytest

from running import treadle_here
from treadle.errors import UsageError
from treadle.packs.logs import parse as parsing
from treadle.packs.logs.parse import parse
from treadle.run.domains import find_domain

API, CV = find_domain("api")[1], find_domain("cv")[1]
APACHE = (
    '192.0.2.7 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326 "http://www.example.com/start.html" '
    '"Mozilla/4.08 [en] (Win98; I ;Nav)"'
)
NGINX = '198.51.100.4 - - [29/Feb/2024:23:59:60 +0000] "GET / HTTP/2.0" 200 612 "-" "-"'
ESCAPED = '2001:db8::1 - - [01/Jan/2026:00:00:00 +0100] "PROPFIND /a%20b?q=\\x22 HTTP/1.1" 499 - "-" "say \\"hi\\" \\xC3\\xA9"'


def lines_of(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def run(tmp_path):
    """Return a function that parses text or bytes and gives what was read, what was rejected, and the counts."""

    def run(content, domain=API, name="x.log", **options):
        source, output = tmp_path / name, tmp_path / "x.jsonl"
        source.write_bytes(content if isinstance(content, bytes) else content.encode())
        done = parse(domain, source, output, overwrite=True, **options)
        rejects = tmp_path / "x.rejects.jsonl"
        return lines_of(output), lines_of(rejects) if rejects.exists() else [], done

    return run


def test_the_example_of_the_apache_manual(run):
    """The time is told in UTC, the user's name is left out, the rest is there."""
    (record,), rejects, _ = run(APACHE + "\n")
    assert not rejects
    assert record["timestamp"] == "2000-10-10T20:55:36Z"
    assert record["client_address"] == "192.0.2.7"
    assert (record["http_request_method"], record["url_path"], record["url_query"]) == ("GET", "/apache_pb.gif", None)
    assert (record["http_response_status_code"], record["http_response_body_size"]) == (200, 2326)
    assert record["user_agent_original"] == "Mozilla/4.08 [en] (Win98; I ;Nav)"


PROXIED = (
    '203.0.113.9 - - [16/Apr/2026:01:00:20 +0800] "GET /cloud HTTP/2.0" 301 162 "https://www.example/" "Mozilla/5.0" "-"',
    '203.0.113.9 - - [05/Jul/2026:07:46:05 +0000] "GET /v1 HTTP/2.0" 200 32 "-" "-" 99 "web@cluster" "http://192.0.2.4:80" 55ms',
    '203.0.113.9 - - [02/Aug/2026:06:25:04 +0000] "GET /foo HTTP/1.1" 200 1 "/foo" "bot/2" time=12 for="192.0.2.2, 192.0.2.3"',
    'shop.example:443 2001:db8::7 - - [05/Jul/2026:07:46:05 +0000] "GET /x HTTP/3.0" 200 32 "-" "curl/8"',
    '203.0.113.9 - Ada from Sales|ADMIN [18/Oct/2026:17:36:10 +0000] "GET /geo?a=b%2Cc HTTP/1.1" 200 - "-" "curl/8"',
    '::1 - - [05/Jul/2026:07:46:05 +0000] "OPTIONS * HTTP/1.0" 200 126 "-" "Apache (internal dummy connection)"',
    '203.0.113.9 - - [05/Jul/2026:07:46:05 +0000] "GET http://other.example/a?b HTTP/1.1" 400 0 "-" "-"',
    '203.0.113.9:55012 - - [05/Jul/2026:07:46:05 +0000] "GET /? HTTP/1.1" 499 0 "-" "-"',
)


def test_formats_that_extend_the_combined_one(run):
    """What nginx, Apache, Traefik and others add behind the user agent, or before the client, is left out; one line or many."""
    read, rejects, done = run("".join(f"{line}\n" for line in PROXIED))
    assert not rejects
    assert (done.form, len(read)) == ("combined", len(PROXIED))
    assert read == [API.forms["combined"].parse(line) for line in PROXIED]
    assert [each["network_protocol_version"] for each in read[:4]] == ["2", "2", "1.1", "3"]
    assert [each["client_address"] for each in read[3:]] == [
        "2001:db8::7", "203.0.113.9", "::1", "203.0.113.9", "203.0.113.9:55012",
    ]  # fmt: skip
    assert [(each["url_path"], each["url_query"]) for each in read[4:]] == [
        ("/geo", "a=b%2Cc"), ("*", None), ("/a", "b"), ("/", None),
    ]  # fmt: skip
    assert (read[-1]["http_response_status_code"], read[-1]["http_response_body_size"]) == (None, None)
    assert read[2]["http_request_header_referer"] == "/foo"


def test_the_common_log_format(run):
    """The first line tells it from the combined one, whose cut lines are no lines of the common one."""
    common = APACHE[: APACHE.index(' "http:')]
    (record,), rejects, done = run(common)
    assert (done.form, rejects) == ("common", [])
    assert record["http_response_body_size"] == 2326
    assert (record["user_agent_original"], record["http_request_header_referer"]) == (None, None)
    read, (reject,), _ = run(f"{APACHE}\n{common}\n")
    assert len(read) == 1
    assert reject["reason"] == 'expected a space and "'


def test_what_is_no_request_is_kept(run):
    """Handshakes on the wrong port, requests that timed out and their like stand in every log of the world."""
    strange = ['"\\x16\\x03\\x01" 400 226', '"-" 408 -', '"" 400 0', '"GET /" 400 0', '"get / HTTP/1.1" 400 0']
    lines = [f'192.0.2.1 - - [05/Jul/2026:07:46:05 +0000] {each} "-" "-"' for each in strange]
    read, rejects, _ = run("\n".join([APACHE, *lines]))
    assert len(read) == 1
    assert [each["text"] for each in rejects] == lines
    assert all(each["reason"].startswith("expected a ") for each in rejects)


def test_escapes_and_unknown_methods(run):
    (record,), rejects, _ = run(ESCAPED)
    assert not rejects
    assert (record["http_request_method"], record["http_request_method_original"]) == ("_OTHER", "PROPFIND")
    assert (record["url_query"], record["user_agent_original"]) == ('q="', 'say "hi" é')
    assert (record["http_response_status_code"], record["http_response_body_size"]) == (None, None)
    assert record["timestamp"] == "2025-12-31T23:00:00Z"


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        (NGINX, 19, "expected a day and time that there is"),  # a leap second that no clock here has
        (APACHE[:60], 61, "expected a space and HTTP/"),
        (APACHE.replace("GET ", "get "), 49, "expected a method"),
        (APACHE.replace(" 200 ", " 2x0 "), 78, "expected a status of three digits"),
        (APACHE.replace(" 200 ", " 20 "), 78, "expected a status of three digits"),
        (APACHE.replace("HTTP/1.0", "HTTP/x"), 73, "expected a version of HTTP"),
        (APACHE + "more", len(APACHE), 'expected a " at the end'),
        (APACHE + ' more"', len(APACHE), 'expected a " at the end'),
        (APACHE.replace("10/Oct", "31/Sep"), 20, "expected a day and time that there is"),
        ("nothing of the kind", 20, "expected a space and ["),
    ],
)
def test_what_cannot_be_read_is_located_and_kept(run, line, column, reason):
    read, (reject,), done = run(f"{APACHE}\n\n{line}\n{APACHE}\n")
    assert len(read) == 2
    assert (done.lines, done.records, done.rejected) == (3, 2, 1)
    assert reject["line"] == 3
    assert reject["text"] == line
    assert reason in reject["reason"]
    assert reject["column"] == column


def test_lines_in_another_encoding_are_kept(run):
    read, (reject,), _ = run(APACHE.encode() + b"\n" + APACHE.encode().replace(b"Win98", b"Wi\xe9n") + b"\n")
    assert len(read) == 1
    assert (reject["line"], reject["reason"]) == (2, "byte 0xe9 is not UTF-8")
    assert "\\xe9" in reject["text"]


def test_line_ends_of_windows_and_a_last_line_without_one(run):
    read, rejects, _ = run(f"{APACHE}\r\n{APACHE}\r\n{APACHE}")
    assert len(read) == 3
    assert not rejects
    assert read[0] == read[2]


def test_a_line_that_never_ends_is_not_kept_whole(run, monkeypatch):
    """Its number is told, the lines around it are read."""
    monkeypatch.setattr(parsing, "LONGEST", 1_000)
    monkeypatch.setattr(parsing, "CHUNK", 300)
    read, (reject,), done = run(f"{APACHE}\n{'x' * 5_000}\n{APACHE}\n")
    assert len(read) == 2
    assert (reject["line"], done.lines) == (2, 3)
    assert "more than 1000 bytes" in reject["reason"]
    assert len(reject["text"]) < 1_000


@pytest.mark.parametrize("name", ["x.log.gz", "x.log.zst"])
def test_compressed_logs(run, name):
    """What is inside tells, and not the name."""
    content = f"{APACHE}\n".encode() * 5_000
    packed = gzip.compress(content) if name.endswith("gz") else bytes(pa.compress(content, codec="zstd", asbytes=True))
    read, rejects, _ = run(packed, name=name)
    assert len(read) == 5_000
    assert not rejects


def test_a_truncated_archive_is_told(tmp_path):
    source = tmp_path / "x.gz"
    source.write_bytes(gzip.compress(f"{APACHE}\n".encode() * 50_000)[:-2000])
    with pytest.raises(UsageError, match="cannot be unfolded"):
        parse(API, source, tmp_path / "x.jsonl")
    assert [each.name for each in tmp_path.iterdir()] == ["x.gz"]


def test_archives_that_unfold_without_end_are_cut(tmp_path, monkeypatch):
    monkeypatch.setattr(parsing, "LARGEST", 1_000_000)
    source = tmp_path / "x.gz"
    source.write_bytes(gzip.compress(f"{APACHE}\n".encode() * 50_000))
    with pytest.raises(UsageError, match="unfolds to more than"):
        parse(API, source, tmp_path / "x.jsonl")


def test_other_output_between_mllog_lines_is_kept_apart(run, records):
    """A block survives what a program prints between its lines; a damaged line is named, and never taken for output."""
    form = CV.forms["mllog"]
    training = next(record for record in records("cv") if form.view(record) is not None)
    block = form.write(training)
    head, _, tail = block.partition("\n")
    read, rejects, _ = run(f"loading data\n{head}\nepoch 1/3 ...\n{tail}\n{block}\n", CV)
    assert read == [form.view(training)] * 2
    assert [(each["line"], each["text"]) for each in rejects] == [(1, "loading data"), (3, "epoch 1/3 ...")]
    damaged = block.replace(":::MLLOG", "::MLLOG", 3).replace("::MLLOG", ":::MLLOG", 2)
    read, (reject,), _ = run(f"{damaged}\n{block}\n", CV, form="mllog")
    assert len(read) == 1
    assert (reject["line"], reject["reason"]) == (3, "expected :::MLLOG and a space")


def test_a_block_that_lacks_its_end_does_not_swallow_the_next(run, records):
    form = CV.forms["mllog"]
    training = next(record for record in records("cv") if form.view(record) is not None)
    block = form.write(training)
    cut = "\n".join(block.split("\n")[:-1])
    read, (reject,), _ = run(f"{cut}\n{block}\n", CV)
    assert read == [form.view(training)]
    assert reject["reason"] == "key run_stop is missing"


def test_a_log_of_no_known_form_is_kept_whole(run):
    read, rejects, done = run("a,b,c\n1,2,3\n")
    assert not read
    assert (done.form, len(rejects)) == ("none", 2)
    assert "combined" in rejects[0]["reason"]


def test_an_empty_log_has_no_records(run):
    assert run("")[:2] == ([], [])
    assert run("\n\n")[:2] == ([], [])


def test_what_is_there_is_not_overwritten(tmp_path):
    source, output = tmp_path / "x.log", tmp_path / "x.jsonl"
    source.write_text(APACHE, encoding="utf-8")
    output.write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="add --overwrite"):
        parse(API, source, output)
    with pytest.raises(UsageError, match="form='clf'"):
        parse(API, source, tmp_path / "y.jsonl", form="clf")
    with pytest.raises(UsageError, match="is not there"):
        parse(API, tmp_path / "none", tmp_path / "y.jsonl")
    assert output.read_text("utf-8") == "mine"


def test_the_command_reads_what_it_wrote(tmp_path, capsys):
    """Generate, parse, and the records are those that were generated; a damaged line makes the command exit with 1."""
    assert treadle_here("generate", "logs.api", "-n", 300, "-o", tmp_path, "--quiet") == 0
    raw = tmp_path / "raw" / "api_raw.otlp.jsonl"
    assert treadle_here("parse", "--domain", "api", raw, "-o", tmp_path / "back.jsonl") == 0
    assert lines_of(tmp_path / "back.jsonl") == lines_of(tmp_path / "api_valid.jsonl")
    assert "300 records from 300 lines (form otlp)" in capsys.readouterr().err.replace("\n", " ")
    raw.write_text(raw.read_text("utf-8").replace('"kind":2', '"kind":9', 1), encoding="utf-8")
    assert treadle_here("parse", "--domain", "logs.api", raw, "-o", tmp_path / "back.jsonl", "--overwrite") == 1
    assert "line 1, column 1: kind 9" in capsys.readouterr().err
    assert len(lines_of(tmp_path / "back.rejects.jsonl")) == 1


def test_memory_stays_flat(tmp_path):
    """Sixteen times the lines take no more than a few megabytes more."""
    script = (
        "import resource, sys\nfrom pathlib import Path\nfrom treadle.run.domains import find_domain\n"
        "find_domain('api')[1].parse(Path(sys.argv[1]), Path(sys.argv[1] + '.out'))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )
    peaks = []
    for count in (60_000, 960_000):
        path = tmp_path / f"{count}.gz"
        path.write_bytes(gzip.compress(f"{APACHE}\n".encode() * count, 1))
        done = subprocess.run([sys.executable, "-c", script, str(path)], check=True, capture_output=True, text=True)
        peaks.append(int(done.stdout))
    assert peaks[1] < 1.6 * peaks[0]
