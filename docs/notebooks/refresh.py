"""Run the notebooks of this folder again and store what they print: ``python docs/notebooks/refresh.py``.

It needs nothing but the library: a notebook is read as JSON, its code cells run one after the other in one fresh
namespace, with warnings as errors, and their outputs are written back. ``tests/test_notebooks.py`` compares the stored
text with a new run, so that no notebook tells old numbers. The words between the cells are not touched.
"""

from __future__ import annotations

import ast
import base64
import contextlib
import io
import json
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
DOTS_AN_INCH = 80


def read(path: Path) -> dict[str, Any]:
    """A notebook as its JSON."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def code_cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    """The cells that run, in order."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def text_of(outputs: list[dict[str, Any]]) -> str:
    """What these outputs say in words: everything printed, and the plain form of every value."""
    texts = [one["text"] if one["output_type"] == "stream" else one["data"].get("text/plain", "") for one in outputs]
    return "".join("".join(text) for text in texts)


def run(notebook: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """The outputs of every code cell, in the notebook format 4.5, of one run in a fresh namespace.

    Temporary files that its cells leave behind are removed.
    """
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    pyplot.close("all")  # figures that others left open are no part of it
    names: dict[str, Any] = {"__name__": "__main__"}
    with tempfile.TemporaryDirectory() as folder, _temporary_files_in(folder), warnings.catch_warnings():
        warnings.simplefilter("error")
        return [_run_cell(cell, number, names) for number, cell in enumerate(code_cells(notebook), 1)]


@contextlib.contextmanager
def _temporary_files_in(folder: str) -> Iterator[None]:
    """What ``tempfile`` makes meanwhile is made in this folder."""
    before, tempfile.tempdir = tempfile.tempdir, folder
    try:
        yield
    finally:
        tempfile.tempdir = before


def _run_cell(cell: dict[str, Any], number: int, names: dict[str, Any]) -> list[dict[str, Any]]:
    """The outputs of one cell: what it prints, its last expression, and the figures that it leaves open."""
    where = f"cell {number} ({cell['id']})"
    tree = ast.parse("".join(cell["source"]), where)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed, value = io.StringIO(), None
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, where, "exec"), names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), where, "eval"), names)
    outputs: list[dict[str, Any]] = []
    if printed.getvalue():
        outputs.append({"output_type": "stream", "name": "stdout", "text": _lines(printed.getvalue())})
    if value is not None:
        data = {"text/plain": _lines(repr(value))}
        if hasattr(value, "_repr_html_"):
            data["text/html"] = _lines(value._repr_html_())
        outputs.append({"output_type": "execute_result", "execution_count": number, "data": data, "metadata": {}})
    return outputs + _figures()


def _figures() -> list[dict[str, Any]]:
    """Every figure that is open in pyplot, as a picture; they are closed, as a notebook's own display does."""
    if "matplotlib.pyplot" not in sys.modules:
        return []
    import matplotlib.pyplot as plt

    outputs = []
    for number in plt.get_fignums():
        picture, figure = io.BytesIO(), plt.figure(number)
        figure.savefig(picture, format="png", dpi=DOTS_AN_INCH, metadata={"Software": None})
        data = {"image/png": base64.b64encode(picture.getvalue()).decode() + "\n", "text/plain": [repr(figure)]}
        outputs.append({"output_type": "display_data", "data": data, "metadata": {}})
    plt.close("all")
    return outputs


def _lines(text: str) -> list[str]:
    """A text as the notebook format stores it, line by line."""
    return text.splitlines(keepends=True)


def refresh(path: Path) -> None:
    """Run one notebook and store its outputs in place."""
    notebook = read(path)
    for number, (cell, outputs) in enumerate(zip(code_cells(notebook), run(notebook), strict=True), 1):
        cell["execution_count"], cell["outputs"] = number, outputs
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(FOLDER.parent.parent))
    for notebook_path in sorted(FOLDER.glob("*.ipynb")):
        refresh(notebook_path)
        print(f"{notebook_path.name}: {notebook_path.stat().st_size // 1024} kB")
