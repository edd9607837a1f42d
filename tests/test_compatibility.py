"""The library uses only what the installed versions have; run with the oldest ones (``.ci/oldest.txt``) it guards them.

Most imports are inside functions and show a missing name only when they run.
"""

import ast
import importlib
import importlib.util
import tomllib
import warnings
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "forecast").rglob("*.py"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PINNED_EXTRAS = ("frames", "excel", "notebook", "sweep", "dask", "ray")


def imported(text):
    """Module and name of every import of another package in a source; the name is empty for ``import module``."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found += [(alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [(node.module, alias.name) for alias in node.names]
    return [(module, name) for module, name in found if module.split(".")[0] != "forecast"]


def resolves(module, name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = importlib.import_module(module)
            return not name or hasattr(found, name) or bool(importlib.import_module(f"{module}.{name}"))
        except ImportError:
            return False


def spelled(text):
    """Every ``np.a.b`` and ``pd.a`` of a source, as tuples of names after the package."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        names, inner = [], node
        while isinstance(inner, ast.Attribute):
            names.insert(0, inner.attr)
            inner = inner.value
        if names and isinstance(inner, ast.Name) and inner.id in {"np", "pd"}:
            found.add(({"np": "numpy", "pd": "pandas"}[inner.id], names[0]))
    return found


def test_every_name_that_is_imported_anywhere_is_there():
    pairs = sorted({pair for path in SOURCES for pair in imported(path.read_text(encoding="utf-8"))})
    assert ("scipy.sparse", "diags_array") in pairs
    present = [pair for pair in pairs if importlib.util.find_spec(pair[0].split(".")[0]) is not None]
    assert [f"{module}: {name}" for module, name in present if not resolves(module, name)] == []


def test_every_name_of_numpy_and_pandas_is_there():
    pairs = sorted({pair for path in SOURCES for pair in spelled(path.read_text(encoding="utf-8"))})
    assert ("numpy", "quantile") in pairs
    missing = [f"{package}.{name}" for package, name in pairs if not hasattr(importlib.import_module(package), name)]
    assert missing == []


def test_a_name_that_is_not_there_is_seen():
    text = "import numpy as np\ndef f():\n    from scipy.sparse import nowhere_array\n    return np.trapezium(1)\n"
    assert [pair for pair in imported(text) if not resolves(*pair)] == [("scipy.sparse", "nowhere_array")]
    assert spelled(text) == {("numpy", "trapezium")}


def test_the_oldest_versions_that_ci_tests_are_the_lower_bounds():
    lines = (ROOT / ".ci" / "oldest.txt").read_text(encoding="utf-8").splitlines()
    pins = {pin.name.lower(): pin for pin in map(Requirement, filter(lambda line: line and line[0] != "#", lines))}
    stated = [*PROJECT["dependencies"]]
    for extra in PINNED_EXTRAS:
        stated += PROJECT["optional-dependencies"][extra]
    stated = [text for text in stated if not text.startswith(PROJECT["name"])]
    for wanted in map(Requirement, stated):
        bound = next(one.version for one in wanted.specifier if one.operator in {">=", "=="})
        assert wanted.name.lower() in pins, f"{wanted.name}=={bound} is missing in .ci/oldest.txt"
        (pin,) = pins[wanted.name.lower()].specifier
        assert (pin.operator, Version(pin.version)) == ("==", Version(bound)), wanted.name


def test_the_tested_pythons_are_stated():
    tested = [
        one.rsplit(" ", 1)[1] for one in PROJECT["classifiers"] if one.startswith("Programming Language :: Python :: ")
    ]
    assert tested == ["3.11", "3.12", "3.13"]
    assert PROJECT["requires-python"] == f">={tested[0]}"
    page = (ROOT / "docs" / "compatibility.md").read_text(encoding="utf-8")
    assert all(f"{version}" in page for version in tested)
