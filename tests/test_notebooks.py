"""The notebooks and the page on reconciliation tell today's numbers: what they print is run again and compared."""

import importlib
import importlib.util
import json
import re
import tempfile
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
NOTEBOOKS = sorted((DOCS / "notebooks").glob("*.ipynb"))
PAGE = (DOCS / "reconciliation.md").read_text(encoding="utf-8")
STALE = "Run `python docs/notebooks/refresh.py`, then read the words between the cells."
YEAR = re.compile(r"(19|20)\d\d")

spec = importlib.util.spec_from_file_location("refresh", DOCS / "notebooks" / "refresh.py")
refresh = importlib.util.module_from_spec(spec)
spec.loader.exec_module(refresh)


def numbers(text):
    """Numbers of three characters or more, as written: 1,766 and 23.7; longer ones lose no digit."""
    return {found.rstrip(".,") for found in re.findall(r"\d[\d,.]+\d", text)}


INDEX = DOCS / "notebooks" / "index.md"


def test_the_page_lists_every_notebook_once():
    assert len(NOTEBOOKS) >= 8
    listed = re.findall(r"\((\w+\.ipynb)\)", INDEX.read_text(encoding="utf-8"))
    assert sorted(listed) == [path.name for path in NOTEBOOKS]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_short_and_small(path):
    assert path.stat().st_size < 300_000
    assert 10 <= len(refresh.read(path)["cells"]) <= 40


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_cell_runs_and_prints_what_is_stored(path):
    notebook = refresh.read(path)
    today = refresh.run(notebook)
    for cell, outputs in zip(refresh.code_cells(notebook), today, strict=True):
        stored = refresh.text_of(cell["outputs"])
        assert stored == refresh.text_of(outputs), f"{path.name}, cell '{cell['id']}' prints something else. {STALE}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_numbers_in_the_words_are_printed_or_written_in_a_cell(path):
    notebook = refresh.read(path)
    cells = refresh.code_cells(notebook)
    shown = numbers("\n".join("".join(cell["source"]) + "\n" + refresh.text_of(cell["outputs"]) for cell in cells))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            told = {number for number in numbers("".join(cell["source"])) if not YEAR.fullmatch(number)}
            assert told <= shown, f"{path.name}, cell '{cell['id']}' tells {sorted(told - shown)}. {STALE}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_a_notebook_of_format_4_5_that_was_run_from_top_to_bottom(path):
    notebook = refresh.read(path)
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert set(notebook) == {"cells", "metadata", "nbformat", "nbformat_minor"}
    names = [cell["id"] for cell in notebook["cells"]]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name) for name in names)
    keys = {"code": {"id", "cell_type", "metadata", "source", "execution_count", "outputs"}}
    keys["markdown"] = {"id", "cell_type", "metadata", "source"}
    assert all(set(cell) == keys[cell["cell_type"]] for cell in notebook["cells"])
    cells = refresh.code_cells(notebook)
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    assert path.read_text(encoding="utf-8") == json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
    pictures = [
        one["data"]["image/png"] for cell in cells for one in cell["outputs"] if "image/png" in one.get("data", {})
    ]
    assert pictures
    # base64 writes three bytes as four characters
    assert all(len(picture) * 3 / 4 < 60_000 for picture in pictures)


def test_a_refreshed_notebook_holds_what_its_cells_print(tmp_path):
    cell = {"cell_type": "code", "execution_count": None, "id": "one", "metadata": {}, "outputs": []}
    source = ["x = 20\n", "print(x + 1)\n", "x + 2"]
    words = {"cell_type": "markdown", "id": "two", "metadata": {}, "source": ["words"]}
    notebook = {"cells": [words, {**cell, "source": source}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path = tmp_path / "small.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    refresh.refresh(path)
    assert refresh.read(path)["cells"] == [
        words,
        {
            **cell,
            "source": source,
            "execution_count": 1,
            "outputs": [
                {"output_type": "stream", "name": "stdout", "text": ["21\n"]},
                {"output_type": "execute_result", "execution_count": 1, "data": {"text/plain": ["22"]}, "metadata": {}},
            ],
        },
    ]


def test_temporary_files_of_a_run_are_removed():
    before = tempfile.gettempdir()
    source = ["import tempfile\n", "folder = tempfile.mkdtemp()\n", "print(folder)"]
    (outputs,) = refresh.run({"cells": [{"cell_type": "code", "id": "one", "source": source}]})
    made = Path(refresh.text_of(outputs).strip())
    assert made.parent.parent == Path(before)
    assert not made.parent.exists()
    assert tempfile.gettempdir() == before


def test_a_warning_in_a_cell_is_an_error():
    source = ["import warnings\n", "warnings.warn('old', stacklevel=1)"]
    with pytest.raises(UserWarning, match=r"^old$"):
        refresh.run({"cells": [{"cell_type": "code", "id": "one", "source": source}]})


def test_the_constants_of_the_page_are_those_of_the_code():
    rows = re.findall(r"^\| `(\w+)\.(\w+)(?:\[\"(.+?)\"\])?` \| (\S+) \|", PAGE, flags=re.MULTILINE)
    assert len(rows) > 10
    for module, name, key, value in rows:
        constant = getattr(importlib.import_module(f"forecast.financials.{module}"), name)
        assert float(value) == (constant[key] if key else constant), f"{module}.{name}"


def test_the_year_with_a_known_last_quarter_is_the_one_of_the_page():
    """min (b - a)**2 + (c - b)**2 + (399 - c)**2 with a + b + c = 1144: steps of 1, 2 and 3 times 53/14."""
    step = 53 / 14
    quarters = [399 - 6 * step, 399 - 5 * step, 399 - 3 * step]
    assert sum(quarters) == pytest.approx(1144)
    assert ", ".join(f"{value:.1f}" for value in [*quarters, 399]) == "376.3, 380.1, 387.6, 399.0"
    assert "376.3, 380.1, 387.6, 399.0" in PAGE


def test_every_link_of_the_page_and_of_the_notebooks_leads_somewhere():
    words = {DOCS / "reconciliation.md": PAGE}
    for path in NOTEBOOKS:
        words[path] = "\n".join("".join(cell["source"]) for cell in refresh.read(path)["cells"])
    for path, text in words.items():
        for link in re.findall(r"\]\(([\w./-]+)\)", text):
            assert (path.parent / link).exists(), f"{path.name}: {link}"
