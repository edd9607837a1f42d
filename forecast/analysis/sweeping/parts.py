"""Parts: the results of one task as a Parquet file, the same bytes whenever it is made, and how a whole one is told."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Sequence
from typing import Any

from forecast.analysis.interval import MEASURES
from forecast.analysis.sweeping.plan import Asked, Setting, Task
from forecast.analysis.sweeping.work import Done
from forecast.errors import SweepError

RESULTS = "results"

TASK, FAILED = b"forecast.task", b"forecast.failed"
"""What a part says of itself: its task, and how many of the task's settings failed."""

TEXTS = ("company", "scenario", "statistic")
"""Columns of texts, checked as a list of the different ones: a small file may repeat a long text very often."""

LARGEST = 64_000_000
"""Bytes of a part, unpacked, at most; a task of some seconds has far fewer."""


def need_pyarrow() -> None:
    """Refuse to begin what could not be written."""
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        raise SweepError(
            "a sweep writes Parquet files with pyarrow. Install it: pip install 'forecast-scenarios[sweep]'."
        ) from None


def part_name(task: Task) -> str:
    """Where a task's results stand: a folder a company, a file a task.

    The folder is made of the harmless letters of the company's name and a digest of all of it, so that no name can
    leave the dataset, and names that differ in their case alone stay apart on every disk.

    >>> part_name(Task("0f", "../a/b=c", 0, 1, 1.0))
    'results/a_b_c-52c7985b56/0f.parquet'
    """
    plain = re.sub(r"\W+", "_", task.company).strip("_")[:20]
    digest = hashlib.sha256(task.company.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    return f"{RESULTS}/{plain}-{digest}/{task.id}.parquet"


def schema_of(levers: Sequence[str]) -> Any:
    """company, scenario, a column a lever, statistic, value, its standard error and the ends of its interval."""
    import pyarrow

    text, number = pyarrow.string(), pyarrow.float64()
    fields = [("company", text), ("scenario", text), *((name, number) for name in levers)]
    return pyarrow.schema([*fields, ("statistic", text), *((name, number) for name in MEASURES)])


def encode(task: Task, asked: Asked, settings: Sequence[Setting], done: Done) -> bytes:
    """The bytes of a part: a row a setting and statistic, in the order of the plan."""
    import pyarrow
    import pyarrow.parquet

    names = list(asked.statistics)
    chosen = [settings[row] for row in done.rows]
    each = len(names)
    columns = [
        [task.company] * (len(chosen) * each),
        [setting.scenario.name for setting in chosen for _ in names],
        *([setting.values[place] for setting in chosen for _ in names] for place in range(len(asked.levers))),
        names * len(chosen),
        *(done.measures[..., place].ravel() for place in range(len(MEASURES))),
    ]
    schema = schema_of(list(asked.levers))
    schema = schema.with_metadata({TASK: task.id, FAILED: str(task.settings - len(chosen))})
    unknown = MEASURES[1:]  # null where not known, so that SQL leaves it out of a maximum; a value that is NaN stays so
    arrays = [
        pyarrow.array(column, type=field.type, from_pandas=field.name in unknown)
        for column, field in zip(columns, schema, strict=True)
    ]
    table = pyarrow.table(arrays, schema=schema)
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table, buffer, compression="zstd", write_page_checksum=True)
    return buffer.getvalue()


def settled(content: bytes | None, task: Task, statistics: int) -> int | None:
    """How many settings of a task failed, from the bytes of its part; None where there is no whole part of it.

    All of it is read and compared with the checksums inside, so that a damaged file is made anew rather than counted;
    one that says of itself that it is no part of this task, or larger than any, is not read.
    """
    import pyarrow.parquet

    if content is None:
        return None
    try:
        source = io.BytesIO(content)
        with pyarrow.parquet.ParquetFile(source, read_dictionary=TEXTS, page_checksum_verification=True) as file:
            said = file.schema_arrow.metadata or {}
            missing = int(said[FAILED])
            rows = (task.settings - missing) * statistics
            if said.get(TASK) != task.id.encode() or file.metadata.num_rows != rows or _unpacked(file) > LARGEST:
                return None
            return missing if file.read(use_threads=False).num_rows == rows else None
    except Exception:  # pyarrow raises its own, OSError, ValueError and others on broken files
        return None


def _unpacked(file: Any) -> int:
    """How many bytes a file has once it is no longer compressed, as it says itself."""
    return sum(file.metadata.row_group(number).total_byte_size for number in range(file.metadata.num_row_groups))
