"""A digest of everything that a result holds, to the last bit."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import hashlib
import struct
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np


class Fingerprinted:
    """Gives a result its ``fingerprint``: equal ones mean the same kind of result with the same content."""

    __slots__ = ()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the result's content, to the last bit."""
        return fingerprint_of(self)


def fingerprint_of(value: Any) -> str:
    """SHA-256 of a value's content, the same on every machine where the content is.

    Numbers count by their bits (every NaN is the same unknown), mappings and sets whatever their order, dataclasses
    by their class and fields. What has a fingerprint of its own (a simulation, a history) counts by that.

    >>> fingerprint_of({"a": 1.0, "b": None}) == fingerprint_of({"b": None, "a": 1.0})
    True
    >>> fingerprint_of(0.0) == fingerprint_of(-0.0)
    False
    """
    digest = hashlib.sha256()
    for part in _parts(value, top=True):
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.hexdigest()


def _parts(value: Any, *, top: bool = False) -> Iterator[bytes]:
    """The content as a sequence of byte strings, none of which can be read as two others."""
    if value is None or isinstance(value, bool | str | bytes | int | np.bool_):
        plain = value.item() if isinstance(value, np.generic) else value
        yield type(plain).__name__.encode()
        yield repr(plain).encode("utf-8", "surrogatepass")
    elif isinstance(value, float | np.floating):
        yield b"float"
        yield struct.pack("<d", float("nan") if value != value else float(value))
    elif isinstance(value, np.integer):
        yield from _parts(int(value))
    elif isinstance(value, enum.Enum):
        yield b"enum"
        yield f"{_name(value)}.{value.name}".encode()
    elif isinstance(value, dt.date | dt.timedelta):
        yield b"date"
        yield repr(value).encode()
    elif isinstance(value, np.ndarray):
        yield from _array(value)
    elif isinstance(value, Mapping):
        yield b"mapping"
        yield str(len(value)).encode()
        yield from sorted(f"{fingerprint_of(key)}{fingerprint_of(one)}".encode() for key, one in value.items())
    elif isinstance(value, set | frozenset):
        yield b"set"
        yield from sorted(fingerprint_of(one).encode() for one in value)
    elif isinstance(value, tuple | list):
        yield b"sequence"
        yield str(len(value)).encode()
        for one in value:
            yield from _parts(one)
    elif not top and isinstance(own := getattr(value, "fingerprint", None), str):
        yield b"fingerprint"
        yield f"{_name(value)} {own}".encode()
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield b"dataclass"
        yield _name(value).encode()
        for field in dataclasses.fields(value):
            yield field.name.encode()
            yield from _parts(getattr(value, field.name))
    elif type(value).__module__.partition(".")[0] == "pandas" and hasattr(value, "to_numpy"):
        yield b"pandas"
        for axis in getattr(value, "axes", [value]):
            yield from _parts([str(label) for label in axis])
        yield from _parts(value.to_numpy())
    else:
        yield from _other(value)


def _array(value: np.ndarray[Any, Any]) -> Iterator[bytes]:
    yield b"array"
    yield repr(value.shape).encode()
    if value.dtype.kind == "f":
        unknown = np.isnan(value)
        filled = np.where(unknown, np.nan, value) if unknown.any() else value
        yield np.ascontiguousarray(filled, dtype="<f8").tobytes()
    elif value.dtype.kind in "iub":
        yield np.ascontiguousarray(value, dtype="<i8").tobytes()
    else:
        yield from _parts(list(value.ravel().tolist()))


def _other(value: Any) -> Iterator[bytes]:
    """A function by its name, an object of another class by its class and attributes: never by where it lies."""
    yield b"object"
    yield _name(value).encode()
    if hasattr(value, "__qualname__"):
        yield f"{value.__module__}.{value.__qualname__}".encode()
    elif hasattr(value, "__dict__"):
        yield from _parts({name: one for name, one in vars(value).items() if not name.startswith("_")})
    elif " at 0x" not in (words := repr(value)):
        yield words.encode()


def _name(value: Any) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}"
