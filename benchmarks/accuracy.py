"""Forecasts real series with the library and with other packages, on the same splits, and writes a table."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

# One core for everything that is timed; numerical libraries read this when they are imported.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from accuracy_parts.library import choose_forecasters  # noqa: E402
from accuracy_parts.measuring import Measured, cut, measure, measure_slow, titled  # noqa: E402
from accuracy_parts.opponents import Statsforecast  # noqa: E402
from accuracy_parts.sets import SETS, choose_sets, load_set  # noqa: E402
from accuracy_parts.table import report  # noqa: E402

import forecast as fc  # noqa: E402
from forecast.errors import ForecastError  # noqa: E402

HOW = """\
Scores. sMAPE in percent, 200 * mean(|y - f| / (|y| + |f|)). MASE is scaled by the mean absolute seasonal naive error
in sample. OWA is the mean of sMAPE and MASE, each relative to that of Naive2 on the same series. Loss is twice the
pinball loss, mean over the nine deciles, scaled as the MASE. Coverage is pooled over series and steps, in percent.
Where histories are cut to their last points the scale is still that of the whole history. The point forecast of
the library is the median, `form.quantile(0.5)`; annual totals are sums of joint paths. Milliseconds are processor
time on one core, fit and quantiles, those of the opponents as they were when their forecasts were made where a
cache of them is used. SCUM: median of the point forecasts and mean of the quantiles of AutoCES,
DynamicOptimizedTheta, AutoARIMA and AutoETS; its time is the sum of theirs. `log drift` extrapolates half the mean
change of logs. AutoCES is left out where quarterly histories have fewer than 9 points, since it takes seconds there;
SCUM is then made of the other three. A method that fails on a series is scored with a seasonal naive forecast
there, and counted. Differences are relative, ours over theirs less 1, with a paired 95 % interval from resampling
companies (or series where there are none); "all sets" is the geometric mean of the sets' ratios.
"""


def read_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, epilog=f"Sets: {', '.join(each.name for each in SETS)}.")
    parser.add_argument("--data", type=Path, required=True, help="folder of parquet files")
    parser.add_argument("--sets", nargs="+", metavar="NAME", help="which sets; by default those of the report")
    parser.add_argument("--sample", type=int, metavar="N", help="at most so many series of each set")
    parser.add_argument("--forecasters", nargs="+", default=["Combination"], metavar="CLASS", help="the default first")
    parser.add_argument("--opponents", type=Path, metavar="PYTHON", help="an interpreter that has statsforecast")
    parser.add_argument("--lengths", type=int, nargs="*", default=[8, 12, 20], help="where to cut histories, too")
    parser.add_argument("--slow-sample", type=int, default=100, metavar="N", help="series for statsmodels and Prophet")
    parser.add_argument("--cache", type=Path, help="folder that keeps opponents' forecasts")
    parser.add_argument("--out", type=Path, help="where to write the table; by default it is printed")
    return parser.parse_args(arguments)


def run(given: argparse.Namespace) -> tuple[list[Measured], list[Measured], list[str]]:
    """Every set, whole and cut, the slow opponents, and the titles of sets that the folder has no file for."""
    forecasters = choose_forecasters(given.forecasters)
    default = forecasters[given.forecasters[0]]
    opponents = None if given.opponents is None else Statsforecast.found(given.opponents, given.cache)
    measured: list[Measured] = []
    slow: list[Measured] = []
    absent: list[str] = []
    for chosen in choose_sets(given.sets):
        if not (given.data / chosen.file).exists():
            absent.append(f"{chosen.title} (no {chosen.file})")
            continue
        splits = load_set(given.data, chosen, sample=given.sample)
        if not splits:
            absent.append(f"{chosen.title} (no such series in {chosen.file})")
            continue
        for length in (None, *(given.lengths if chosen.cut else ())):
            part = splits if length is None else cut(splits, length)
            if not part:
                continue
            print(f"{titled(chosen, length)}: {len(part)} series", file=sys.stderr, flush=True)
            measured.append(measure(titled(chosen, length), part, forecasters, opponents, length=length))
            if length is None and given.slow_sample:
                slow.append(measure_slow(measured[-1], default, given.slow_sample, given.cache))
    return measured, slow, absent


def heading(given: argparse.Namespace, measured: Sequence[Measured], absent: Sequence[str]) -> str:
    """What was run, on what, and how scores are defined."""
    options = [f"--sets {' '.join(given.sets)}"] if given.sets else []
    options += [f"--sample {given.sample}"] if given.sample else []
    options += [f"--forecasters {' '.join(given.forecasters)}"] if given.forecasters != ["Combination"] else []
    options += ["--opponents PYTHON"] if given.opponents else []
    command = " ".join(["python benchmarks/accuracy.py --data FOLDER", *options])
    versions = f"Python {platform.python_version()}, NumPy {np.__version__}, pandas {pd.__version__}"
    machine = f"{os.cpu_count()} cores of a shared {platform.machine()} {platform.system()} machine, {versions}"
    unknown = sum(int(np.isnan(each.naive2.mase).sum()) for each in measured)
    notes = [f"Not in the folder: {', '.join(absent)}."] if absent else []
    notes += [f"{unknown} series are without MASE and loss: their history never changes."] if unknown else []
    first = f"# Accuracy\n\nMade by `{command}`, version {fc.__version__}, on {machine}."
    return "\n\n".join([first, HOW.strip(), *notes])


def main() -> None:
    """Run, and write or print the report."""
    given = read_arguments()
    try:
        measured, slow, absent = run(given)
    except ForecastError as error:
        raise SystemExit(str(error)) from None
    if not measured:
        raise SystemExit(f"{given.data} has none of the sets: {', '.join(absent)}.")
    text = f"{heading(given, measured, absent)}\n\n{report(measured, slow)}\n"
    if given.out is None:
        print(text, end="")
    else:
        given.out.parent.mkdir(parents=True, exist_ok=True)
        given.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
