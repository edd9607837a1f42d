"""Rendering: sections as HTML in which every word that came from data is escaped."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files

from forecast.reporting.page.blocks import Block, Chart, Section, Table, Text

LONG = 40
"""Characters from which on a cell of words is kept wide enough to be read."""


SCRIPTS = ("kit.js", "page.js", "live.js")
"""The script of the page, in this order."""

TURNED = "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u200f\u202a-\u202e\u2066-\u2069]+"
LEFTWARDS = re.compile(f"{TURNED}(?:[ .,-]*{TURNED})*")
"""Words that run from right to left, and characters that turn text around."""
UNBROKEN = 30
"""Letters of a word beyond which it may be broken anywhere."""

NAME = re.compile(r"(?<=[a-z])([_.])(?=[a-z])")


def render(title: str, answer: str, sections: Sequence[Section], data: str) -> str:
    """The page: template, style and script of this package, the sections, and ``data``, JSON made safe.

    A content security policy lets run exactly this script and this style, by their digests, and forbids every request
    to a network, whatever a name in the data says.
    """
    style, script = _file("page.css"), "".join(_file(name) for name in SCRIPTS)
    policy = (
        f"default-src 'none'; img-src data:; style-src '{digest(style)}'; script-src '{digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    parts = {
        "policy": escape(policy),
        "title": escape(title),
        "heading": shown(title),
        "answer": shown(answer),
        "style": style,
        "contents": "\n".join(f'<li><a href="#{one.key}">{shown(one.heading)}</a></li>' for one in sections),
        "sections": "\n".join(_section(place, one) for place, one in enumerate(sections, 1)),
        "data": data,
        "script": script,
    }
    pieces = _file("template.html").split("{{")
    told = [pieces[0]]
    for piece in pieces[1:]:
        name, rest = piece.split("}}", 1)
        told.append(parts[name] + rest)
    return "".join(told)


def digest(text: str) -> str:
    """How a policy names an inline script or style: the SHA-256 of its text."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def shown(text: str) -> str:
    """Text escaped; what runs from right to left is kept apart, so that it cannot reorder the numbers beside it.

    >>> shown("'<b>' is 5")
    '&#x27;&lt;b&gt;&#x27; is 5'
    """
    return LEFTWARDS.sub(lambda found: f"<bdi>{found[0]}</bdi>", escape(text))


def _file(name: str) -> str:
    return files("forecast.reporting.page").joinpath(name).read_text(encoding="utf-8")


def _section(place: int, section: Section) -> str:
    heading = f'<h2 id="{section.key}-heading"><span class="place">{place}</span> {shown(section.heading)}</h2>'
    blocks = "\n".join(_block(block) for block in section.blocks)
    return f'<section id="{section.key}" aria-labelledby="{section.key}-heading">\n{heading}\n{blocks}\n</section>'


def _block(block: Block) -> str:
    if isinstance(block, Text):
        kind = ' class="small"' if block.small else ""
        return f"<p{kind}>{shown(block.text)}</p>"
    if isinstance(block, Chart):
        kind = escape(block.kind)
        caption = f'<figcaption id="caption-{kind}">{shown(block.caption)}</figcaption>'
        return f'<figure class="chart" data-chart="{kind}" aria-labelledby="caption-{kind}">{caption}</figure>'
    return _table(block)


def _table(table: Table) -> str:
    heads = _cells("th", table.columns, table, ' scope="col"')
    body = "\n".join(f"<tr>{_row(row, table)}</tr>" for row in table.rows)
    caption, label = shown(table.caption), escape(table.caption)
    # a region that scrolls must be reachable by keyboard
    made = (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{label}"><table><caption>{caption}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>\n{body}\n</tbody></table></div>"
    )
    return f"<details><summary>{caption}</summary>{made}</details>" if table.folded else made


def _row(row: Sequence[str], table: Table) -> str:
    # a long name may be broken after its underscores
    name = NAME.sub(r"\1<wbr>", shown(row[0])) if row else ""
    broken = ' class="broken"' if row and max(map(len, NAME.sub(r"\1 ", row[0]).split()), default=0) > UNBROKEN else ""
    first = f'<th scope="row"{broken}>{name}</th>' if row else ""
    return first + _cells("td", row[1:], table, "", start=1)


def _cells(tag: str, cells: Iterable[str], table: Table, extra: str, *, start: int = 0) -> str:
    made = []
    for column, cell in enumerate(cells, start):
        words = column in table.left or tag == "th"
        names = [*(["number"] if column not in table.left else []), *(["long"] if words and len(cell) > LONG else [])]
        kind = f' class="{" ".join(names)}"' if names else ""
        told = shown(cell)
        if column in table.links and cell.startswith(("https://", "http://")) and tag == "td":
            told = f'<a href="{escape(cell)}" rel="noreferrer noopener">{told}</a>'
        made.append(f"<{tag}{kind}{extra}>{told}</{tag}>")
    return "".join(made)
