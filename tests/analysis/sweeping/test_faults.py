"""A sweep that comes to harm loses nothing that was finished, never shows half a file, and ends up the same."""

import errno
import json
import shutil
import subprocess
import sys
from pathlib import Path

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from forecast.analysis.goal import Goal
from forecast.analysis.sweep import open_sweep, sweep
from forecast.analysis.sweeping import files
from forecast.analysis.sweeping.files import Folder
from forecast.calibration import calibrate
from forecast.distributions import normal
from forecast.drivers import Path as Line
from forecast.errors import SweepError
from forecast.model import Model
from forecast.scenario import Scenario

SCRIPT = Path(__file__).parent / "faulty.py"
linux = pytest.mark.skipif(sys.platform != "linux", reason="these processes are killed as Linux does it")


def harmed(what, folder, *numbers):
    command = [sys.executable, "-W", "error", str(SCRIPT), what, str(folder), *map(str, numbers)]
    command[1:3] = []  # warnings of third parties at the end of a killed process are no matter here
    made = subprocess.run(command, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    return json.loads(made.stdout.splitlines()[-1])


@linux
def test_the_driver_is_killed_at_20_random_moments(tmp_path):
    found = harmed("kills", tmp_path, 20)
    assert len(found["rounds"]) == 20
    for one in found["rounds"]:
        assert one["readable"] == one["there"]  # no half file in its place
        assert one["untouched"]  # nothing finished is done again
        assert one["resumed"]
        assert one["finished"] == found["tasks"]
        assert one["same"]  # byte for byte and name for name: no task is missing, none is there twice
    # on a busy machine most moments may lie before the first file or after the last, but not all
    assert any(0 < one["there"] < found["tasks"] for one in found["rounds"])


@linux
def test_the_power_fails_at_every_step_of_writing(tmp_path):
    found = harmed("cuts", tmp_path)
    rounds = found["rounds"]
    assert [one["cut"] for one in rounds].count(False) == 2  # only the last of each kind gets through
    assert sum(one["when"] == "half" and one["cut"] for one in rounds) == found["tasks"] + 1  # and what was asked
    for one in rounds:
        assert one["readable"] == one["there"]
        assert one["resumed"]
        assert one["finished"] == found["tasks"]
        assert one["same"]


@linux
def test_the_system_refuses_to_write_more(tmp_path):
    found = harmed("limit", tmp_path)
    place = str(tmp_path / "one")
    assert found["error"] == (
        f"there is no room left for results in {place!r} (File too large). Make room. Results written earlier are "
        "whole and can be read; the same call goes on from there."
    )
    assert found["there"] == found["readable"] == 3
    assert found["strays"] == []
    assert found["rows"] == 3 * 6 * 2  # tasks, settings, statistics
    assert found["resumed"]
    assert found["untouched"]
    assert found["same"]


@linux
def test_workers_are_killed_and_the_sweep_goes_on(tmp_path):
    found = harmed("workers", tmp_path, 3)
    assert found["killed"] >= 1
    assert found == {"killed": found["killed"], "complete": True, "failures": 0, "same": True}


@linux
def test_a_task_that_kills_its_worker_is_given_up(tmp_path):
    found = harmed("deadly", tmp_path)
    assert found["computed"] == 4 * 6
    assert [(company, scenario) for company, scenario, _ in found["failed"]] == [("deadly", "base"), ("deadly", "up")]
    for *_, error in found["failed"]:
        assert error.startswith("it was lost each time, also with nothing beside it (TerminatedWorkerError")


def firms(count=6):
    return {
        f"firm {number}": calibrate(Model(Line("luck", value=normal(number, 1))), first="2026Q1")
        for number in range(count)
    }


def swept(folder, **options):
    goal, common = Goal("luck", at_least=0, over="quarter"), {"until": "2026Q4", "paths": 50, "seed": 1}
    return sweep(firms(), Scenario("base"), goal, folder=folder, backend="threads", workers=1, **common, **options)


class Tight(MemoryFileSystem):
    """A file system of the test's own that is full after four files."""

    protocol = "tight"
    store: dict = {}  # noqa: RUF012
    pseudo_dirs = [""]  # noqa: RUF012
    room = 4
    what = errno.ENOSPC

    def pipe_file(self, path, value, **options):  # fsspec has had a ``mode`` since 2024.12
        if Tight.room == 0:
            raise OSError(Tight.what, "No space left on device")
        Tight.room -= 1
        super().pipe_file(path, value, **options)


@pytest.mark.parametrize("what", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_an_error_in_words_and_leaves_what_was_written(what, monkeypatch):
    fsspec.register_implementation("tight", Tight, clobber=True)
    monkeypatch.setattr(Tight, "what", what)
    monkeypatch.setattr(Tight, "room", 4)
    Tight.store.clear()
    with pytest.raises(SweepError) as refused:
        swept("tight://sweep")
    assert str(refused.value) == (
        "there is no room left for results in 'tight://sweep' (No space left on device). Make room. Results written "
        "earlier are whole and can be read; the same call goes on from there."
    )
    assert refused.value.__cause__.errno == what
    there = open_sweep("tight://sweep")
    assert there.finished == 3  # one of the four files says what was asked
    assert len(there.to_frame()) == 3
    monkeypatch.setattr(Tight, "room", 100)
    assert swept("tight://sweep").is_complete


def test_a_disk_that_is_full_for_good(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=20k", "tmpfs", str(disk)], capture_output=True
    )
    if not mounted or mounted.returncode:
        pytest.skip("no disk may be mounted here; the other tests of full disks ran")
    try:
        with pytest.raises(SweepError, match="there is no room left for results"):
            swept(disk / "sweep")
        there = open_sweep(disk / "sweep")
        assert 0 < there.finished < there.tasks
        assert len(there.to_frame()) == there.finished
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_folder_that_may_not_be_written_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SweepError, match=r"nothing can be written to .*: \[Errno 20\] Not a directory"):
        swept(tmp_path / "file" / "sweep")


def test_a_file_is_flushed_before_it_gets_its_name_and_its_folder_afterwards(tmp_path, monkeypatch):
    steps = []

    class Watched:
        def __getattr__(self, name):
            import os

            done = getattr(os, name)
            if name not in ("open", "write", "fsync", "replace", "close"):
                return done

            def step(*arguments, **options):
                steps.append(name)
                return done(*arguments, **options)

            return step

    (tmp_path / "results").mkdir()
    monkeypatch.setattr(files, "os", Watched())
    Folder(tmp_path).write("results/one", b"content")
    assert steps == ["open", "write", "fsync", "close", "replace", "open", "fsync", "close"]


@linux
def test_a_second_process_is_refused_while_the_first_is_at_work(tmp_path):
    code = (
        "import sys; from forecast.analysis.sweeping.files import Folder; folder = Folder(sys.argv[1])\n"
        "with folder.held(): pass"
    )
    with Folder(tmp_path).held():
        second = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True)
    assert f"SweepError: another process is making a sweep in '{tmp_path}'. Wait until it is done" in second.stderr
    third = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True)
    assert third.returncode == 0
