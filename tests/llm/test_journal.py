"""The journal: private, held by one run, and asked before anything is sent."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import subprocess
import sys

import pytest

import treadle as td
from llm_reading import lines_of, manifest_at
from running import RECIPES, treadle, treadle_here
from treadle.llm import journal as module
from treadle.llm import protocol
from treadle.llm.committing import Row
from treadle.llm.journal import Journal, journal_path
from treadle.prompts import written

TICKETS = f"{RECIPES / 'tickets.py'}:tickets"


def row(number, cost=5):
    return Row(bytes([number] * 32), f"rec-{number}", "m", '{"opening":"","messages":[]}', "text", "stop", 1, 2, cost)


def test_answers_and_reservations_survive_and_are_summed(tmp_path):
    journal = Journal(tmp_path / "j")
    numbers = [journal.reserve(key, 100) for key in (b"a", b"b", b"c")]
    journal.sync()
    journal.answer(numbers[0], row(1))
    journal.resolve(numbers[1], lost=False)
    journal.close()
    journal = Journal(tmp_path / "j")
    assert journal.find(row(1).key) == row(1)
    assert journal.find(b"x" * 32) is None
    assert journal.spent() == (5, 100)  # the third request was never answered: it counts at its worst
    journal.close()


def test_who_asks_is_told_in_its_own_loop_once_a_reservation_is_on_disk(tmp_path):
    async def reserve():
        journal, told = Journal(tmp_path / "j"), asyncio.get_running_loop().create_future()
        journal.reserve(b"a", 100, told.set_result)
        journal.hurry()
        assert await told is None
        with sqlite3.connect(tmp_path / "j") as other:
            assert other.execute("SELECT worst, state FROM sent").fetchall() == [(100, "open")]
        journal.close()

    asyncio.run(reserve())


def test_an_answer_is_in_the_spool_before_it_is_committed_and_a_journal_takes_it_in(tmp_path, monkeypatch):
    monkeypatch.setattr("treadle.llm.committing.LINGER", 600)
    journal = Journal(tmp_path / "j")
    number = journal.reserve(b"a", 100)
    journal.sync()
    journal.answer(number, row(1))
    for name in ("j", "j-wal", "j-shm", "j.spool", "j.spool2"):  # as they stand if the program is killed now
        (tmp_path / f"killed-{name}").write_bytes((tmp_path / name).read_bytes())
    with (tmp_path / "killed-j.spool").open("ab") as cut_off:
        cut_off.write(b'["ab')
    journal.close()
    assert not list(tmp_path.glob("j.spool*")), "what nothing stands in is removed"
    again = Journal(tmp_path / "killed-j")
    assert again.find(row(1).key) == row(1)
    assert again.spent() == (5, 0)
    again.close()


def test_what_is_committed_outlives_a_power_cut(tmp_path, monkeypatch):
    """The database syncs at each commit: a reservation that is told is on disk."""
    connect, made = module.sqlite3.connect, []
    monkeypatch.setattr(
        module.sqlite3, "connect", lambda *given, **more: made.append(connect(*given, **more)) or made[-1]
    )
    journal = Journal(tmp_path / "j.journal")
    levels = [each.execute("PRAGMA synchronous").fetchone()[0] for each in made]
    journal.close()
    assert levels == [2] * len(made)  # FULL
    assert made


def test_nobody_else_can_read_it(write):
    path = journal_path(write(5))
    held = Journal(path)
    for each in (path, path.with_name(path.name + ".lock")):
        assert stat.S_IMODE(each.stat().st_mode) == 0o600
    held.close()


def test_nothing_but_the_journal_stays_behind(write):
    path = journal_path(write(5))
    assert [each.name for each in path.parent.glob(f"{path.name}*")] == [path.name]


def test_a_lock_that_is_removed_while_it_is_waited_for_locks_nothing(tmp_path, monkeypatch):
    """One who opened the lock's file just before its holder removed it begins again with a new one."""
    lock = tmp_path / "j.lock"
    original, removed = module._is_there, []

    def late(path, held):
        if not removed:
            removed.append(path)
            path.unlink()
        return original(path, held)

    monkeypatch.setattr(module, "_is_there", late)
    first = Journal(tmp_path / "j")
    assert removed == [lock]
    with pytest.raises(td.UsageError, match="is held by process"):
        Journal(tmp_path / "j")
    first.close()
    assert not lock.exists()


def test_two_runs_on_one_journal_are_told_by_whom_it_is_held(tmp_path, write):
    path = tmp_path / "shared.journal"
    held = Journal(path)
    with pytest.raises(td.UsageError, match=r"is held by process \d+: wait until that run is over"):
        write(5, journal=str(path))
    held.close()
    assert write(5, journal=str(path)).exists()


def test_a_rerun_asks_for_nothing_that_is_in_the_journal(write, model):
    first = write(30).read_bytes()
    model.server.reset()
    assert write(30).read_bytes() == first
    assert model.stats["requests"] == 0


def test_a_longer_run_asks_only_for_what_is_new(write, model):
    write(30)
    model.server.reset()
    write(50)
    assert model.stats["requests"] == 4
    assert sorted(model.server.counts.attempts) == [30, 35, 40, 45]


