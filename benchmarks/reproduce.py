"""The same bits elsewhere: the golden chain on other Pythons, thread counts and processors' instruction sets.

``python benchmarks/reproduce.py PYTHON...`` runs ``tests/golden/chain.py`` with each interpreter given (each with the
package installed) and in this one with other settings, and prints what differs from this one as Markdown.
"""

import argparse
import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

CHAIN = Path(__file__).parent.parent / "tests" / "golden" / "chain.py"
VERSIONS = (
    "import platform, numpy, scipy, statsmodels; "
    "print(platform.python_version(), numpy.__version__, scipy.__version__, statsmodels.__version__)"
)
OLD_PROCESSOR = "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR AVX2 FMA3"
SETTINGS = {
    "as it is": {},
    "one thread": {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    "two threads": {"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"},
    "eight threads": {"OMP_NUM_THREADS": "8", "OPENBLAS_NUM_THREADS": "8"},
    "another order of sets": {"PYTHONHASHSEED": "12345"},
    "NumPy without AVX": {"NPY_DISABLE_CPU_FEATURES": OLD_PROCESSOR},
    "BLAS of another processor": {"OPENBLAS_CORETYPE": "Nehalem"},
}


def main() -> None:
    """Run all, print the table, and fail where a Python or a number of threads changes a bit."""
    reading = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    reading.add_argument("pythons", nargs="*", help="other interpreters with the package installed")
    reading.add_argument("--only-pythons", action="store_true", help="leave out the other settings of this one")
    said = reading.parse_args()
    settings = {"as it is": {}} if said.only_pythons else SETTINGS
    runs = [(sys.executable, name, changed) for name, changed in settings.items()]
    runs += [(python, "as it is", {}) for python in said.pythons]
    print("| Python | NumPy | SciPy | statsmodels | setting | stages identical | largest relative difference |")
    print("|---|---|---|---|---|---|---|")
    first: dict[str, np.ndarray] = {}
    versions: tuple[str, ...] = ()
    broken = []
    for python, name, changed in runs:
        of = tuple(subprocess.run([python, "-c", VERSIONS], capture_output=True, text=True, check=True).stdout.split())
        found = chain(python, changed)
        first, versions = first or found, versions or of
        told = "reference" if found is first else words(first, found)
        same = sum(found[stage].tobytes() == first[stage].tobytes() for stage in first)
        print(f"| {' | '.join(of)} | {name} | {same} of {len(first)} | {told} |", flush=True)
        expected = of[1:] == versions[1:] and name in {"as it is", "one thread", "two threads", "eight threads"}
        if expected and same < len(first):
            broken.append(f"Python {of[0]}, {name}")
    if broken:
        sys.exit(f"Not the same bits with the same libraries: {'; '.join(broken)}")


def chain(python: str, changed: dict[str, str]) -> dict[str, np.ndarray]:
    """Every number of every stage, as another process computes them."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "numbers.npz"
        subprocess.run(
            [python, str(CHAIN), "--save", str(target)],
            env={**os.environ, **changed},
            check=True,
            stdout=subprocess.PIPE,
        )
        with np.load(target) as read:
            return dict(read)


def words(first: dict[str, np.ndarray], found: dict[str, np.ndarray]) -> str:
    """The largest difference of the stages that differ, the four worst by name."""
    worst = {name: far for name, far in _compared(found, first).items() if far > 0}
    order = sorted(worst, key=lambda name: -worst[name])
    if not order:
        return "none"
    more = f" and {len(order) - 4} more" if len(order) > 4 else ""
    return ", ".join(f"{name} {worst[name]:.1e}" for name in order[:4]) + more


def _compared(found: dict[str, np.ndarray], first: dict[str, np.ndarray]) -> dict[str, float]:
    where = importlib.util.spec_from_file_location("chain", CHAIN)
    assert where is not None
    assert where.loader is not None
    module = importlib.util.module_from_spec(where)
    where.loader.exec_module(module)
    return module.compared(found, first)


if __name__ == "__main__":
    main()
