"""One function a reader: bytes in, a value or the library's own error out. Anything else is a finding."""

from __future__ import annotations

import atexit
import io
import json
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

import forecast as fc
from benchmarks.fuzz_parts import swept
from benchmarks.fuzz_parts.tables import bytes_of, frame_of
from forecast.analysis.constraints import read_constraints
from forecast.command.settings import read_settings
from forecast.errors import ForecastError
from forecast.financials.headings import parse_heading
from forecast.financials.numbers import parse_number
from forecast.financials.periods import BASES, parse_period
from forecast.financials.units import parse_unit
from forecast.formulas import parse
from forecast.scenario.condition import Condition
from forecast.scenario.dates import as_date
from forecast.shocks.checks import read_checks
from forecast.timeline import Quarter, parse_date

ROOT = Path(__file__).parents[2]
WORK = Path(tempfile.mkdtemp(prefix="fuzz-"))
atexit.register(shutil.rmtree, WORK, ignore_errors=True)
WIDE = {
    "mapping": {"Revenue": "revenue", "Cost": "-cost", 4: "cash"},
    "published_after": 45,
    "basis": "quarter",
    "unmapped": "leave out",
}


def written(name: str, data: bytes) -> Path:
    path = WORK / name
    path.write_bytes(data)
    return path


