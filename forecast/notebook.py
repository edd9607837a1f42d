"""What notebooks show of an object: its printed words, a table or a list, as HTML in which names stay text."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

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
    kind = "words" if words else "figure"
    top = "".join(f'<th scope="col">{html.escape(column)}</th>' for column in columns)
    below = ""
    for name, *cells in rows:
        row = "".join(f'<td class="{kind}">{html.escape(cell)}</td>' for cell in cells)
        below += f'<tr><th scope="row">{html.escape(name)}</th>{row}</tr>'
    caption = f"<caption>{html.escape(heading)}</caption>"
    return _framed(f"<table>{caption}<thead><tr>{top}</tr></thead><tbody>{below}</tbody></table>")


def counted(number: int, what: str) -> str:
    """A number of things in words: '1 line', '1,200 lines'."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _framed(content: str) -> str:
    """The content where a wide one can be scrolled, by keyboard too."""
    return f'{STYLE}<div class="forecast-shown" tabindex="0">{content}</div>'
