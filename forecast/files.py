"""Files that are read: plain ones of bounded size, and inside a folder only what lies in it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from forecast.errors import ForecastError
from forecast.limits import how_to_raise, limits


def content_of(path: Path, limit: str, error: type[ForecastError]) -> bytes:
    """The bytes of a plain file that is at most as large as the limit of this name says.

    Devices, pipes, sockets and folders are refused: they may have no end, or wait for ever. The file that was looked
    at is the one that is read, and no more of it than the limit, whatever size it claims to have.
    """
    most: int = getattr(limits(), limit)
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        raise error(f"there is no file '{path}'. Look at its name and folder.") from None
    except (OSError, ValueError) as problem:
        raise error(f"'{path.name}' cannot be opened: {_reason(problem)}. Look at its name and its rights.") from None
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode):
        os.close(handle)
        raise error(f"'{path.name}' is not a plain file. Give a file; folders, devices and pipes are not read.")
    with os.fdopen(handle, "rb") as file:
        _refuse_larger(path.name, found.st_size, limit, error)
        try:
            content = file.read(most + 1)
        except OSError as problem:
            raise error(f"'{path.name}' cannot be read: {_reason(problem)}. Copy it to another place.") from None
    _refuse_larger(path.name, len(content), limit, error)
    return content


def text_of(path: Path, limit: str, error: type[ForecastError], cure: str) -> str:
    """The text of a plain file in UTF-8, with or without a byte order mark; ``cure`` says what to do otherwise."""
    content = content_of(path, limit, error)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        kind = "in UTF-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else f"not in UTF-8 (line {line})"
        raise error(f"'{path.name}' cannot be read as a text: it is {kind}. {cure}") from None


def inside(folder: Path, name: str, error: type[ForecastError]) -> Path:
    """The path of a file of a folder; one that leads out of the folder, through links, is refused."""
    path = folder / name
    try:
        real, home = path.resolve(), folder.resolve()
    except (OSError, RuntimeError, ValueError) as problem:
        raise error(f"{name}: its path leads nowhere: {_reason(problem)}. Put the file itself there.") from None
    if not real.is_relative_to(home):
        raise error(f"{name}: it is a link that leads out of the folder, to '{real}'. Put the file itself there.")
    return path


def _refuse_larger(name: str, size: int, limit: str, error: type[ForecastError]) -> None:
    most: int = getattr(limits(), limit)
    if size > most:
        raise error(f"'{name}' has {size:,} bytes; at most {most:,} are read. {how_to_raise(limit, size)}")


def _reason(problem: Exception) -> str:
    """The system's own words, without the path."""
    return getattr(problem, "strerror", None) or str(problem) or type(problem).__name__
