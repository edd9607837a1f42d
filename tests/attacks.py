"""Hostile files by name, each read once in a process whose memory is limited: what came out, after how long.

``python -m tests.attacks FOLDER`` prints a line of JSON an attack: name, kind (``value``, the name of an error of the
library, or ``!`` and that of another), message, seconds of the processor, megabytes above those before.
"""

from __future__ import annotations

import gc
import io
import json
import os
import resource
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

import forecast as fc
from forecast.command.folder import look
from forecast.errors import ForecastError
from forecast.formulas import parse
from forecast.scenario.condition import Condition

HEADER = "period,basis,item,segment,value,unit,currency,published,source,confidence\n"
ROW = "2024Q3,quarter,revenue,,1327,million,CNY,2024-10-30,S27,high\n"
WIDE = {"mapping": {"Revenue": "revenue"}, "published_after": 45}
COMPUTED = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
GIGABYTE = 1 << 30

Attack = Callable[[Path], Any]
ATTACKS: dict[str, Attack] = {}


def attack(make: Attack) -> Attack:
    ATTACKS[make.__name__] = make
    return make


def yaml(text: str) -> Any:
    return lambda: fc.read_model(text + "\n")


def csv(folder: Path, content: str | bytes, name: str = "facts.csv", **options: Any) -> Any:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return lambda: fc.read_financials(path, **options)


def reconciled(folder: Path, rows: str) -> Any:
    read = csv(folder, HEADER + rows)
    return lambda: read().reconcile()


def row(**cells: str) -> str:
    names = HEADER.strip().split(",")
    usual = dict(zip(names, ROW.strip().split(","), strict=True)) | cells
    return ",".join(usual[name] for name in names) + "\n"


def book(folder: Path, sheet: bytes | Callable[[Any], None], **parts: bytes) -> Any:
    """A workbook of which the XML of the sheet, or other parts, are these bytes."""
    import openpyxl

    made = openpyxl.Workbook()
    made.active.append([None, "1Q24"])
    made.active.append(["Revenue", 1])
    plain, path = io.BytesIO(), folder / "wide.xlsx"
    made.save(plain)
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            if part != "xl/worksheets/sheet1.xml":
                new.writestr(part, old.read(part))
        if callable(sheet):
            with new.open("xl/worksheets/sheet1.xml", "w") as file:
                sheet(file)
        else:
            new.writestr("xl/worksheets/sheet1.xml", sheet)
        for part, content in parts.items():
            new.writestr(part, content)
    return lambda: fc.read_financials(path, **WIDE)


def sheet_xml(rows: str, before: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<worksheet xmlns="{COMPUTED[1:-1]}"><sheetData>{rows}'
        "</sheetData></worksheet>"
    ).encode()


HEAD_ROW = '<row r="1"><c r="B1" t="inlineStr"><is><t>1Q24</t></is></c></row>'


def facts_json(folder: Path, text: str) -> Any:
    (folder / "facts.json").write_text(text, encoding="utf-8")
    return lambda: fc.read_financials(folder / "facts.json")


def tagged(value: str, **fields: str) -> str:
    entry = {"start": '"2023-01-01"', "end": '"2023-12-31"', "val": value, "accn": '"a-1"', "form": '"10-K"'}
    entry |= {"filed": '"2024-02-01"'} | fields
    inside = ", ".join(f'"{name}": {text}' for name, text in entry.items())
    return '{"cik": 1, "facts": {"us-gaap": {"Revenues": {"units": {"USD": [{' + inside + "}]}}}}}"


# -- YAML


@attack
def aliases_that_explode(folder: Path) -> Any:
    names = "abcdefghijklmnop"
    rows = [f"{names[at]}: &{names[at]} [{', '.join([f'*{names[at - 1]}'] * 9)}]" for at in range(1, len(names))]
    return yaml("\n".join(["a: &a [x, x]", *rows]))


@attack
def merge_keys_that_explode(folder: Path) -> Any:
    return yaml("a: &a {x: 1}\nb: {<<: [*a, *a, *a]}")


