"""Files: whole or not at all, on a local disk or any file system that fsspec knows."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from typing import Any

from forecast.errors import SweepError

FULL = frozenset(
    number
    for name in ("ENOSPC", "EDQUOT", "EFBIG")
    if (number := getattr(errno, name, None)) is not None  # Windows has no quota
)
"""What the system says when there is no room: a full disk, a used-up quota, a file beyond the limit."""

PART = ".part"
"""The end of a temporary name; no reader looks at such files."""

LOCK = ".lock"


class Folder:
    """A folder of small files under names relative to it, with ``/`` between parts.

    On a local disk a file is written under a temporary name, flushed to the disk and renamed, and the folder is flushed
    too: after a power cut it is there whole, or not there. Elsewhere it is put under its own name in one write, which
    object stores show whole or not at all.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        try:
            from fsspec.core import url_to_fs
            from fsspec.implementations.local import LocalFileSystem
        except ImportError:
            raise SweepError(
                "a sweep keeps its results with fsspec. Install it: pip install 'forecast-scenarios[sweep]'."
            ) from None
        self.name = os.fspath(folder)
        try:
            self.system, self.root = url_to_fs(self.name)
        except (ImportError, ValueError, OSError) as problem:
            raise SweepError(f"the folder {self.name!r} cannot be opened: {problem}") from None
        self.local = isinstance(self.system, LocalFileSystem)

    def path(self, name: str) -> str:
        """The whole path of a file."""
        return f"{self.root}/{name}"

    def read(self, name: str) -> bytes | None:
        """What is in a file; None where there is none."""
        try:
            found: bytes = self.system.cat_file(self.path(name))
        except FileNotFoundError:
            return None
        return found

    def names(self, under: str) -> set[str]:
        """The files below a folder, temporary ones left out, relative to the root."""
        return {name for name in self._all(under) if not name.endswith(PART)}

    def write(self, name: str, content: bytes) -> None:
        """Put a file in its place, whole, instead of one of that name if there is one."""
        try:
            if self.local:
                _write_local(self.path(name), content)
            else:
                self.system.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
                self.system.pipe_file(self.path(name), content)
        except OSError as problem:
            raise SweepError(_unwritten(self.name, problem)) from problem

    def delete(self, name: str) -> None:
        """Remove a file, if it is there."""
        with contextlib.suppress(FileNotFoundError):
            self.system.rm_file(self.path(name))

    def tidy(self, *under: str) -> None:
        """Remove what writers that were killed have left: temporary files, of which none is ever read."""
        for folder in under:
            for name in self._all(folder):
                if name.endswith(PART):
                    self.delete(name)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Keep other processes from writing here (local disks of systems with ``flock``); a killed holder lets go.

        Elsewhere two writers do each other no harm: their files have the same names and the same bytes.
        """
        try:
            import fcntl
        except ImportError:
            fcntl = None  # type: ignore[assignment]
        if not self.local or fcntl is None:
            yield
            return
        try:
            os.makedirs(self.root, exist_ok=True)
            handle = os.open(self.path(LOCK), os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as problem:
            raise SweepError(_unwritten(self.name, problem)) from problem
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise SweepError(
                    f"another process is making a sweep in {self.name!r}. Wait until it is done, or stop it and call "
                    "again: what it has finished is kept."
                ) from None
            yield
        finally:
            os.close(handle)

    def _all(self, under: str) -> list[str]:
        self.system.invalidate_cache()
        try:
            found = self.system.find(self.path(under) if under else self.root)
        except FileNotFoundError:
            return []
        return [name[len(self.root) + 1 :] for name in found]


def _write_local(path: str, content: bytes) -> None:
    folder, name = os.path.split(path)
    if not os.path.isdir(folder):
        os.makedirs(folder, exist_ok=True)
        _flush_folder(os.path.dirname(folder))
    part = os.path.join(folder, f".{name}.{secrets.token_hex(4)}{PART}")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        try:
            left = memoryview(content)
            while left:
                left = left[os.write(handle, left) :]
            os.fsync(handle)
        finally:
            os.close(handle)
        os.replace(part, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(part)
        raise
    _flush_folder(folder)


def _flush_folder(folder: str) -> None:
    """Let a rename reach the disk; a system that cannot flush a folder (Windows) does so by itself."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        with contextlib.suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


def _unwritten(folder: str, problem: OSError) -> str:
    """Why nothing more can be written, and what holds."""
    kept = "Results written earlier are whole and can be read; the same call goes on from there"
    if problem.errno in FULL:
        return f"there is no room left for results in {folder!r} ({problem.strerror or problem}). Make room. {kept}."
    return f"nothing can be written to {folder!r}: {_words(problem)}. {kept}, once that is settled."


def _words(problem: Any) -> str:
    return str(problem) or type(problem).__name__
