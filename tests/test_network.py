"""Tests run offline: a stray connection fails instead of going out, and the engine opens none."""

from __future__ import annotations

import socket

import pytest

import treadle as td


def test_a_stray_connection_fails():
    """Whatever opens a socket to another machine, or to this one, is told so at once."""
    with socket.socket() as made, pytest.raises(AssertionError, match="works offline"):
        made.connect(("127.0.0.1", 9))
    with socket.socket() as made, pytest.raises(AssertionError, match="works offline"):
        made.connect_ex(("192.0.2.1", 80))


def test_sockets_within_the_machine_still_work(tmp_path):
    """What pools of processes need is left alone."""
    address = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(address)
        server.listen()
        client.connect(address)


def test_a_whole_run_opens_no_socket(tmp_path, monkeypatch):
    """Generating, writing and verifying need no socket of any kind."""

    class Refused(socket.socket):
        def __init__(self, *_, **__):
            raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", Refused)
    recipe = td.Recipe("offline", {"city": td.choice(["Porto", "Rīga"]), "line": td.text("To {city}.")})
    for suffix in ("jsonl", "json", "csv", "parquet"):
        td.generate(recipe, count=10).write(tmp_path / f"out.{suffix}")
