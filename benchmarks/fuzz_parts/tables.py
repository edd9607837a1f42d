"""Data frames out of bytes, with cells, columns and indexes of every kind that a caller may hand over."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from decimal import Decimal

import pandas as pd

MARKS: dict[str, Callable[[str], object]] = {
    "#": float,
    "+": int,
    "$": Decimal,
    "@": pd.Timestamp,
    "%": lambda text: pd.Period(text, freq="Q"),
    "&": str.encode,
    "*": lambda text: [text],
    "^": bool,
    "~": lambda text: None,
    "!": lambda text: pd.NaT,
    "?": lambda text: pd.NA,
    "(": lambda text: complex(text),
}
"""The first character of a cell, and what the rest of it becomes; a text where there is none or it cannot."""

START = {2: "Q-DEC", 3: "Q-MAR", 4: "M"}
"""Kinds of the index that are periods, by the first byte."""


def cell(text: str) -> object:
    try:
        return MARKS[text[0]](text[1:])
    except Exception:
        return text


def frame_of(data: bytes) -> pd.DataFrame | None:
    """Cells between tabs, rows between line ends, the names first; the first byte says index and types.

    None where pandas itself has no such frame.
    """
    kind, form = (data[:1] or b"\0")[0] % 8, (data[:1] or b"\0")[0] // 8 % 4
    rows = [line.split("\t") for line in data[1:].decode("utf-8", "ignore").split("\n")[:40]]
    with warnings.catch_warnings(action="ignore"):
        names = [cell(text) if form == 3 else text for text in rows[0][:20]]
        held = [[cell(text) for text in row[: len(names)]] + [None] * (len(names) - len(row)) for row in rows[1:]]
        try:
            frame = pd.DataFrame(held, columns=pd.Index(names, dtype=object), dtype=object)
            if form == 1:
                frame = frame.infer_objects()
            elif form == 2:
                frame = frame.convert_dtypes()
            if kind == 1:
                frame = frame.set_index(frame.columns[0])
            elif kind in START:
                frame.index = pd.period_range("2015-01-01", periods=len(frame), freq=START[kind])
            elif kind == 5:
                frame.index = pd.date_range("2015-03-31", periods=len(frame), freq="QE", tz="UTC")
            elif kind == 6:
                frame.index = pd.MultiIndex.from_arrays([range(len(frame)), ["a"] * len(frame)])
            elif kind == 7:
                frame.index = pd.Index([0] * len(frame))
        except Exception:
            return None
    return frame


def bytes_of(kind: int, *rows: str) -> bytes:
    """What ``frame_of`` reads: cells of a row between spaces."""
    return bytes([kind]) + "\n".join(row.replace(" ", "\t") for row in rows).encode()
