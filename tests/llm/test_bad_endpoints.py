"""What can be wrong with an endpoint: one clear message, and a run that can go on."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import ssl
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

import treadle as td
from llm_reading import lines_of
from loopback import SERVED
from running import RECIPES, treadle
from serving import PRICES
from treadle.llm import desk, exchange, wire
from treadle.llm.fake import server

UNTRUSTED = Path(__file__).parent / "untrusted.pem"
TICKETS = f"{RECIPES / 'tickets.py'}:tickets"


def refused(write, **settings):
    with pytest.raises(td.TreadleError) as told:
        write(5, **settings)
    return str(told.value), told.value.exit_code


def test_no_key_for_openai_says_where_to_put_one(write):
    told, code = refused(write, base_url="")
    assert told.startswith("no key for api.openai.com: set OPENAI_API_KEY, or name a file with --api-key-file")
    assert code == 2


def test_a_key_that_is_not_accepted_stops_at_once_and_names_its_variable(write, model, monkeypatch):
    model.behave(key="sk-right-key-of-somebody")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong-0123456789abcdef")
    told, code = refused(write)
    assert "status 401: the key is not accepted" in told
    assert told.endswith("it is from OPENAI_API_KEY")
    assert "sk-" not in told
    assert code == 2
    assert model.stats["requests"] <= 8


def test_an_unknown_model_says_what_to_check(write, model):
    model.behave(faults={"404": 1.0})
    told, code = refused(write)
    assert "status 404 (The model does not exist): check the model's name and --base-url" in told
    assert code == 2


def test_a_used_up_quota_stops_and_the_same_call_goes_on(write, model):
    model.behave(faults={"quota": 1.0})
    told, code = refused(write, name="q.jsonl")
    assert "the quota is used up" in told
    assert code == 1
    model.behave(faults={})
    assert len(lines_of(write(5, "q.jsonl"))) == 5


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("htmlerr", "an answer that is no chat completion (text/html"),
        ("latin1", "an answer that is no chat completion (application/json"),
        ("huge", "the answer has 52,428,8"),
        ("drop", "the connection ended"),
        ("midbody", "the connection ended"),
        ("500", "status 500 (The server had an error)"),
        ("hang", "no answer within 0.2 seconds"),
    ],
)
def test_an_endpoint_that_never_answers_is_given_up_and_the_run_can_go_on(write, model, fault, told):
    model.behave(faults={fault: 1.0})
    said, code = refused(write, name="g.jsonl", max_retries=1, timeout=0.2 if fault == "hang" else 20)
    assert "no answer from http://127.0.0.1" in said
    assert told in said
    assert said.endswith("what was answered is in the journal, and the same command goes on")
    assert code == 1
    model.behave(faults={})
    assert len(lines_of(write(5, "g.jsonl"))) == 5


@pytest.mark.parametrize("tokens", [b"-5", b"1e30", b"123456789012345678901234567890", b"1e999", b'"many"', b"null"])
def test_a_server_that_counts_tokens_absurdly_stops_nothing_for_ever(write, monkeypatch, tokens):
    """What it says is believed up to a bound, or is no answer; a run ends either way."""
    original = server.FakeServer.completion

    def absurd(made, *given):
        reply, *rest = original(made, *given)
        return re.sub(rb'("(?:prompt|completion)_tokens": ?)\d+', rb"\g<1>" + tokens, reply), *rest

    monkeypatch.setattr(server.FakeServer, "completion", absurd)
    if tokens in {b"1e999", b'"many"'}:
        told, _ = refused(write, max_retries=0)
        assert "an answer that is no chat completion" in told
    else:
        assert len(lines_of(write(5))) == 5


def test_a_redirect_is_not_followed(write, model):
    model.behave(faults={"redirect": 1.0})
    told, _ = refused(write)
    assert "redirect, which is not followed since it would carry the key" in told


def test_no_server_at_all_stops_soon(write):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    SERVED.add(port)
    told, code = refused(write, base_url=f"http://127.0.0.1:{port}")
    assert f"cannot connect to http://127.0.0.1:{port}/v1" in told
    assert "is the server running?" in told
    assert code == 1


def test_tls_with_a_server_that_has_none_says_so(write, model):
    told, code = refused(write, base_url=model.url.replace("http:", "https:"))
    assert "no TLS connection" in told
    assert code == 1


@contextmanager
def served_by_tls(model):
    """Serve the model once more, behind a certificate that nobody trusts; yield its address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(UNTRUSTED)
    listening = model.loop.create_server(lambda: server.Connection(model.server), "127.0.0.1", 0, ssl=context)
    made = asyncio.run_coroutine_threadsafe(listening, model.loop).result()
    port = made.sockets[0].getsockname()[1]
    SERVED.add(port)
    yield f"https://127.0.0.1:{port}"
    SERVED.discard(port)
    model.loop.call_soon_threadsafe(made.close)


def test_a_certificate_that_is_not_trusted_is_told_and_nothing_is_sent(write, model):
    with served_by_tls(model) as url:
        told, code = refused(write, base_url=url, api_key="sk-0123456789")
    assert "its certificate is not trusted (" in told
    assert "SSL_CERT_FILE" in told
    assert code == 1
    assert model.stats["requests"] == 0


