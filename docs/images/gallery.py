"""Draws the pictures of the gallery and of the tutorial: runs the code of the page, and saves what a block's last line
returns under the name that stands below the block.

Run from the project's folder: python docs/images/gallery.py
"""

import ast
import contextlib
import re
import tempfile
from pathlib import Path

PAGES = [Path(__file__).resolve().parents[1] / name for name in ("gallery.md", "tutorial.md")]
PARTS = re.compile(
    r'```python\n(?P<code>.*?)```|```csv title="(?P<file>[\w.]+)"\n(?P<text>.*?)```|!\[[^\]]*\]\((?P<picture>[^)]+)\)',
    flags=re.DOTALL,
)


def last_value(code, names):
    """What the last line of a block is worth, after the lines before it; None where it is no expression."""
    *before, last = ast.parse(code).body
    if not isinstance(last, ast.Expr):
        exec(compile(code, "page", "exec"), names)
        return None
    exec(compile(ast.Module(before, []), "page", "exec"), names)
    return eval(compile(ast.Expression(last.value), "page", "eval"), names)


def draw(page):
    """Run the page up to its last picture, in an empty folder, and save the pictures."""
    parts = list(PARTS.finditer(page.read_text(encoding="utf-8")))
    end = max(number for number, part in enumerate(parts) if part["picture"])
    names, drawn = {}, None
    for part in parts[: end + 1]:
        if part["file"] is not None:
            Path(part["file"]).write_text(part["text"], encoding="utf-8")
        elif part["code"] is not None:
            drawn = last_value(part["code"], names)
        else:
            axes = drawn[0] if isinstance(drawn, tuple) else drawn
            target = page.parent / part["picture"]
            target.parent.mkdir(exist_ok=True)
            axes.figure.savefig(target, dpi=110, metadata={"Software": None})
            print(target)


if __name__ == "__main__":
    for page in PAGES:
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            draw(page)
