"""Exit codes, errors, JSON, the bar and completion, as a shell sees them."""

import io
import os
import pty
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from forecast.command import running
from forecast.command.answer import plain
from forecast.command.completion import candidates
from forecast.command.progress import Progress
from forecast.timeline import Quarter

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "forecast.command"]


def shell(*words, **options):
    return subprocess.run([*COMMAND, *map(str, words)], capture_output=True, text=True, cwd=ROOT, **options)


def test_help_comes_at_once_and_loads_nothing_heavy():
    code = (
        "import sys, contextlib, io\nfrom forecast.command import main\n"
        "with contextlib.redirect_stdout(io.StringIO()): main(['--help'])\n"
        "print(sorted({m.split('.')[0] for m in sys.modules} & {'numpy', 'pandas', 'scipy', 'yaml', 'matplotlib'}))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout == "[]\n"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert shell("--help").returncode == 0
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # of the processor, so that a busy machine does not count
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.5


def test_a_folder_from_the_shell_and_an_answer_from_it(tmp_path):
    made = shell("new", tmp_path / "acme", "--name", "Acme: & Sons #1")
    assert (made.returncode, made.stderr) == (0, "")
    said = shell("breakeven", tmp_path / "acme", "--paths", "200", "--json")
    assert (said.returncode, said.stderr) == (0, "")
    assert '"company": "Acme: & Sons #1"' in said.stdout
    piped = subprocess.run(
        f"{' '.join(COMMAND)} reconcile {tmp_path / 'acme'} --json | head -n 1",
        **{"shell": True, "capture_output": True, "text": True, "cwd": ROOT},
    )
    assert (piped.stdout, piped.stderr) == ("{\n", "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "forecast: the following arguments are required: COMMAND\nSee 'forecast --help'.\n"),
        (
            ("bridge", "."),
            "forecast bridge: the following arguments are required: --to\nSee 'forecast bridge --help'.\n",
        ),
        (
            ("simulate", ".", "--paths", "many"),
            "forecast simulate: argument --paths: invalid int value: 'many'\nSee 'forecast simulate --help'.\n",
        ),
        (
            ("simulate", ".", "--path", "9"),
            "forecast simulate: there is no option --path. Did you mean '--paths'?\nSee 'forecast simulate --help'.\n",
        ),
    ],
)
def test_a_wrong_call_ends_with_2_and_says_what_is_wrong(run, words, said):
    ran = run(*words)
    assert (ran.code, ran.out, ran.err) == (2, "", said)


def test_an_unknown_command_ends_with_2_and_names_those_there_are(run):
    ran = run("breakevn")
    assert ran.code == 2
    assert ran.err == "forecast: there is no command 'breakevn'. Did you mean 'breakeven'?\nSee 'forecast --help'.\n"


def test_help_and_version_end_with_0(run):
    assert run("--version").out.startswith("forecast ")
    assert run("goal-seek", "--help").code == 0


def test_an_error_is_printed_as_it_is_with_1_and_as_json_too(folder, run):
    ran = run("breakeven", folder, "--line", "net_proft", "--at-least", "0")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("there is no line 'net_proft'. Did you mean 'net_profit'?")
    found = run("simulate", folder, "--paths", "0", "--until", "2025", "--json").json
    assert found["error"] == {
        "kind": "FolderError",
        "heading": "the options cannot be used",
        "problems": [
            "--until: '2025' is not a quarter. Write the year, Q and the number, as in '2025Q2'.",
            "--paths is 0; write a whole number from 1 to 10,000,000.",
        ],
    }
    assert "result" not in found


def test_no_folder_says_how_to_start_one(run, tmp_path):
    ran = run("breakeven", tmp_path / "nobody")
    said = (
        f"there is no folder '{tmp_path / 'nobody'}'. Give the folder of a company, or start one: forecast new nobody"
    )
    assert (ran.code, ran.err) == (1, f"{said}\n")


def test_a_file_is_no_folder(run, folder):
    ran = run("check", folder / "facts.csv")
    assert (ran.code, ran.err) == (1, f"'{folder / 'facts.csv'}' is a file; give the folder of a company.\n")


