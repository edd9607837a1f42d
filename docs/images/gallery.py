"""Draws the pictures of the gallery: runs the code of docs/gallery.md, and saves what each block's last line returns
under the name that stands below the block.

Run from the project's folder: python docs/images/gallery.py
"""

import ast
import re
from pathlib import Path

PAGE = Path(__file__).parents[1] / "gallery.md"
PARTS = re.compile(r"```python\n(?P<code>.*?)```|!\[[^\]]*\]\((?P<picture>[^)]+)\)", flags=re.DOTALL)


def last_value(code, names):
    """What the last line of a block is worth, after the lines before it; None where it is no expression."""
    *before, last = ast.parse(code).body
    if not isinstance(last, ast.Expr):
        exec(compile(code, PAGE.name, "exec"), names)
        return None
    exec(compile(ast.Module(before, []), PAGE.name, "exec"), names)
    return eval(compile(ast.Expression(last.value), PAGE.name, "eval"), names)


def main():
    names, drawn = {}, None
    for part in PARTS.finditer(PAGE.read_text(encoding="utf-8")):
        if part["code"] is not None:
            drawn = last_value(part["code"], names)
        else:
            axes = drawn[0] if isinstance(drawn, tuple) else drawn
            target = PAGE.parent / part["picture"]
            target.parent.mkdir(exist_ok=True)
            axes.figure.savefig(target, dpi=110, metadata={"Software": None})
            print(target)


if __name__ == "__main__":
    main()