def test_an_authority_of_ones_own_is_trusted_where_it_is_named(tmp_path, model):
    with served_by_tls(model) as url:
        done = treadle(
            "generate", TICKETS, "-n", 5, "-o", tmp_path / "o.jsonl", "--writer", "openai:x", "--base-url", url,
            "--quiet", OPENAI_API_KEY="sk-0123456789", SSL_CERT_FILE=str(UNTRUSTED),
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(lines_of(tmp_path / "o.jsonl")) == 5


def test_without_the_extra_each_command_says_what_to_install(tmp_path, model):
    """A program that was installed without `[models]`."""
    names = ("aiohttp", "genai_prices", "questionary", "bpe_openai")
    (tmp_path / "sitecustomize.py").write_text(f"import sys\nfor name in {names}: sys.modules[name] = None\n")
    lacking = {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    models = ["--writer", "openai:gpt-4o-mini", "--base-url", model.url]
    out = tmp_path / "o.jsonl"
    for given in (
        ["generate", TICKETS, "-n", 5, "-o", out, "--quiet", *models],
        ["generate", TICKETS, "-n", 5, "-o", out, "--quiet", *models, "--price-in", 1, "--price-out", 1],
        ["cost", TICKETS, *models],
        ["new"],
    ):
        done = treadle(*given, **lacking)
        assert done.returncode == 2, given
        assert done.stderr.endswith("needs an optional dependency: run  pip install 'treadle[models]'\n"), given
    assert not list(tmp_path.glob("o.jsonl*")), "nothing was begun"
    assert treadle("generate", TICKETS, "-n", 5, "-o", out, "--quiet", **lacking).returncode == 0


def test_a_run_that_is_stopped_while_it_waits_to_send_again_does_not_wait(write, model):
    """One request is told to come back in an hour; another then finds out that the key is not accepted."""
    model.behave(faults={"429": 0.5, "401": 0.5}, retry_after=3_600)
    told, code = refused(write, records_per_call=1)
    assert "the key is not accepted" in told
    assert code == 2


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (
            {"base_url": "http://models.example/v1", "api_key": "sk-abcdefgh"},
            "the key would travel unprotected over http",
        ),
        ({"base_url": "ftp://models.example"}, "expected an address as in http://127.0.0.1:8080/v1"),
        ({"base_url": "http://user:secret@127.0.0.1"}, "expected no name, password or query"),
        ({"spec": "openai:"}, "a model is named behind a colon"),
        ({"spec": "opnai:gpt"}, "did you mean 'openai'?"),
        ({"spec": "template:0.5,openai:x"}, "expected a share behind each"),
        ({"spec": "template:0.5,openai:x:0.6"}, "expected shares that add up to 1, got 1.1"),
        ({"budget": "ten"}, "expected US dollars, as in 0.50"),
        ({"budget": "1", "price_in": "", "price_out": ""}, "nobody knows what fake costs, so no cap can hold"),
        ({"price_in": "1", "price_out": ""}, "price_in and price_out belong together"),
        ({"temperature": 3.0}, "temperature=3.0: expected 0 to 2"),
        ({"concurrency": 0}, "concurrency=0: expected 1 to 10,000"),
        ({"records_per_call": 0}, "records_per_call=0: expected 1 to 200"),
        ({"fallback": "shrug"}, "fallback='shrug': expected one of reject, template"),
        ({"api_key_file": "nowhere.txt"}, "api_key_file='nowhere.txt': cannot be read"),
        ({"api_key_env": "NOT_SET_AT_ALL"}, "this environment variable is not set"),
    ],
)
def test_settings_that_cannot_be_are_refused_before_anything_is_sent(write, model, settings, told):
    said, code = refused(write, **settings)
    assert told in said
    assert code == 2
    assert model.stats["requests"] == 0


def test_an_endpoint_that_refuses_a_part_of_the_request_is_asked_without_it(write, monkeypatch):
    """Schemas, lengths, temperature and the name of the limit are learned from what an endpoint refuses."""
    original = server.Connection._say
    seen = []

    def picky(made, fault, record, body):
        text = body.decode()
        seen.append(text)
        for part, told in (
            ('"max_tokens"', "Unsupported parameter: 'max_tokens'; use 'max_completion_tokens' instead"),
            ('"temperature"', "Unsupported value: 'temperature' does not support 0.8 with this model"),
            ('"minLength"', "Invalid schema: keyword minLength is not permitted"),
        ):
            if part in text:
                made._send(400, server._error("invalid_request", told))
                return
        original(made, fault, record, body)

    monkeypatch.setattr(server.Connection, "_say", picky)
    assert len(lines_of(write(20))) == 20
    assert '"max_completion_tokens"' in seen[-1]
    assert '"strict":true' in seen[-1]


def test_the_command_line_says_it_in_one_line(tmp_path, model):
    model.behave(faults={"404": 1.0})
    done = treadle(
        "generate",
        TICKETS,
        "-n",
        5,
        "-o",
        tmp_path / "o.jsonl",
        "--writer",
        "openai:x",
        "--base-url",
        model.url,
        "--quiet",
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("treadle: http://127.0.0.1")


def test_options_of_a_writer_without_one_are_refused(tmp_path):
    done = treadle("generate", TICKETS, "-o", tmp_path / "o.jsonl", "--budget", "1", "--quiet")
    assert (done.returncode, done.stderr) == (
        2,
        "treadle: --budget: is for texts that a model writes: say which with --writer openai:MODEL\n",
    )


def test_prices_given_are_the_ones_that_count(write):
    assert PRICES == {"price_in": "1", "price_out": "2"}
    assert write(5, budget="1").exists()


@pytest.mark.parametrize(("where", "name"), [(exchange.Exchange, "_row"), (wire.Dialect, "body"), (desk, "sketch_of")])
def test_a_mistake_of_the_programs_own_ends_a_run_that_can_go_on(write, monkeypatch, where, name):
    def wrong(*_):
        raise ZeroDivisionError("a mistake")

    with monkeypatch.context() as patched:
        patched.setattr(where, name, wrong)
        with pytest.raises(ZeroDivisionError):
            write(40, "w.jsonl", records_per_call=1)
    assert len(lines_of(write(40, "w.jsonl", records_per_call=1))) == 40