@attack
def yaml_of_half_a_million_values(folder: Path) -> Any:
    return yaml("drivers: [" + "1," * 490_000 + "1]")


@attack
def yaml_nested_100_000_deep(folder: Path) -> Any:
    return yaml("drivers: " + "[" * 100_000)


@attack
def yaml_that_runs_a_command(folder: Path) -> Any:
    return yaml(f"drivers: !!python/object/apply:os.system ['touch {folder / 'ran'}']")


@attack
def a_whole_number_of_900_000_digits(folder: Path) -> Any:
    return yaml("drivers: [0x" + "f" * 900_000 + "]")


@attack
def hours_and_minutes_without_end(folder: Path) -> Any:
    return yaml("drivers: [" + "1:" * 400_000 + "1]")


@attack
def a_seed_larger_than_any_float(folder: Path) -> Any:
    (folder / "company.yaml").write_text(f"name: a\nuntil: 2027Q4\nseed: 0x{'f' * 390}\n", encoding="utf-8")
    from forecast.command.settings import read_settings

    return lambda: read_settings(folder / "company.yaml")


@attack
def yaml_with_null_bytes(folder: Path) -> Any:
    return yaml("drivers:\0 []")


@attack
def yaml_in_utf_16(folder: Path) -> Any:
    (folder / "model.yaml").write_bytes("drivers: []\n".encode("utf-16"))
    return lambda: fc.read_model(folder / "model.yaml")


@attack
def names_given_twice(folder: Path) -> Any:
    return yaml("drivers: []\ndrivers: []")


@attack
def numbers_that_are_none(folder: Path) -> Any:
    return yaml("drivers: [Path: {line: a, value: .nan}, Path: {line: b, value: {normal: {mean: .inf, sd: 1}}}]")


@attack
def a_model_that_is_an_address(folder: Path) -> Any:
    return lambda: fc.read_model("https://example.org/model.yaml")


# -- formulas and conditions


@attack
def a_formula_nested_10_000_deep(folder: Path) -> Any:
    return lambda: parse("x = " + "(" * 10_000 + "1" + ")" * 10_000)


@attack
def signs_nested_3_900_deep(folder: Path) -> Any:
    return lambda: parse("x = " + "-" * 3_900 + "a")


@attack
def a_tower_of_powers(folder: Path) -> Any:
    return lambda: parse("x = 9**9**9")


@attack
def a_formula_that_imports(folder: Path) -> Any:
    return lambda: parse("x = __import__('os').system('true')")


@attack
def letters_that_only_look_alike(folder: Path) -> Any:
    return lambda: parse("profit = r\u0435venue - cost")  # a Cyrillic e


@attack
def a_condition_of_a_million_spaces(folder: Path) -> Any:
    return lambda: Condition("cash" + " " * 1_000_000 + "< 1")


# -- CSV


@attack
def a_million_columns(folder: Path) -> Any:
    return csv(folder, ",".join(["x"] * 1_000_000) + "\n")


@attack
def a_million_columns_behind_a_break_in_quotes(folder: Path) -> Any:
    return csv(folder, '"period\n' + '",' * 1 + ",".join(["x"] * 1_000_000) + "\n")


@attack
def a_million_cells_in_one_row(folder: Path) -> Any:
    return csv(folder, HEADER + "x," * 1_000_000 + "\n")


@attack
def more_rows_than_any_company_has(folder: Path) -> Any:
    return csv(folder, HEADER + "\n" * 200_001)


@attack
def a_hundred_thousand_wrong_rows(folder: Path) -> Any:
    return csv(folder, HEADER + "x,x,x,x,x,x,x,x,x,x\n" * 100_000)


@attack
def a_hundred_thousand_sources_and_none_right(folder: Path) -> Any:
    (folder / "sources.csv").write_text("source\n" + "".join(f"source{i:06d}\n" for i in range(50_000)))
    wrong = "".join(row(period=f"{1950 + i // 4 % 60}Q{i % 4 + 1}", source=f"sauce{i:06d}") for i in range(20_000))
    (folder / "facts.csv").write_text(HEADER + wrong)
    return lambda: fc.read_financials(folder)


