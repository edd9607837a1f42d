"""How docstrings become pages of the site: formulas and sessions are set as they were typed."""

import re
from typing import Any

import griffe

_FORMULA = re.compile(r"\w+(\[[^\]]*\])? = |\s")
_LAID_OUT = re.compile(r"\S {2,}\S")
_POWER = re.compile(r"(?<=[\w)\]])\*\*(?=[\w(-])|(?<= )\*\*(?= )")


def as_typed(text: str) -> str:
    """The text with every paragraph of formulas, of a laid out table or of a session in a fence."""
    return "\n\n".join(_fenced(paragraph) for paragraph in text.split("\n\n"))


def _fenced(paragraph: str) -> str:
    lines = paragraph.strip("\n").splitlines()
    if not lines or lines[0].startswith((" ", "- ", "|", "```")):  # Markdown sets these by itself
        return paragraph
    if lines[0].startswith(">>>"):
        return "\n".join(("```pycon", *lines, "```"))
    if any(_LAID_OUT.search(line) for line in lines) or all(_FORMULA.match(line) for line in lines):
        near = (re.sub(r" {4,}(\[[^\]]*\])$", r"    \1", line.replace("``", "")) for line in lines)
        return "\n".join(("```text", *near, "```"))
    prose = paragraph.split("``")  # every second part is code
    prose[::2] = (_POWER.sub(r"\\*\\*", part) for part in prose[::2])  # a power is not bold
    return "``".join(prose)


class AsTyped(griffe.Extension):
    """Applies ``as_typed`` to every docstring."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        if obj.docstring is not None:
            obj.docstring.value = as_typed(obj.docstring.value)
