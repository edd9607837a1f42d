"""The Python on the pages of the documentation runs, block after block, and their links lead somewhere."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
PAGES = (
    "comparison.md",
    "excel.md",
    "from_a_spreadsheet.md",
    "gallery.md",
    "honesty.md",
    "index.md",
    "numerical_safety.md",
    "questions.md",
    "report.md",
    "scenarios.md",
)


@pytest.mark.parametrize("page", PAGES)
def test_the_blocks_run_one_after_the_other(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), flags=re.DOTALL)
    assert blocks
    names: dict[str, object] = {"__name__": page}
    for block in blocks:
        exec(compile(block, page, "exec", dont_inherit=True), names)


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_to_a_file(page):
    links = re.findall(r"\]\(([^)#]+)", (DOCS / page).read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (DOCS / link).exists()] == []