@attack
def csv_with_null_bytes(folder: Path) -> Any:
    return csv(folder, HEADER + ROW.replace("revenue", "rev\0enue"))


@attack
def csv_in_utf_16(folder: Path) -> Any:
    return csv(folder, (HEADER + ROW).encode("utf-16"))


@attack
def csv_in_latin_1(folder: Path) -> Any:
    return csv(folder, (HEADER + ROW.replace("S27", "Köln")).encode("latin-1"))


@attack
def quotes_that_do_not_end(folder: Path) -> Any:
    return csv(folder, HEADER + ROW + '"2024Q4' + ROW * 1_000)


@attack
def a_row_longer_than_the_header(folder: Path) -> Any:
    return csv(folder, HEADER + "x," + ROW)


@attack
def columns_given_twice(folder: Path) -> Any:
    return csv(folder, HEADER.replace("segment", "value") + ROW)


@attack
def a_number_of_a_hundred_thousand_digits(folder: Path) -> Any:
    return csv(folder, HEADER + row(value="0." + "1" * 99_000))


@attack
def exponents_beyond_all_bounds(folder: Path) -> Any:
    return csv(folder, HEADER + row(value="1e-999999999") + row(value="1e999999999999999999999", period="2024Q4"))


@attack
def sums_that_overflow(folder: Path) -> Any:
    rows = [row(period=f"2023Q{quarter}", value="1.7e308") for quarter in (1, 2, 3, 4)]
    rows.append(row(period="2023", basis="annual", value="1.7e308"))
    return reconciled(folder, "".join(rows))


@attack
def the_year_0_and_the_year_9999(folder: Path) -> Any:
    rows = row(period="0000Q1") + row(period="0001-01-01", basis="point", item="cash", published="0001-01-01")
    return csv(folder, HEADER + rows + row(period="9999Q4", published="9999-12-31"), fiscal_year_end=6)


@attack
def a_year_mistyped_by_8_000(folder: Path) -> Any:
    return reconciled(folder, row(period="1024Q3") + row(period="9024Q3", published="9024-12-31"))


@attack
def text_that_turns_direction(folder: Path) -> Any:
    return csv(folder, HEADER + row(item="\u202eeunever", source="\x1b[31mred"))


@attack
def digits_written_from_right_to_left(folder: Path) -> Any:
    return csv(folder, HEADER + row(value="١٣٢٧", source="المصدر"))


@attack
def a_cell_of_brackets(folder: Path) -> Any:
    return csv(folder, f",1Q24,{'(' * 99_000}\nRevenue,1,2\n", "wide.csv", **WIDE)


@attack
def a_file_without_end(folder: Path) -> Any:
    (folder / "facts.csv").symlink_to("/dev/zero")
    return lambda: fc.read_financials(folder / "facts.csv")


@attack
def a_pipe_that_nobody_fills(folder: Path) -> Any:
    os.mkfifo(folder / "facts.csv")
    return lambda: fc.read_financials(folder / "facts.csv")


@attack
def a_model_that_is_a_pipe(folder: Path) -> Any:
    os.mkfifo(folder / "model.yaml")
    return lambda: fc.read_model(folder / "model.yaml")


@attack
def a_file_of_ten_gigabytes(folder: Path) -> Any:
    with (folder / "facts.csv").open("wb") as file:
        os.truncate(file.fileno(), 10 * GIGABYTE)
    return lambda: fc.read_financials(folder / "facts.csv")


@attack
def a_table_that_is_an_address(folder: Path) -> Any:
    return lambda: fc.read_financials("https://example.org/facts.csv")


