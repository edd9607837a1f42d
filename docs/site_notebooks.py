"""The notebooks as pages of the documentation site: words, code, printed answers and pictures, as they are stored.

Nothing is run here; ``tests/test_notebooks.py`` sees to it that what is stored is what the cells print.
"""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

_NOTEBOOK = re.compile(r"(\]\([\w./-]+)\.ipynb\)")


def on_files(files: Any, *, config: Any) -> Any:
    """A page a notebook, ``notebooks/name.md``, reached from ``notebooks/index.md``, with its pictures beside it."""
    from mkdocs.structure.files import File, InclusionLevel

    for path in sorted((Path(config.docs_dir) / "notebooks").glob("*.ipynb")):
        text, pictures = page_of(json.loads(path.read_text(encoding="utf-8")), path.stem)
        place = f"notebooks/{path.stem}.md"
        files.append(File.generated(config, place, content=text, inclusion=InclusionLevel.NOT_IN_NAV))
        for name, picture in pictures.items():
            files.append(File.generated(config, f"notebooks/{name}", content=picture))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """On the site a link to a notebook leads to its page."""
    return _NOTEBOOK.sub(r"\1.md)", markdown)


def page_of(notebook: dict[str, Any], name: str) -> tuple[str, dict[str, bytes]]:
    """A notebook as Markdown, and its pictures by name."""
    parts: list[str] = []
    pictures: dict[str, bytes] = {}
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(source)
            continue
        parts.append(fenced(source, "python"))
        for output in cell["outputs"]:
            data = output.get("data", {})
            if "image/png" in data:
                place = f"{name}_{len(pictures) + 1}.png"
                pictures[place] = base64.b64decode(data["image/png"])
                parts.append(f"![{cell['id'].replace('-', ' ')}]({place})")
            elif "text/html" in data:
                parts.append("<div>" + "".join(data["text/html"]) + "</div>")
            else:
                parts.append(fenced("".join(output.get("text", data.get("text/plain", ""))).rstrip("\n"), "text"))
    parts.append(f'<a href="../{name}.ipynb" download>Download the notebook</a>')
    return "\n\n".join(parts) + "\n", pictures


def fenced(text: str, language: str) -> str:
    """A block of code; the fence is longer than any in the text."""
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`{3,}", text)), 3)
    return f"{fence}{language}\n{text}\n{fence}"
