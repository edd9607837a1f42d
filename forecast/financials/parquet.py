"""Parquet files: their tables, after a look at how large they become."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecast.errors import FactsError, ForecastError
from forecast.files import content_of
from forecast.limits import how_to_raise, limits

if TYPE_CHECKING:
    import pandas as pd


def read_parquet(path: Path, *, rows: str, columns: str) -> pd.DataFrame:
    """The table of a file, or a refusal; ``rows`` and ``columns`` name the limits that hold.

    A column of texts is read as a list of the different ones and which row has which, so that a file of a few bytes
    that repeats one text does not become gigabytes.
    """
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError:
        raise FactsError(
            "Parquet files need pyarrow. Install it with 'pip install forecast-scenarios[frames]'."
        ) from None
    content = content_of(path, "table_bytes", FactsError)
    try:
        head = parquet.ParquetFile(io.BytesIO(content))
        _check(head.metadata, path.name, rows, columns)
        texts = [field.name for field in head.schema_arrow if _is_text(arrow, field.type)]
        table = parquet.read_table(io.BytesIO(content), read_dictionary=texts, use_threads=False)
        frame = table.to_pandas(use_threads=False)
        for name in frame.columns:
            if str(frame[name].dtype) == "category":
                frame[name] = frame[name].astype(object)
    except ForecastError:
        raise
    except Exception as error:  # pyarrow lets KeyError, TypeError and its own through on broken files
        raise FactsError(f"'{path.name}' cannot be read as Parquet: {error}. Save it again.") from None
    found: pd.DataFrame = frame
    return found


def _check(metadata: Any, name: str, rows: str, columns: str) -> None:
    """Refuse a table that is larger than the limits, by what the file says of itself."""
    unpacked = sum(metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups))
    for seen, limit, what in (
        (metadata.num_rows, rows, "rows"),
        (metadata.num_columns, columns, "columns"),
        (unpacked, "unpacked_bytes", "bytes once unpacked"),
    ):
        if seen > getattr(limits(), limit):
            raise FactsError(
                f"'{name}' has {seen:,} {what}; at most {getattr(limits(), limit):,} are read. "
                f"{how_to_raise(limit, seen)}"
            )


def _is_text(arrow: Any, kind: Any) -> bool:
    return bool(arrow.types.is_string(kind) or arrow.types.is_large_string(kind) or arrow.types.is_binary(kind))
