"""JSON and YAML as texts: every script as it stands, but what steers a terminal or turns a text as escapes."""

from __future__ import annotations

import json
from typing import Any

from forecast.errors import UNSEEN


def as_json(value: Any, *, indent: int | None = None, separators: tuple[str, str] | None = None) -> str:
    r"""The JSON of plain values, to be printed or kept; NaN and infinity are refused (``ValueError``).

    Control characters, those that turn the direction of a text and lone surrogates are written as escapes of JSON: a
    program that reads them gets the same text, and a terminal gets nothing to act on.

    >>> print(as_json({"name": "昆仑 \u202etxet\x9b"}))
    {"name": "昆仑 \u202etxet\u009b"}
    """
    return escaped(json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent, separators=separators))


def escaped(text: str) -> str:
    r"""A text of which what stands in quotes is read back the same by JSON and by YAML.

    >>> print(escaped('"\u2066"'))
    "\u2066"
    """
    return UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
