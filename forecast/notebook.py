"""What notebooks show of an object: its printed words, a table or a list, as HTML in which names stay text."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import pandas as pd

STYLE = (
    "<style>.forecast-shown{overflow-x:auto;margin:.4em 0}"
    ".forecast-shown pre{color:inherit;background:none;line-height:1.4;margin:0;padding:0;white-space:pre}"
    ".forecast-shown p{margin:.2em 0}.forecast-shown caption{color:inherit;text-align:left}"
    ".forecast-shown td,.forecast-shown th{color:inherit;padding:.1em .6em;vertical-align:top;white-space:pre-line}"
    ".forecast-shown th,.forecast-shown td.words{text-align:left}"
    ".forecast-shown td.figure{text-align:right;white-space:pre;font-variant-numeric:tabular-nums}</style>"
)
"""One style for all; colours are the notebook's own, so that dark themes stay legible."""


def printed(shown: object) -> str:
    """What ``print(shown)`` says, with its columns in place; ``<`` and the like in it are text."""
    return _framed(f"<pre>{html.escape(str(shown))}</pre>")


def listed(heading: str, sentences: Iterable[str]) -> str:
    """A heading and sentences below it as a list; all of it is text."""
    items = "".join(f"<li>{html.escape(one)}</li>" for one in sentences)
    return _framed(f"<p>{html.escape(heading)}</p>" + (f"<ul>{items}</ul>" if items else ""))


def tabled(heading: str, columns: Sequence[str], rows: Iterable[Sequence[str]], *, words: bool = True) -> str:
    """A table with a caption, a name at the head of each row; cells are text, set as ``words`` or as figures."""
    return _framed(_table(heading, columns, rows, lambda cell: "words" if words else "figure"))


@dataclass(frozen=True)
class Laid:
    """A table within an answer: the ``text`` that is printed, and the same in cells, of which the first row heads.

    Its caption is the sentence before it, unless it has one of its own.
    """

    text: str
    rows: Sequence[Sequence[str]]
    caption: str = ""

    def __str__(self) -> str:
        return self.text


Said: TypeAlias = str | Laid
"""A part of an answer: a sentence, an item of a list (two spaces before it), an empty line, or a table."""


def spoken(parts: Iterable[Said]) -> str:
    """An answer as it is printed, a part below the other."""
    return "\n".join(map(str, parts))


def answered(parts: Iterable[Said]) -> str:
    """The same answer as HTML: sentences, lists and tables, each with the sentence before it as its caption."""
    blocks: list[str] = []
    items: list[str] = []
    sentence = ""
    for part in (*parts, ""):
        item = isinstance(part, str) and part.startswith("  ")
        if items and not item:
            blocks.append(f"<ul>{''.join(items)}</ul>")
            items = []
        if item:
            items.append(f"<li>{html.escape(str(part).strip())}</li>")
        captioned = isinstance(part, Laid) and not part.caption
        if sentence and not captioned:
            blocks.append(f"<p>{html.escape(sentence)}</p>")
        if isinstance(part, Laid):
            blocks.append(_table(part.caption or sentence, part.rows[0], part.rows[1:], _kind))
        sentence = "" if item or isinstance(part, Laid) else str(part)
    return _framed("".join(blocks))


def framed(frame: pd.DataFrame, text: str) -> Laid:
    """A data frame of text as a part of an answer, printed as ``text``."""
    heads = [str(frame.index.name or ""), *map(str, frame.columns)]
    return Laid(text, [heads, *([str(cell) for cell in row] for row in frame.itertuples(name=None))])


def _table(heading: str, columns: Sequence[str], rows: Iterable[Sequence[str]], kind: Callable[[str], str]) -> str:
    """Heads of columns and rows say so to a reader of the screen; an empty corner is no head."""
    top = "".join(f'<th scope="col">{html.escape(column)}</th>' if column else "<td></td>" for column in columns)
    below = ""
    for name, *cells in rows:
        row = "".join(f'<td class="{kind(cell)}">{html.escape(cell)}</td>' for cell in cells)
        below += f'<tr><th scope="row">{html.escape(name)}</th>{row}</tr>'
    caption = f"<caption>{html.escape(heading)}</caption>" if heading else ""
    return f"<table>{caption}<thead><tr>{top}</tr></thead><tbody>{below}</tbody></table>"


def _kind(cell: str) -> str:
    """Numbers are set below each other, words are not."""
    return "figure" if cell[:1].isdigit() or cell[:1] in {"+", "-"} else "words"


def drawn(svg: str) -> str:
    """A drawing whose names are text already."""
    return _framed(svg)


def counted(number: int, what: str) -> str:
    """A number of things in words: '1 line', '1,200 lines'."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _framed(content: str) -> str:
    """The content where a wide one can be scrolled, by keyboard too."""
    return f'{STYLE}<div class="forecast-shown" tabindex="0">{content}</div>'
