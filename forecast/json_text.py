"""JSON as text: every script as it stands, and nothing raw that steers a terminal or turns the direction of a text."""

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
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent, separators=separators)
    return UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
