"""Workbook files before they are opened: how large they become, and that their parts are plain XML."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

from forecast.errors import FactsError
from forecast.files import content_of
from forecast.limits import how_to_raise, limits

BLOCK = 1 << 20
MOST_PARTS = 5_000
END, TAIL = b"PK\x05\x06", 65_557
"""The record at the end of a packed file, and how far from its end it may begin."""

DECLARATIONS = (b"<!doctype", b"<!entity")
"""What no workbook has: definitions of entities, which may grow without end or name other files."""


def packed_of(path: Path) -> io.BytesIO:
    """The bytes of a workbook that may be opened: bounded when unpacked, no definitions in its XML, no odd encoding.

    Every part is unpacked once, in blocks, and counted as it comes: what the file says of itself is not relied on.
    """
    content = content_of(path, "workbook_bytes", FactsError)
    _check_directory(content, path.name)
    unpacked = tags = 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for part in packed.infolist():
                if not part.filename.lower().endswith((".xml", ".rels", ".vml")):
                    continue
                end = b""
                with packed.open(part) as file:
                    while block := file.read(BLOCK):
                        unpacked += len(block)
                        tags += block.count(b"<")
                        _check_size(path.name, unpacked, "unpacked_bytes", "bytes once unpacked")
                        _check_size(path.name, tags, "workbook_tags", "tags of XML")
                        _check_xml(end + block.lower(), path.name, part.filename)
                        end = block[-16:].lower()
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError, RuntimeError, KeyError) as error:
        raise FactsError(f"'{path.name}' cannot be read as a workbook: {error}. Save it as .xlsx again.") from None
    except Exception as error:
        if type(error).__module__ not in ("zlib", "lzma", "struct"):
            raise
        raise FactsError(f"'{path.name}' cannot be read as a workbook: {error}. Save it as .xlsx again.") from None
    return io.BytesIO(content)


def _check_size(name: str, seen: int, limit: str, what: str) -> None:
    most: int = getattr(limits(), limit)
    if seen > most:
        raise FactsError(
            f"'{name}' has more than {most:,} {what}. Copy the figures into a workbook of their own. "
            f"{how_to_raise(limit)}"
        )


def _check_directory(content: bytes, name: str) -> None:
    """Refuse a file that lists more parts than any workbook has, before the list is read."""
    at = content.rfind(END, max(0, len(content) - TAIL))
    if at >= 0 and len(content) >= at + 20:
        parts = struct.unpack_from("<H", content, at + 10)[0]
        size = struct.unpack_from("<L", content, at + 12)[0]
        if parts > MOST_PARTS or size > MOST_PARTS * 200:
            raise FactsError(f"'{name}' has more than {MOST_PARTS:,} parts and is no workbook. Save it as .xlsx again.")


def _check_xml(text: bytes, name: str, part: str) -> None:
    """Refuse what only an attack or a broken program writes into a workbook."""
    if b"\0" in text:
        raise FactsError(f"'{name}' has a part '{part}' that is not in UTF-8. Save it as .xlsx again.")
    if any(word in text for word in DECLARATIONS):
        raise FactsError(f"'{name}' has a part '{part}' that defines entities. Save it as .xlsx again.")
