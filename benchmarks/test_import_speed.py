"""Import time: what `import forecast` adds to a program that has imported pandas."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

AT_MOST_SECONDS = 0.3
PROGRAMS = {
    "import pandas": ("", "import pandas"),
    "import forecast": ("", "import forecast"),
    "import forecast after pandas": ("import pandas", "import forecast"),
    "every public name after pandas": (
        "import pandas",
        "import forecast\nfor name in forecast.__all__: getattr(forecast, name)",
    ),
}


def seconds_of(before: str, timed: str) -> float:
    """Seconds of the timed lines in a fresh interpreter, after the lines before them."""
    program = f"{before}\nimport time\nstart = time.perf_counter()\n{timed}\nprint(time.perf_counter() - start)"
    folder = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True, timeout=120
    )
    return float(done.stdout)


def import_times(rounds: int = 9) -> dict[str, tuple[float, ...]]:
    """Seconds of each program in each round, by turns; a round before them fills the disk's cache."""
    found: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for number in range(rounds + 1):
        for name, (before, timed) in PROGRAMS.items():
            seconds = seconds_of(before, timed)
            if number:
                found[name].append(seconds)
    return {name: tuple(times) for name, times in found.items()}


def medians(times: Mapping[str, tuple[float, ...]]) -> dict[str, float]:
    return {name: statistics.median(seconds) for name, seconds in times.items()}


def test_import(benchmark: Any) -> None:
    found = medians(benchmark.pedantic(import_times, rounds=1))
    print("\n" + "\n".join(f"{name}: {seconds:.3f} s" for name, seconds in found.items()))
    assert found["import forecast after pandas"] < AT_MOST_SECONDS, found
    assert found["import forecast"] - found["import pandas"] < AT_MOST_SECONDS, found