def test_a_bridge_to_where_it_starts_is_refused(run, folder):
    ran = run("bridge", folder, "--to", "base")
    said = "the bridge starts and ends in 'base'; choose another scenario with --from or --to.\n"
    assert (ran.code, ran.err) == (1, said)
    assert run("bridge", folder, "--to", "frugl").err == "there is no scenario 'frugl'. Did you mean 'frugal'?\n"


def test_a_traceback_comes_only_with_debug(tmp_path):
    plainly = shell("breakeven", tmp_path)
    assert plainly.returncode == 1
    assert "Traceback" not in plainly.stderr
    debugged = shell("breakeven", tmp_path, "--debug")
    assert debugged.returncode == 1
    assert "Traceback" in debugged.stderr


def test_a_fault_of_the_program_ends_with_4_and_asks_for_debug(folder, run, monkeypatch):
    def broken(asked, progress):
        raise ZeroDivisionError("float division by zero")

    monkeypatch.setattr(running, "_question", lambda command: broken)
    ran = run("breakeven", folder)
    assert ran.code == 4
    assert ran.err == (
        "forecast breakeven failed: ZeroDivisionError: float division by zero\n"
        "This is a fault of the program. Run it again with --debug and report what it prints.\n"
    )
    with pytest.raises(ZeroDivisionError):
        run("breakeven", folder, "--debug")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PermissionError(13, "Permission denied", "report.html"), "[Errno 13] Permission denied: 'report.html'"),
        (MemoryError(), "there is not enough memory; use fewer --paths"),
    ],
)
def test_what_the_machine_refuses_is_no_fault_of_the_program(folder, run, monkeypatch, error, said):
    def refused(asked, progress):
        raise error

    monkeypatch.setattr(running, "_question", lambda command: refused)
    ran = run("breakeven", folder)
    assert (ran.code, ran.out, ran.err) == (1, "", f"forecast breakeven: {said}\n")
    assert run("breakeven", folder, "--json").json["error"]["heading"] == said


def test_interrupting_ends_with_130_without_a_traceback():
    code = (
        # a job in the background of a shell starts with interrupts ignored
        "import signal, sys, time\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from forecast.command import running\n"
        "def slow(asked, progress):\n    print('ready', flush=True)\n    time.sleep(60)\n"
        "running._question = lambda command: slow\nsys.exit(running.main(['honesty', '.']))"
    )
    job = subprocess.Popen([sys.executable, "-c", code], **{"stdout": -1, "stderr": -1, "text": True, "cwd": ROOT})
    assert job.stdout.readline() == "ready\n"
    job.send_signal(signal.SIGINT)
    out, err = job.communicate(timeout=30)
    assert (job.returncode, out, err) == (130, "", "\ninterrupted\n")


def test_the_bar_shows_the_share_done_and_the_time_left(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("forecast.command.progress.time", SimpleNamespace(monotonic=lambda: now[0]))
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal, Progress(terminal, patience=0.0) as progress:
        progress.expect(4)
        progress.step("reading", 1)
        assert progress.left is None
        assert progress.line == f"[{'.' * 24}] 0%  0 s  reading"
        progress.step("simulating", 2)
        now[0] += 5.0
        progress.inside(0.5, "scenario 'base'")
        # half of a step of size 2 took 5 seconds: 5 seconds more, and 5 for the step of size 1 after it
        assert progress.left == 10.0
        whole = f"[{'#' * 12}{'.' * 12}] 50%  5 s, about 10 s left  scenario 'base'"
        assert progress.line == whole
        drawn = ""
        while whole not in drawn:
            drawn += os.read(ours, 10_000).decode()
    drawn += os.read(ours, 10_000).decode()
    os.close(ours)
    assert drawn.endswith("\r\x1b[K")


def on_a_terminal(*words):
    """What a command without patience writes to a terminal as its standard error, and its exit code."""
    code = (
        "import functools, sys\nfrom forecast.command import progress, running\n"
        "running.Progress = functools.partial(progress.Progress, patience=0.0)\nprogress.EVERY = 0.01\n"
        "sys.exit(running.main(sys.argv[1:]))"
    )
    ours, theirs = pty.openpty()
    whole = [sys.executable, "-c", code, *map(str, words)]
    with subprocess.Popen(whole, stdout=subprocess.PIPE, stderr=theirs, cwd=ROOT) as ran:
        os.close(theirs)
        written = b""
        while True:
            try:
                part = os.read(ours, 10_000)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            written += part
        ran.stdout.read()
    os.close(ours)
    return written.decode(), ran.returncode


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("backtest", "--paths", "500"), "from 2024-"),
        (("goal-seek", "--paths", "2000"), "moving research_and_dev"),
        (("simulate", "--paths", "20000"), "scenario '|sorting the paths"),
        (("honesty", "--paths", "1000", "--quick"), "left  [a-z_]+\\.[a-z_]+"),
    ],
)
def test_a_long_command_shows_true_shares_on_a_terminal(folder, words, said):
    command, *options = words
    written, code = on_a_terminal(command, folder, *options)
    assert code == 0, written
    bars = [bar for bar in written.split("\r\x1b[K") if bar]
    shares = [int(re.match(r"\[[#.]{24}\] +(\d+)%", bar)[1]) for bar in bars]
    assert shares == sorted(shares)
    assert len(set(shares)) > 4
    assert any("left" in bar and re.search(said, bar) for bar in bars), bars
    assert max(map(len, bars)) < 80
    assert written.endswith("\r\x1b[K")


