"""A package of somebody else, built on this one, works: ``tests/downstream`` from its source tree.

``.ci/run`` installs it against the wheel and has mypy check it too.
"""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = Path(__file__).parent / "downstream"


def run(*command):
    return subprocess.run(
        [sys.executable, *command],
        cwd=PACKAGE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(PACKAGE / "src")])},
        capture_output=True,
        text=True,
    )


def test_its_own_tests_pass():
    found = run("-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert found.returncode == 0, found.stdout + found.stderr


def test_it_answers_from_the_command_line():
    found = run("-m", "forecast_downstream_example")
    assert found.returncode == 0, found.stderr
    assert found.stdout.splitlines()[-1].startswith("seats a quarter needed: ")


def test_it_asks_for_the_library_by_its_name_and_is_typed():
    project = tomllib.loads((PACKAGE / "pyproject.toml").read_text(encoding="utf-8"))
    ours = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["name"]
    assert any(one.startswith(ours) for one in project["project"]["dependencies"])
    assert project["tool"]["mypy"]["strict"] is True
    assert (PACKAGE / "src" / "forecast_downstream_example" / "py.typed").exists()


def test_its_tests_are_not_collected_with_ours():
    found = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-n", "0", "-p", "no:cacheprovider", "tests"]
        + [f"--ignore={path}" for path in sorted((ROOT / "tests").iterdir()) if path != PACKAGE],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert found.returncode == 5, found.stdout
