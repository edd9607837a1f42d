"""Inquiry: SQL on the results of a sweep, which can read them and nothing else."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from forecast.analysis.sweeping.files import Folder
from forecast.analysis.sweeping.parts import schema_of
from forecast.errors import SweepError

if TYPE_CHECKING:
    import pandas as pd

VIEW = "results"
"""What the results are called in SQL."""

BARRED = ("enable_external_access = false", "python_enable_replacements = false", "lock_configuration = true")
"""What a query may not do: open files or addresses, look at Python's variables, or allow itself either."""


def dataset_of(folder: Folder, names: Sequence[str], levers: Sequence[str]) -> Any:
    """The parts as one Arrow dataset, of which nothing is read yet."""
    import pyarrow.dataset
    import pyarrow.fs

    system = folder.system if not folder.local else pyarrow.fs.LocalFileSystem()
    paths = [folder.path(name) for name in names]
    return pyarrow.dataset.dataset(paths, schema=schema_of(levers), format="parquet", filesystem=system)


@contextlib.contextmanager
def whole(folder: str) -> Iterator[None]:
    """What is read within comes from parts that are whole; a damaged one is an error in words."""
    import pyarrow

    try:
        yield
    except (pyarrow.ArrowException, OSError) as problem:
        seen = str(problem).rstrip(".")
        raise SweepError(
            f"the results in {folder!r} cannot be read: {seen}. A part is damaged; the same call of fc.sweep computes "
            "it again."
        ) from None


def answer(dataset: Any, sql: str) -> pd.DataFrame:
    """What a SQL query says of the dataset, as a table."""
    try:
        import duckdb
    except ImportError:
        raise SweepError(
            "query needs DuckDB. Install it: pip install 'forecast-scenarios[sweep]'; or read the Parquet files in "
            "results/ with any other program."
        ) from None
    with duckdb.connect(":memory:") as connection:
        connection.register(VIEW, dataset)
        for barred in BARRED:
            connection.execute(f"SET {barred}")
        try:
            found = connection.execute(sql)
            table: pd.DataFrame = found.df() if found.description else _nothing()
        except duckdb.Error as problem:
            raise SweepError(
                f"the query cannot be answered: {problem}. The table is '{VIEW}'; its columns are "
                f"{', '.join(dataset.schema.names)}. Put a name with a dot in double quotes."
            ) from None
    return table


def _nothing() -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame()
