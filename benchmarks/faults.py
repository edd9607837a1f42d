"""Faults survived by a sweep: kills of driver and workers, power cuts at every step of writing, and what was left.

``python benchmarks/faults.py --kills 100 > benchmarks/results/faults.md``; the faults are those of the tests,
``tests/analysis/sweeping/faulty.py``, each in a process of its own.
"""

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

FAULTY = Path(__file__).parent.parent / "tests" / "analysis" / "sweeping" / "faulty.py"


def made(what: str, *more: int | str) -> dict:
    """What the faults of one kind left, and what resuming made of it."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(FAULTY), what, folder, *map(str, more)]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


def survived(rounds: list[dict], tasks: int) -> int:
    """Rounds whose every file was whole, that resumed, and whose end is that of an undisturbed run, no task twice."""
    fine = [one["readable"] == one["there"] and one["resumed"] and one["same"] for one in rounds]
    return sum(
        ok and one["finished"] == tasks and one.get("untouched", True) for ok, one in zip(fine, rounds, strict=True)
    )


def main() -> None:
    """Print the table as Markdown."""
    reading = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    reading.add_argument("--kills", type=int, default=100, help="how often the driver is killed")
    reading.add_argument("--workers", type=int, default=5, help="how many workers of each backend are killed")
    said = reading.parse_args()
    kills, cuts, workers = made("kills", said.kills), made("cuts"), made("workers", said.workers)
    rounds = cuts["rounds"]
    broken = [one for one in rounds if one["cut"]]
    middle = sum(0 < one["there"] < kills["tasks"] for one in kills["rounds"])
    print("# Faults survived by a sweep\n")
    print(
        f"`python benchmarks/faults.py --kills {said.kills}`, Python {platform.python_version()}. Survived means: every"
    )
    print(
        "file that was there is readable, the same call resumes, no finished file is written again, and the folder is"
    )
    print("byte for byte that of an undisturbed run.\n")
    print("| fault | times | survived | |\n|---|---:|---:|---|")
    untouched = sum(one["untouched"] for one in kills["rounds"])
    note = f"{middle} of them with some of {kills['tasks']} tasks done; finished files untouched in {untouched}"
    whole_again = survived(kills["rounds"], kills["tasks"])
    print(f"| driver killed (SIGKILL) at a random moment | {said.kills} | {whole_again} | {note} |")
    note = "before each step of writing, and in the middle of each write"
    whole_again = survived(broken, cuts["tasks"])
    print(f"| power cut while writing | {len(broken)} | {whole_again} | {note} |")
    fine = workers["complete"] and workers["same"] and not workers["failures"]
    killed = workers["killed"]
    note = "one sweep on processes, while the driver goes on"
    print(f"| worker killed (SIGKILL) at a random moment | {killed} | {killed if fine else 0} | {note} |")
    for backend in ("dask", "ray"):
        found = made("cluster_workers", backend, said.workers)
        note = "one in each sweep; the folder is that of an undisturbed run, and no task failed"
        print(f"| worker of {backend.title()} killed (SIGKILL) | {found['killed']} | {found['survived']} | {note} |")


if __name__ == "__main__":
    main()
