"""Notebooks become pages of the site: every cell and output is there, and links between them lead to pages."""

import base64
import importlib.util
from pathlib import Path

DOCS = Path(__file__).parent.parent / "docs"
spec = importlib.util.spec_from_file_location("site_notebooks", DOCS / "site_notebooks.py")
site = importlib.util.module_from_spec(spec)
spec.loader.exec_module(site)

PICTURE = b"\x89PNG, in short"
NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "id": "title", "source": ["# Title\n", "Words, [another](other.ipynb)."]},
        {
            "cell_type": "code",
            "id": "first-look",
            "source": ["print(1)\n", "x"],
            "outputs": [
                {"output_type": "stream", "text": ["1\n"]},
                {"output_type": "execute_result", "data": {"text/plain": ["long"], "text/html": ["<b>x</b>"]}},
                {"output_type": "display_data", "data": {"image/png": base64.b64encode(PICTURE).decode() + "\n"}},
            ],
        },
        {
            "cell_type": "code",
            "id": "second",
            "source": ["2"],
            "outputs": [{"output_type": "execute_result", "data": {"text/plain": ["2"]}}],
        },
    ]
}
PAGE = """# Title
Words, [another](other.ipynb).

```python
print(1)
x
```

```text
1
```

<div><b>x</b></div>

![first look](small_1.png)

```python
2
```

```text
2
```

<a href="../small.ipynb" download>Download the notebook</a>
"""


def test_a_page_holds_every_cell_and_output_in_order():
    assert site.page_of(NOTEBOOK, "small") == (PAGE, {"small_1.png": PICTURE})


def test_links_to_notebooks_lead_to_pages_and_others_stay():
    text = "[a](other.ipynb), [b](../notebooks/other.ipynb), [c](../reading.md), `x.ipynb`, https://a.b/c.ipynb"
    expected = "[a](other.md), [b](../notebooks/other.md), [c](../reading.md), `x.ipynb`, https://a.b/c.ipynb"
    assert site.on_page_markdown(text) == expected


def test_a_fence_is_longer_than_those_inside():
    assert site.fenced("````\na\n````", "text") == "`````text\n````\na\n````\n`````"
    assert site.fenced("`a`", "text") == "```text\n`a`\n```"
