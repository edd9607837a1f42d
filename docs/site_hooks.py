"""What the documentation site changes on its pages, and what it checks when they are built.

Links to files outside docs become the names of these files. A page that would have a reader's browser fetch anything
from elsewhere (a script, a picture, a font) is a warning, which ends a strict build.
"""

import logging
import re
from pathlib import Path
from typing import Any

_OUTSIDE = re.compile(r"(?<!!)\[([^\]]+)\]\((?:\.\./)+([^)#]+)(?:#[^)]*)?\)")

_LOG = logging.getLogger("mkdocs.hooks.site")

_AWAY = r"[\"']?\s*(?:https?:)?//[^\"'\s>)]+"
# what a browser fetches by itself; <a href> is a link, which a reader follows or not, and so is <link rel="canonical">
_FETCHED = re.compile(
    rf"<(?:script|img|iframe|source|video|audio|track|embed|input|frame)\b[^>]*?\b(?:src|srcset|poster)\s*=\s*{_AWAY}"
    rf"|<object\b[^>]*?\bdata\s*=\s*{_AWAY}"
    rf"|<(?:image|use)\b[^>]*?href\s*=\s*{_AWAY}"
    rf"|<link\b(?![^>]*\brel=[\"']?(?:canonical|next|prev|alternate|author|license))[^>]*?\bhref\s*=\s*{_AWAY}"
    rf"|@import\s*(?:url\()?{_AWAY}|\burl\({_AWAY}",
    flags=re.IGNORECASE,
)
_MERMAID = re.compile(r"""class\s*=\s*["'][^"']*\bmermaid\b""")  # for it the theme's script fetches another one


def fetches(text: str) -> list[str]:
    """What a page or a style sheet has a browser fetch from elsewhere, as it stands there."""
    return [one.group() for pattern in (_FETCHED, _MERMAID) for one in pattern.finditer(text)]


def on_post_build(*, config: Any, **_: Any) -> None:
    """Warn of every fetch from elsewhere in the pages and style sheets of the site as it was built."""
    site = Path(config["site_dir"])
    for path in sorted([*site.rglob("*.html"), *site.rglob("*.css")]):
        for one in fetches(path.read_text(encoding="utf-8")):
            _LOG.warning("%s fetches from elsewhere: %s", path.relative_to(site), one)


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """``[text](../data/kunlun/README.md)`` becomes ``text (`data/kunlun/README.md` in the repository)``."""
    if "/" in page.file.src_uri:  # from a page in a folder, ../ leads to docs
        return markdown
    return _OUTSIDE.sub(_named, markdown)


def _named(link: re.Match[str]) -> str:
    text, path = link.groups()
    where = f"`{path}` in the repository"
    return where if text.strip("`") == path else f"{text} ({where})"
