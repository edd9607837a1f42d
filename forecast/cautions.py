"""Warnings that a result carries with it: short sentences, printed below what it says."""

from __future__ import annotations

from collections.abc import Iterable


def gathered(*groups: Iterable[str]) -> tuple[str, ...]:
    """Several groups of warnings as one tuple, each sentence once, in their order.

    >>> gathered(["a."], ("b.", "a."))
    ('a.', 'b.')
    """
    return tuple(dict.fromkeys(one for group in groups for one in group))


def told(warnings: Iterable[str]) -> list[str]:
    """Warnings as the last parts of an answer: a heading and an item each, nothing where there are none."""
    found = tuple(warnings)
    return ["Warnings:", *(f"  - {one}" for one in found)] if found else []


def warned(text: str, warnings: Iterable[str]) -> str:
    r"""A result's text with its warnings below it; the text alone where there are none.

    >>> warned("Median 5.", ["sales: only 3 values."])
    'Median 5.\nWarnings:\n  - sales: only 3 values.'
    """
    return "\n".join([text, *told(warnings)])
