"""A guard against silent changes: the numbers of the whole chain are those kept in ``golden/golden.json``.

It says that nothing moved, not that the numbers are right; that is what every other test is for. Where a change is
meant, run ``python tests/golden/chain.py --write`` and name it under "Numbers changed" in CHANGELOG.md.
"""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
import scipy.linalg  # noqa: F401  has a BLAS of its own, which must be loaded to be given threads
from threadpoolctl import threadpool_limits

FOLDER = Path(__file__).parent / "golden"
TOLERANCE = 2e-5
"""Relative. Same libraries on the same processor give the same bits; others move digits (docs/reliability.md)."""


def chain():
    where = importlib.util.spec_from_file_location("golden_chain", FOLDER / "chain.py")
    module = importlib.util.module_from_spec(where)
    where.loader.exec_module(module)
    return module


def test_no_number_moved_without_anybody_saying_so():
    """With two threads of linear algebra, as its user may have them (forecast/blas.py)."""
    module = chain()
    golden = json.loads((FOLDER / "golden.json").read_text(encoding="utf-8"))
    with threadpool_limits(limits=2, user_api="blas"):
        found = {name: module.kept(numbers) for name, numbers in module.run().items()}
    worst = module.compared(found, golden)
    moved = {name: far for name, far in worst.items() if not far <= TOLERANCE}
    assert not moved, f"moved by (relative): {moved}; if that is meant, see the head of this file"


def test_the_guard_sees_a_moved_number_a_missing_stage_and_another_length():
    module = chain()
    golden = {"a": [1.0, 2.0], "b": [3.0]}
    assert module.compared(golden, golden) == {"a": 0.0, "b": 0.0}
    assert module.compared({"a": [1.0, 2.0 + 2e-5], "b": [3.0]}, golden)["a"] == pytest.approx(1e-5, rel=1e-3)
    assert module.compared({"a": [1.0, 2.0]}, golden) == {"a": 0.0, "b": np.inf}
    assert module.compared({"a": [1.0, np.nan], "b": [3.0, 3.0]}, golden) == {"a": np.inf, "b": np.inf}
    assert module.compared({"a": [0.0, -2.0], "b": [0.0]}, golden) == {"a": 2.0, "b": 1.0}
