"""What a command answers: words for people, plain values for programs, and an exit code."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FINE, WRONG, MISUSED, NOT_REACHED, FAULT, INTERRUPTED = 0, 1, 2, 3, 4, 130
"""Exit codes: fine; something is wrong with the folder or the question; a wrong call; a goal seek without an answer;
a fault of this program; interrupted by the user (128 and the number of the signal, as shells have it)."""

SCHEMA = 1
"""The version of what ``--json`` prints: a field may be added in it, none is renamed, removed or given another unit."""


@dataclass(frozen=True, slots=True)
class Answer:
    """``text`` is what is printed without ``--json``; ``result`` what is printed with it, under ``about``."""

    text: str
    result: Mapping[str, Any]
    about: Mapping[str, Any] = field(default_factory=dict)
    code: int = FINE


def plain(value: Any) -> Any:
    """Values as JSON has them: numbers stay numbers, quarters and dates are texts, missing and infinite is null."""
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, dt.date):
        return value.isoformat()
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    return str(value)