@attack
def a_table_that_is_packed(folder: Path) -> Any:
    import gzip

    return csv(folder, gzip.compress(b"," * (GIGABYTE // 16), 1), "facts.csv.gz")


@attack
def a_packed_table_under_another_name(folder: Path) -> Any:
    import gzip

    return csv(folder, gzip.compress(b"," * (GIGABYTE // 16), 1), "facts.csv")


@attack
def mixed_time_zones(folder: Path) -> Any:
    stamps = [pd.Timestamp("2024-03-31", tz=zone) for zone in ("UTC", "Asia/Shanghai", "America/New_York")]
    return lambda: fc.predict(pd.Series([1.0, 2.0, 3.0], index=pd.Index(stamps, dtype=object)), 4)


@attack
def a_series_at_the_edge_of_floats(folder: Path) -> Any:
    return lambda: fc.predict(pd.Series([1e308, -1e308] * 8, index=pd.period_range("2020Q1", periods=16, freq="Q")), 4)


@attack
def lists_in_the_cells_of_a_frame(folder: Path) -> Any:
    frame = pd.DataFrame([ROW.strip().split(",")], columns=HEADER.strip().split(","), dtype=object)
    frame.at[0, "value"] = [1, 2]
    return lambda: fc.read_financials(frame)


# -- workbooks and Parquet


@attack
def a_workbook_that_unpacks_to_200_megabytes(folder: Path) -> Any:
    def write(file: Any) -> None:
        file.write(sheet_xml("")[:-30])
        for _ in range(200):
            file.write(b" " * (1 << 20))

    return book(folder, write)


@attack
def a_workbook_with_exploding_entities(folder: Path) -> Any:
    bomb = '<!ENTITY a "' + "x" * 1000 + '">'
    bomb += "".join(f'<!ENTITY {new} "{f"&{old};" * 100}">' for old, new in zip("abcdef", "bcdefg", strict=True))
    return book(folder, sheet_xml("<row><c><v>&g;</v></c></row>", f"<!DOCTYPE worksheet [{bomb}]>"))


@attack
def a_workbook_that_names_another_file(folder: Path) -> Any:
    return book(folder, sheet_xml("", '<!DOCTYPE worksheet [<!ENTITY x SYSTEM "file:///etc/passwd">]>'))


@attack
def a_workbook_in_utf_16(folder: Path) -> Any:
    return book(folder, sheet_xml("").decode().replace("UTF-8", "UTF-16").encode("utf-16"))


@attack
def a_workbook_with_a_cell_far_away(folder: Path) -> Any:
    return book(folder, sheet_xml(HEAD_ROW + '<row r="999999999999"><c r="B999999999999"><v>1</v></c></row>'))


@attack
def a_workbook_with_an_impossible_column(folder: Path) -> Any:
    return book(folder, sheet_xml(HEAD_ROW + '<row r="2"><c r="ZZZZZZ2"><v>1</v></c></row>'))


@attack
def a_workbook_with_numbers_too_long(folder: Path) -> Any:
    return book(folder, sheet_xml(HEAD_ROW + f'<row r="2"><c r="B2"><v>{"9" * 5000}</v></c></row>'))


@attack
def a_workbook_of_a_million_cells(folder: Path) -> Any:
    cells = "".join("<c><v>1</v></c>" for _ in range(1_000))
    return book(folder, sheet_xml(f"<row>{cells}</row>" * 1_000))


@attack
def a_workbook_of_250_000_cells(folder: Path) -> Any:
    cells = "".join("<c><v>1</v></c>" for _ in range(1_000))
    return book(folder, sheet_xml(f"<row>{cells}</row>" * 250))


@attack
def a_workbook_of_60_000_parts(folder: Path) -> Any:
    with zipfile.ZipFile(folder / "wide.xlsx", "w") as packed:
        for number in range(60_000):
            packed.writestr(f"{number}.xml", b"")
    return lambda: fc.read_financials(folder / "wide.xlsx", **WIDE)


@attack
def parquet_that_unpacks_to_a_gigabyte(folder: Path) -> Any:
    import pyarrow as arrow
    from pyarrow import parquet

    text = arrow.DictionaryArray.from_arrays(arrow.array([0] * 100_000, arrow.int32()), arrow.array(["x" * 100_000]))
    table = arrow.table(dict.fromkeys(HEADER.strip().split(","), text))
    parquet.write_table(table, folder / "facts.parquet", compression="zstd", store_schema=False)
    return lambda: fc.read_financials(folder / "facts.parquet")


@attack
def parquet_of_a_billion_rows(folder: Path) -> Any:
    import pyarrow as arrow
    from pyarrow import parquet

    one = arrow.table({"a": arrow.array([True] * 1_000_000)})
    with parquet.ParquetWriter(folder / "facts.parquet", one.schema, compression="zstd") as writer:
        for _ in range(20):
            writer.write_table(one)
    return lambda: fc.read_financials(folder / "facts.parquet")


# -- JSON


@attack
def json_nested_100_000_deep(folder: Path) -> Any:
    return facts_json(folder, '{"facts": ' + "[" * 100_000)


@attack
def json_with_a_number_beyond_all_bounds(folder: Path) -> Any:
    return facts_json(folder, tagged("1E+999999999999999999999"))


@attack
def json_with_a_figure_of_1e308(folder: Path) -> Any:
    return facts_json(folder, tagged("1e308"))


@attack
def json_with_a_whole_number_of_5_000_digits(folder: Path) -> Any:
    return facts_json(folder, tagged("9" * 5_000))


@attack
def json_with_no_number(folder: Path) -> Any:
    return facts_json(folder, tagged("NaN"))


@attack
def json_with_the_year_1(folder: Path) -> Any:
    return facts_json(folder, tagged("1", start='"0001-01-01"', end='"0001-12-31"'))


@attack
def json_with_names_given_twice(folder: Path) -> Any:
    return facts_json(folder, '{"facts": {}, "facts": {}}')


@attack
def json_with_lists_for_maps(folder: Path) -> Any:
    return facts_json(folder, '{"facts": {"us-gaap": [1, 2]}}')


@attack
def json_that_is_not_there(folder: Path) -> Any:
    return lambda: fc.read_financials(folder / "none.json")


@attack
def json_that_is_a_folder(folder: Path) -> Any:
    (folder / "facts.json").mkdir()
    return lambda: fc.read_financials(folder / "facts.json")


# -- company folders


@attack
def a_company_folder_that_is_one_loop(folder: Path) -> Any:
    for name in ("company.yaml", "facts.csv", "model.yaml"):
        (folder / name).symlink_to(name)
    return lambda: [str(trouble) for trouble in look(folder).troubles]


def main(folder: Path) -> None:
    """Carry out every attack with at most a gigabyte more than what the imports took."""
    import openpyxl
    import pyarrow.parquet  # noqa: F401
    import statsmodels.api  # noqa: F401

    fc.predict(pd.Series(range(16), index=pd.period_range("2020Q1", periods=16, freq="Q"), dtype=float), 4)
    assert openpyxl
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    bound = pages * resource.getpagesize() + GIGABYTE
    resource.setrlimit(resource.RLIMIT_AS, (bound, bound))
    for name, make in ATTACKS.items():
        (folder / name).mkdir()
        read = make(folder / name)
        gc.collect()
        Path("/proc/self/clear_refs").write_text("5")
        before, start = memory("VmRSS"), time.process_time()
        try:
            kind, message = "value", type(read()).__name__
        except ForecastError as error:
            kind, message = type(error).__name__, str(error)
        except Exception as error:
            kind, message = f"!{type(error).__name__}", str(error)[:1000]
        seconds, above = time.process_time() - start, memory("VmHWM") - before
        print(json.dumps([name, kind, message, round(seconds, 3), round(above)]), flush=True)


def memory(what: str) -> float:
    """Megabytes of this process: ``VmRSS`` now, ``VmHWM`` at most so far."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what)) / 1024


if __name__ == "__main__":
    main(Path(sys.argv[1]))