def text_of(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape" if data[:1] == b"\xff" else "ignore")


def facts_csv(data: bytes) -> None:
    facts = fc.read_financials(written("facts.csv", data))
    if 0 < len(facts.facts) < 20:
        try:
            facts.reconcile()
        finally:
            facts.to_frame()


def side_files(data: bytes) -> None:
    """taxonomy.csv, sources.csv and fx.csv beside good facts; the first byte says which."""
    folder = WORK / "company"
    folder.mkdir(exist_ok=True)
    (folder / "facts.csv").write_bytes(FACTS)
    name = ("taxonomy.csv", "sources.csv", "fx.csv")[(data[:1] or b"\0")[0] % 3]
    for each in ("taxonomy.csv", "sources.csv", "fx.csv"):
        (folder / each).unlink(missing_ok=True)
    (folder / name).write_bytes(data[1:])
    facts = fc.read_financials(folder)
    facts.adds_up()
    fc.Rates.from_facts(facts.facts, fiscal_year_end=facts.fiscal_year_end)


def wide_csv(data: bytes) -> None:
    fc.read_financials(written("wide.csv", data), **WIDE)


def workbook(data: bytes) -> None:
    """The bytes are the XML of the only sheet of a sound workbook."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(BOOK)) as old, zipfile.ZipFile(made, "w") as new:
        for part in old.namelist():
            new.writestr(part, data if part == "xl/worksheets/sheet1.xml" else old.read(part))
    fc.read_financials(written("wide.xlsx", made.getvalue()), **WIDE)


def workbook_file(data: bytes) -> None:
    """The bytes are the whole packed file."""
    fc.read_financials(written("whole.xlsx", data), **WIDE)


def parquet(data: bytes) -> None:
    fc.read_financials(written("facts.parquet", data))


def company_facts(data: bytes) -> None:
    fc.read_financials(written("facts.json", data))


def model_yaml(data: bytes) -> None:
    model = fc.read_model(text_of(data) + "\n")
    assert fc.read_model(model.to_yaml()) == model


def scenarios_yaml(data: bytes) -> None:
    found = fc.read_scenarios(text_of(data) + "\n")
    assert list(fc.read_scenarios(fc.scenarios_to_yaml(found) + "\n").values()) == list(found.values())


def checks_yaml(data: bytes) -> None:
    read_checks(text_of(data) + "\n")


def company_yaml(data: bytes) -> None:
    read_settings(written("company.yaml", data))


def formula(data: bytes) -> None:
    text = text_of(data)
    read = parse(text if "=" in text else f"x = {text}", recorded=bool(len(data) % 2))
    with np.errstate(all="ignore"):
        read.rule(lambda name, lag: np.ones(3))


def condition(data: bytes) -> None:
    Condition(text_of(data)).met(lambda name, lag: np.ones(3))


def cells(data: bytes) -> None:
    """Numbers, units, headings, periods, dates: whatever stands in one cell."""
    text = text_of(data)
    tries: list[Callable[[], object]] = [
        lambda: parse_number(text).to("million", "CNY"),
        lambda: parse_unit(text),
        lambda: parse_heading(text),
        lambda: Quarter.parse(text).last_day(year_end_month=6),
        lambda: parse_date(text),
        lambda: as_date(text),
        *[lambda basis=basis: parse_period(text, basis, fiscal_year_end=3) for basis in BASES],
    ]
    for attempt in tries:
        try:
            attempt()
        except ForecastError:
            continue


def series(data: bytes) -> None:
    """Numbers of any bits under an index of any kind, predicted."""
    kinds = ("Q-DEC", "M", "2Q-DEC", "D", "dates", "labels", "zones", "text")
    kind = kinds[(data[:1] or b"\0")[0] % len(kinds)]
    values = np.frombuffer(data[1 : 1 + 8 * min(24, (len(data) - 1) // 8)], dtype=float)
    count = len(values)
    start = pd.Period("2015Q1", freq="Q")
    index: pd.Index
    if kind in ("Q-DEC", "M", "2Q-DEC", "D"):
        index = pd.period_range("2015-01-01", periods=count, freq=kind)
    elif kind == "labels":
        index = pd.Index([str(start + place) for place in range(count)], dtype=object)
    elif kind == "text":
        index = pd.Index([text_of(data)[place : place + 6] for place in range(count)], dtype=object)
    elif kind == "zones":
        zones = ("UTC", "Asia/Shanghai", "America/New_York")
        stamps = [
            pd.Timestamp("2015-01-31", tz=zones[place % 3]) + pd.Timedelta(91 * place, "D") for place in range(count)
        ]
        index = pd.Index(stamps, dtype=object)
    else:
        index = pd.date_range("2015-01-31", periods=count, freq="QE", tz="UTC")
    fc.predict(pd.Series(values, index=index), 4, seed=0, paths=50, forecaster=fc.forecasters.RandomWalk())


def folder(data: bytes) -> None:
    """``forecast check`` on a folder of which one file is hostile; the first byte says which."""
    from forecast.command.folder import look

    home = WORK / "acme"
    names = sorted(TEMPLATE)
    name = names[(data[:1] or b"\0")[0] % len(names)]
    home.mkdir(exist_ok=True)
    for each, content in TEMPLATE.items():
        (home / each).write_bytes(data[1:] if each == name else content)
    look(home)


def rates_frame(data: bytes) -> None:
    frame = frame_of(data)
    if frame is not None:
        rates = fc.Rates.from_frame(frame, fiscal_year_end=len(data) % 12 + 1)
        for entry in rates.entries:
            rates.find(entry.pair, entry.kind, entry.day)


def history_frame(data: bytes) -> None:
    frame = frame_of(data)
    if frame is not None:
        history = fc.History.from_frame(frame, currency=(None, "CNY", text_of(data[1:4]))[len(data) % 3])
        str(history)
        history.to_frame()


def facts_frame(data: bytes) -> None:
    """A table of facts or a wide sheet, whichever it is."""
    frame = frame_of(data)
    if frame is not None:
        fc.read_financials(frame, **(WIDE if data[:1] >= b"\x20" else {}))


def panel(data: bytes) -> None:
    """A wide or long frame of several series, predicted."""
    frame = frame_of(data)
    if frame is not None:
        fc.predict(frame, 2, seed=0, paths=20, forecaster=fc.forecasters.RandomWalk())


def mapping(data: bytes) -> None:
    """What a file would say, given as Python values; the first byte says to which reader."""
    place = (data[:1] or b"\0")[0] % 4
    try:
        said = json.loads(data[1:])
    except (ValueError, RecursionError):
        said = {("drivers", "scenarios", "checks", "facts")[place]: [text_of(data[1:])]}
    (fc.read_model, fc.read_scenarios, fc.read_checks, fc.read_financials)[place](said)


def constraint(data: bytes) -> None:
    read_constraints([text_of(data)], ["sales.growth", "cost.rate"])


def sweep_folder(data: bytes) -> None:
    """A sweep's folder of which one file is hostile; the first byte says which."""
    files = swept.made()
    name = sorted(files)[(data[:1] or b"\0")[0] % len(files)]
    swept.put(WORK / "sweep", files | {name: data[1:]})
    swept.read(WORK / "sweep")


TARGETS: dict[str, tuple[Callable[[bytes], None], str]] = {
    "facts_csv": (facts_csv, "`facts.csv`, reconciled"),
    "side_files": (side_files, "`taxonomy.csv`, `sources.csv`, `fx.csv`"),
    "wide_csv": (wide_csv, "wide sheet, CSV"),
    "workbook": (workbook, "wide sheet, the XML in a workbook"),
    "workbook_file": (workbook_file, "workbook, the packed file"),
    "parquet": (parquet, "Parquet"),
    "company_facts": (company_facts, "SEC company facts, JSON"),
    "model_yaml": (model_yaml, "`model.yaml`, written and read back"),
    "scenarios_yaml": (scenarios_yaml, "`scenarios.yaml`, written and read back"),
    "checks_yaml": (checks_yaml, "`checks.yaml`"),
    "company_yaml": (company_yaml, "`company.yaml`"),
    "formula": (formula, "formulas, evaluated"),
    "condition": (condition, "conditions, evaluated"),
    "cells": (cells, "numbers, units, headings, quarters, dates"),
    "series": (series, "a series given to `predict`"),
    "folder": (folder, "`forecast check` on a folder"),
    "rates_frame": (rates_frame, "`Rates.from_frame`"),
    "history_frame": (history_frame, "`History.from_frame`"),
    "facts_frame": (facts_frame, "`read_financials` of a data frame"),
    "panel": (panel, "a data frame given to `predict`"),
    "mapping": (mapping, "models, scenarios, checks, company facts as Python values"),
    "constraint": (constraint, "constraints on levers"),
    "sweep_folder": (sweep_folder, "the folder of a sweep, `open_sweep`"),
}


def _head(path: Path, lines: int) -> bytes:
    return b"".join(path.read_bytes().splitlines(keepends=True)[:lines])


def _items(path: Path, count: int) -> bytes:
    """What stands before the list of a file, and its first entries."""
    return b"\n- ".join(path.read_bytes().split(b"\n- ")[: count + 1]) + b"\n"


def _book() -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    for row in ([None, "1Q24", "2Q24"], ["Revenue", 1.5, 2], ["Cost", "(4)", "5m"], ["Cash", 3, "n.a."]):
        book.active.append(row)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _parquet() -> bytes:
    made = io.BytesIO()
    fc.read_financials(written("seed.csv", FACTS)).to_frame().to_parquet(made)
    return made.getvalue()


FACTS = _head(ROOT / "data/kunlun/facts.csv", 8)
BOOK = _book()
TEMPLATE = {
    path.name: path.read_bytes() if path.suffix != ".csv" else _head(path, 14)
    for path in (ROOT / "forecast/command/template").iterdir()
    if path.suffix in (".csv", ".yaml")
}


def seeds(name: str) -> list[bytes]:
    """Sound files from which the fuzzer starts."""
    kunlun = ROOT / "data/kunlun"
    with zipfile.ZipFile(io.BytesIO(BOOK)) as packed:
        sheet = packed.read("xl/worksheets/sheet1.xml")
    wide = ',1Q24,2Q24,FY2024,2025E\nRevenue,1.5,2,"1,234",9\nCost,(3),4.0m,-,8\nCash,15.4亿,3m,570..710,7\n'.encode()
    numbers = np.linspace(1, 2, 12).tobytes()
    found: dict[str, list[bytes]] = {
        "facts_csv": [FACTS, TEMPLATE["facts.csv"]],
        "side_files": [
            b"\x00" + (kunlun / "taxonomy.csv").read_bytes(),
            b"\x01source,title,url,published\nS50,Annual report,https://example.org,2015-04-30\n",
            b"\x02" + _head(kunlun / "fx.csv", 6),
        ],
        "wide_csv": [wide, wide.replace(b'"1,234"', b"1234").replace(b",", b";")],
        "workbook": [sheet],
        "workbook_file": [BOOK],
        "parquet": [_parquet()],
        "company_facts": [(ROOT / "tests/financials/files/company_facts.json").read_bytes(), SMALL_JSON],
        "model_yaml": [TEMPLATE["model.yaml"], MODEL],
        "scenarios_yaml": [TEMPLATE["scenarios.yaml"], _items(kunlun / "scenarios.yaml", 4)],
        "checks_yaml": [TEMPLATE["checks.yaml"], _items(kunlun / "checks.yaml", 3)],
        "company_yaml": [TEMPLATE["company.yaml"], (kunlun / "company.yaml").read_bytes()],
        "formula": [b"cash = cash[-1] + 0.5 * max(revenue - cost, 0) / exp(-a)", b"x = (a + b) * -3e2"],
        "condition": [b"cash < 500 and net_profit + net_profit[-1] >= drama_revenue.conversion * 2"],
        "cells": [
            *(b"1,543.0", "15.4亿".encode(), b"(87)", b"570..710", b"US$ 1.2 billion", b"12.3%", b"1e308"),
            *(
                b"2024Q3",
                b"9M24",
                b"2025E",
                b"2024-03-31",
                b"Mar-24",
                b"2024H1",
                b"2026Q1..2027Q4",
                b"percent_of:revenue",
            ),
        ],
        "series": [bytes([kind]) + numbers for kind in (0, 1, 2, 4, 5)],
        "rates_frame": [
            bytes_of(0, "quarter pair average end", "2024Q1 CNY_per_USD #7.1 #7.2", "2024Q2 USD_per_EUR #1.1 ~"),
            bytes_of(
                1, "quarter CNY_per_USD_average CNY_per_USD_end source", "2024Q1 #7.1 #7.2 S1", "2024Q2 #7.1 ~ S2"
            ),
            bytes_of(8, "date pair end published", "2024-06-13 CNY_per_USD #7.1 @2024-06-14"),
        ],
        "history_frame": [
            bytes_of(1, "quarter sales cost", "2024Q1 #1.5 #-2", "2024Q2 ~ +3"),
            bytes_of(2, "sales cost", "#1.5 #-2", "#2.5 +3", "#1.5 ?"),
            bytes_of(10, "sales cost", "+1 #-2", "+2 +3"),
        ],
        "facts_frame": [
            bytes_of(
                0,
                "period basis item segment value unit currency published source confidence",
                "2024Q1 quarter revenue  #1.5 million CNY 2024-04-30 S1 high",
                "2024Q2 quarter revenue  1.6 million CNY @2024-07-30 S1 medium",
            ),
            bytes_of(32, "line 1Q24 2Q24", "Revenue #1.5 +2", "Cost (4) 5m", "Tax - -", "Staff 9 9", "Cash 3 ~"),
        ],
        "panel": [
            bytes_of(10, "sales cost", *[f"#{place} #{place * place}" for place in range(9)]),
            bytes_of(8, "unique_id ds y", *[f"a @2024-0{place}-01 #{place}" for place in range(1, 9)]),
        ],
        "mapping": [
            b'\x00{"drivers": [{"Path": {"line": "a", "value": {"normal": {"mean": 1, "sd": 0.5}}}}]}',
            b'\x01{"scenarios": [{"name": "base"}, {"name": "up", "shocks": [{"Add": {"target": "a", "size": 1}}]}]}',
            b'\x02{"checks": [{"name": "sane", "always": "a > 0"}]}',
            b"\x03" + SMALL_JSON,
        ],
        "constraint": [b"sales.growth - 2 * cost.rate >= 0.5", b"cost.rate < (1 - sales.growth) / 3"],
        "sweep_folder": [bytes([place]) + held for place, (_, held) in enumerate(sorted(swept.made().items()))]
        if name == "sweep_folder"
        else [],
        "folder": [bytes([place]) + TEMPLATE[file] for place, file in enumerate(sorted(TEMPLATE))],
    }
    return found[name]


MODEL = b"""currency: USD
correlations: [[arr.rate, sales.growth, 0.3]]
drivers:
- Path: {line: a, value: {normal: {mean: 1, sd: 0.5, low_end: 0}}, planned: {2026Q1: 3}, kind: stock}
- SCurve: {line: arr, ceiling: {lognormal: {median: 900, sigma: 0.5}}}
- Conversion: {line: drama, of: arr, half_life: {triangular: {low: 2, mode: 5, high: 12}}}
- Growth: {line: sales, growth: {value: 0.02, role: lever, because: terms, low: 0, high: 0.1}}
- Ratio: {line: cost, of: sales, floor: 0.1, cap: 0.9}
- Rate: {line: usd_cny}
- Trend: {line: games, since: 2022Q1, forecaster: {Combination: {members: [{RandomWalk: {}}, {Theta: {}}]}}}
- profit = sales + drama - cost[-1] * max(a, 2)
"""
SMALL_JSON = b"""{"cik": 1, "entityName": "A", "facts": {"us-gaap": {"Revenues": {"label": "R", "units": {"USD": [
{"start": "2023-01-01", "end": "2023-12-31", "val": 1000000, "accn": "a-1", "form": "10-K", "filed": "2024-02-01"},
{"start": "2023-10-01", "end": "2023-12-31", "val": 2.5e5, "accn": "a-1", "form": "10-K",
"filed": "2024-02-01"}]}}}}}"""

WORDS = (
    *("9**9**9", "1e308", "-1e308", "nan", "inf", ".nan", ".inf", "1e-324", "0x", "&a", "*a", "<<", "!!python/object"),
    *("2024Q1", "0000Q1", "9999Q4", "2024H2", "2024-03-31", "0001-01-01", "9999-12-31", "quarter", "annual", "point"),
    *("percent_growth", "percent_of:", "CNY_per_USD", "亿", "—", "\u202e", "\0", "\ufeff", "\u0660\u0661"),
    *("and", "<=", "max(", "[-1]", "line", "drivers", "shocks", "When", "from", "weight", "goal", "low_end", "value"),
    *("Path", "Ratio", "Trend", "Growth", "SCurve", "Conversion", "Rate", "OneOff", "Formula", "Replace", "Delay"),
    *('"val"', '"units"', '"USD/shares"', "1E+999999999999999999999", "<!DOCTYPE", "<row r=", "<c r=", 't="s"'),
)
