"""The package as a whole: public names, a light import, and house rules of the code."""

import ast
import subprocess
import sys
from pathlib import Path

import forecast as fc

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "forecast").rglob("*.py"))


def test_every_public_name_is_there_and_the_list_is_complete():
    for name in fc.__all__:
        assert getattr(fc, name) is not None, name
    tree = ast.parse((ROOT / "forecast" / "__init__.py").read_text(encoding="utf-8"))
    typed = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.If)
        for inner in node.body
        if isinstance(inner, ast.ImportFrom)
        for alias in inner.names
    }
    assert typed == set(fc.__all__) - {"__version__"}


def test_an_unknown_name_is_an_attribute_error():
    assert not hasattr(fc, "forcast")


def test_no_type_checker_sees_a_module_that_has_any_name():
    # With a ``__getattr__`` in sight mypy takes every misspelled name for Any; tests/downstream/tests/test_types.py.
    for path in SOURCES:
        seen = ast.parse(path.read_text(encoding="utf-8")).body
        assert not [one for one in seen if isinstance(one, ast.FunctionDef) and one.name == "__getattr__"], path


def test_importing_loads_nothing_heavy():
    heavy = "{'scipy', 'statsmodels', 'sklearn', 'prophet', 'matplotlib', 'xarray', 'pyarrow'}"
    code = f"import forecast, sys; print(sorted(set(m.split('.')[0] for m in sys.modules) & {heavy}))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout.strip() == "[]"


def test_every_module_says_one_thing_first_and_stays_readable():
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        assert ast.get_docstring(ast.parse(text)), path
        assert text.count("\n") <= 400, path


def test_no_text_is_ever_executed_and_nothing_is_pickled():
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"eval", "exec", "compile", "__import__"}, path
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
                assert not {"pickle", "marshal", "shelve"} & {name.split(".")[0] for name in names}, path


def test_random_numbers_come_from_named_streams_only():
    allowed = {"streams.py", "prediction.py", "chance.py"}
    for path in SOURCES:
        if path.name not in allowed:
            assert "np.random" not in path.read_text(encoding="utf-8"), path
