"""What the documentation site changes on its pages: links to files outside docs become the names of these files."""

import re
from typing import Any

_OUTSIDE = re.compile(r"(?<!!)\[([^\]]+)\]\((?:\.\./)+([^)#]+)(?:#[^)]*)?\)")


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """``[text](../data/kunlun/README.md)`` becomes ``text (`data/kunlun/README.md` in the repository)``."""
    if "/" in page.file.src_uri:  # from a page in a folder, ../ leads to docs
        return markdown
    return _OUTSIDE.sub(_named, markdown)


def _named(link: re.Match[str]) -> str:
    text, path = link.groups()
    where = f"`{path}` in the repository"
    return where if text.strip("`") == path else f"{text} ({where})"