def test_changed_checks_ask_again_for_nothing_that_still_passes(write, model, monkeypatch):
    write(30)
    model.server.reset()
    original = protocol.judge

    def stricter(text, block):
        verdict = original(text, block)
        return (
            verdict._replace(reasons=["dislikes record 7"]) if block.record == 7 and "Wording" not in text else verdict
        )

    monkeypatch.setattr(protocol, "judge", stricter)
    with pytest.raises(td.TreadleError, match="1 of 30 records failed"):
        write(30, attempts=3)
    assert set(model.server.counts.attempts) == {7}


def test_a_changed_prompt_asks_again_only_for_what_it_touches(tmp_path, model):
    def recipe(prompt):
        return td.Recipe("two", {"a": td.choice(["x", "y"]), "t": written(prompt, facts=["a"])})

    writer = td.Writer("openai:x", base_url=model.url, records_per_call=1)
    for prompt, expected in (("a line", 4), ("a line", 0), ("another line", 4)):
        model.server.reset()
        td.generate(recipe(prompt), count=4).write(tmp_path / "o.jsonl", writer=writer, overwrite=True)
        assert model.stats["requests"] == expected


def test_an_answer_of_another_seed_is_not_taken(write, tmp_path, model):
    write(10)
    model.server.reset()
    writer = td.Writer("openai:fake", base_url=model.url, records_per_call=5)
    td.generate(TICKETS, count=10, seed=7).write(tmp_path / "out.jsonl", writer=writer, overwrite=True)
    assert model.stats["requests"] == 2


def test_a_journal_of_another_recipe_version_is_gone_on_with(tmp_path, model, caplog):
    def recipe(version):
        return td.Recipe("two", {"a": td.choice(["x", "y"]), "t": written("a line", facts=["a"])}, version=version)

    writer = td.Writer("openai:x", base_url=model.url)
    td.generate(recipe("1"), count=4).write(tmp_path / "o.jsonl", writer=writer)
    model.server.reset()
    with caplog.at_level("WARNING", "treadle"):
        td.generate(recipe("2"), count=4).write(tmp_path / "o.jsonl", writer=writer, overwrite=True)
    assert "is of two version 1, and this is two version 2" in caplog.text
    assert model.stats["requests"] == 1


def test_a_file_that_is_no_journal_is_refused_and_left_alone(tmp_path, write):
    path = tmp_path / "notes.txt"
    path.write_text("dear diary\n" * 200)
    with pytest.raises(td.TreadleError, match=r"is damaged or no journal"):
        write(5, journal=str(path))
    assert path.read_text() == "dear diary\n" * 200


def test_a_full_disk_stops_with_what_was_answered_and_the_run_goes_on(write, model, monkeypatch):
    original = module._connect

    def small(path):
        connection = original(path)
        connection.execute("PRAGMA max_page_count = 12")
        return connection

    monkeypatch.setattr(module, "_connect", small)
    with pytest.raises(td.TreadleError, match=r"journal .*full; what it holds is kept: make room"):
        write(400, records_per_call=2)
    monkeypatch.undo()
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    model.server.reset()
    assert len(lines_of(write(400, records_per_call=2))) == 400
    assert model.stats["requests"] < 200


def test_ls_show_and_export_tell_what_was_asked_and_answered(write, tmp_path, capfd):
    path = write(10)
    assert treadle_here("journal", "ls", path) == 0
    listed = capfd.readouterr().out
    assert "tickets version 1, seed 42: 2 answers" in listed
    assert "rec-5" in listed
    assert treadle_here("journal", "show", journal_path(path), "rec-5") == 0
    shown = capfd.readouterr().out
    assert "must state: " in shown
    assert "answer (stop)" in shown
    assert treadle_here("journal", "export", path, "-o", tmp_path / "all.jsonl") == 0
    rows = lines_of(tmp_path / "all.jsonl")
    assert [each["user"] for each in rows] == ["rec-0", "rec-5"]
    assert sum(each["nanodollars"] for each in rows) == manifest_at(path)["writing"]["spent_nanodollars"]


def test_what_is_not_in_a_journal_is_said(write, tmp_path, capfd):
    path = write(5)
    assert treadle_here("journal", "show", path, "rec-99") == 2
    assert "has no answer 'rec-99'" in capfd.readouterr().err
    (tmp_path / "alone.csv").write_text("a\n")
    assert treadle_here("journal", "ls", tmp_path / "alone.csv") == 2
    assert (
        "alone.csv has no journal beside it (alone.csv.journal): a run with --writer keeps one"
        in capfd.readouterr().err
    )
    assert treadle_here("journal", "ls", tmp_path / "none") == 2
    assert "is not there; a run with --writer keeps one beside its output" in capfd.readouterr().err


def test_verify_says_which_answer_is_missing(write):
    path = write(10)
    with sqlite3.connect(journal_path(path)) as connection:
        connection.execute("DELETE FROM answers WHERE user = 'rec-5'")
    done = treadle("verify", path)
    assert done.returncode == 1
    assert "has no answer for rec-5: the texts cannot be made again" in done.stderr


def test_a_journal_is_read_while_a_run_holds_it(tmp_path):
    """Looking at a journal needs no lock."""
    held = Journal(tmp_path / "j", about={"recipe": "r"})
    code = f"import treadle.llm.inspect as i, pathlib; print(i.Journalled(pathlib.Path({str(tmp_path / 'j')!r})).about()['recipe'])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    held.close()
    assert done.stdout == "r\n"