def test_nothing_is_drawn_where_standard_error_is_no_terminal(folder):
    said = shell("simulate", folder, "--paths", "60000")
    assert (said.returncode, said.stderr) == (0, "")


def test_the_bar_is_silent_for_two_seconds_and_off_a_terminal():
    file = io.StringIO()
    with Progress(file, patience=0.0) as progress:
        progress.step("reading")
        time.sleep(0.3)
    assert file.getvalue() == ""


def test_plain_values_are_what_json_has():
    import numpy as np

    given = {
        "a": np.float64(0.25),
        "b": float("nan"),
        "c": (np.int64(3), np.inf),
        "d": Quarter.parse("2026Q1"),
        "e": True,
    }
    assert plain(given) == {"a": 0.25, "b": None, "c": [3, None], "d": "2026Q1", "e": True}
    assert plain(np.array([1.0, np.nan])) == [1.0, None]


def test_completion_knows_commands_options_choices_and_scenarios(folder):
    assert candidates([""])[:2] == ["new", "check"]
    assert candidates(["b"]) == ["breakeven", "bridge", "backtest"]
    assert candidates(["goal-seek", str(folder), "--s"]) == ["--seed", "--scenario", "--seeds"]
    assert candidates(["completion", ""]) == ["bash", "zsh", "fish"]
    assert candidates(["bridge", str(folder), "--to", ""]) == ["base", "rival enters", "frugal"]
    assert candidates(["breakeven", "/no/such/folder", "--scenario", ""]) == []
    assert candidates(["breakeven", ""]) == []
    assert candidates(["nothing", ""]) == []


def test_the_bash_script_completes_in_bash(folder, tmp_path, run):
    bin = tmp_path / "bin"
    bin.mkdir()
    (bin / "forecast").write_text(f'#!/bin/sh\nexec {" ".join(COMMAND)} "$@"\n')
    (bin / "forecast").chmod(0o755)
    script = run("completion", "bash").out
    asked = f"""{script}
COMP_WORDS=(forecast bridge {folder} --to r); COMP_CWORD=4; _forecast; printf '%s\\n' "${{COMPREPLY[@]}}"
COMP_WORDS=(forecast goal); COMP_CWORD=1; _forecast; printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    path = {"PATH": f"{bin}{os.pathsep}{os.environ['PATH']}"}
    ran = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, cwd=ROOT, env={**os.environ, **path})
    assert ran.stdout.splitlines() == ["rival enters", "goal-seek"], ran.stderr


def test_every_shell_has_its_script(run):
    assert "complete -o filenames -F _forecast forecast" in run("completion", "bash").out
    assert run("completion", "zsh").out.startswith("#compdef forecast")
    assert run("completion", "fish", "--json").json["result"]["shell"] == "fish"
