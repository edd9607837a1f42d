"""Facts, what is public on a date, and everything that makes a table unreadable."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from forecast.errors import FactsError
from forecast.financials import Fact, Financials, Source, read_financials
from forecast.timeline import Quarter

from .reported import fact, reported

HEADER = "period,basis,item,segment,value,unit,currency,published,source,confidence,rounding,qualifier,note\n"
GOOD = "2024Q3,quarter,revenue,,1327,million,CNY,2024-10-30,S27,high,,,\n"


def refusal_of(tmp_path, *rows, header=HEADER):
    path = tmp_path / "facts.csv"
    path.write_text(header + "".join(row + "\n" for row in rows), encoding="utf-8")
    with pytest.raises(FactsError) as refusal:
        read_financials(path)
    return refusal.value


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("2024Q3,quarter,revenue,,1,milion,CNY,2024-10-30,S1,high,,,",
         "the unit 'milion' is not known. Did you mean 'million'?"),
        ("2024Q3,quarter,cost,,1,percent_of:Revenue,,2024-10-30,S1,high,,,",
         "the unit 'percent_of:Revenue' names no line: 'Revenue' is not a line name. "
         "Use lower-case letters, digits and underscores, as in 'advertising_revenue'."),
        ("2024Q3,quaterly,revenue,,1,million,CNY,2024-10-30,S1,high,,,",
         "the basis 'quaterly' is not known. Did you mean 'quarter'?"),
        ("2024Q3,quarter,revenue,,1,million,CNY,2024-10-30,S1,hgh,,,",
         "the confidence 'hgh' is not known. Did you mean 'high'?"),
        ("2024Q3,quarter,revenue,,1,million,CNY,2024-10-30,S1,high,,abut,",
         "the qualifier 'abut' is not known. Did you mean 'about'?"),
        ("2024Q3,quarter,revenue,,\"1,327\",million,CNY,2024-10-30,S1,high,,,",
         "the value '1,327' is not a number. Write digits and a point only, as in '1543.5'."),
        ("2024Q3,quarter,revenue,,,million,CNY,2024-10-30,S1,high,,,",
         "the value is missing. Leave the row out if nothing was reported."),
        ("2024Q3,quarter,revenue,,nan,million,CNY,2024-10-30,S1,high,,,",
         "the value 'nan' is not finite. Leave the row out if nothing was reported."),
        ("2024Q3,quarter,revenue,,-inf,million,CNY,2024-10-30,S1,high,,,",
         "the value '-inf' is not finite. Leave the row out if nothing was reported."),
        ("2024Q3,quarter,revenue,,1e999,million,CNY,2024-10-30,S1,high,,,",
         "the value '1e999' is not finite. Leave the row out if nothing was reported."),
        ("2024Q3,quarter,revenue,,1,million,CNY,2024-10-30,S1,high,half,,",
         "the rounding 'half' is not a number. Write digits and a point only, as in '1543.5'."),
        ("2024Q3,quarter,revenue,,1,million,CNY,2024-10-30,S1,high,-1,,",
         "the rounding -1.0 is not a half-width. Give a number of at least 0."),
        ("2024Q3,quarter,revenue,,1,million,CNY,30.10.2024,S1,high,,,",
         "published: '30.10.2024' is not a date. Write it as in '2025-08-31'."),
        ("2024Q3,quarter,revenue,,1,million,CNY,,S1,high,,,",
         "the date of publication is missing. Write it as in '2025-08-31'."),
        ("2024-Q3,quarter,revenue,,1,million,CNY,2024-10-30,S1,high,,,",
         "the period '2024-Q3' is not spelled as a quarter is. Write '2024Q3'."),
        ("2024,quarter,revenue,,1,million,CNY,2025-10-30,S1,high,,,",
         "the period '2024' does not fit the basis 'quarter', which takes a quarter, as in '2024Q3'."),
        ("2024Q3,annual,revenue,,1,million,CNY,2025-10-30,S1,high,,,",
         "the period '2024Q3' does not fit the basis 'annual', which takes a fiscal year, as in '2024'."),
        ("2024Q2,half,revenue,,1,million,CNY,2025-10-30,S1,high,,,",
         "the period '2024Q2' does not fit the basis 'half', which takes a half-year, as in '2024H1'."),
        ("2024H1,ytd,revenue,,1,million,CNY,2025-10-30,S1,high,,,",
         "the period '2024H1' does not fit the basis 'ytd', "
         "which takes the last quarter covered, as in '2024Q3'."),
        ("2024,point,cash,,1,million,CNY,2025-10-30,S1,high,,,",
         "the period '2024' does not fit the basis 'point', "
         "which takes a quarter (its end), as in '2024Q3', or a date, as in '2024-06-13'."),
        ("2024-02-30,point,cash,,1,million,CNY,2025-10-30,S1,high,,,",
         "'2024-02-30' is not a date. Write it as in '2025-08-31'."),
        ("2024Q3,quarter,revenue,,1,million,CNY,2024-09-29,S1,high,,,",
         "published on 2024-09-29, before the period ended on 2024-09-30. "
         "Correct the date, or mark the company's own forecast with the qualifier 'forecast'."),
        ("2024Q3,quarter,Revenue,,1,million,CNY,2024-10-30,S1,high,,,",
         "'Revenue' is not a line name. Use lower-case letters, digits and underscores, "
         "as in 'advertising_revenue'."),
        ("2024Q3,quarter,,games,1,million,CNY,2024-10-30,S1,high,,,",
         "the item is missing. Name what was reported, as in 'revenue'."),
        ("2024Q3,quarter,revenue,,1,million,RMB¥,2024-10-30,S1,high,,,",
         "the currency 'RMB¥' is not a three-letter code. Write it as in 'CNY'."),
        ("2024Q3,quarter,revenue,,1,million,CNY,2024-10-30,,high,,,",
         "the source is missing. Say where the figure was read."),
    ],
)  # fmt: skip
def test_bad_rows(tmp_path, row, problem):
    error = refusal_of(tmp_path, GOOD.strip(), row)
    assert str(error) == f"the facts in facts.csv: 1 problem\n  - row 3: {problem}"


def test_all_problems_at_once(tmp_path):
    error = refusal_of(
        tmp_path,
        "2024Q3,quarter,revenue,,x,million,CNY,2024-10-30,S1,high,,,",
        "2024-Q4,quarter,revenue,,1,milion,CNY,2025-10-30,S1,high,,,",
    )
    assert str(error) == (
        "the facts in facts.csv: 3 problems\n"
        "  - row 2: the value 'x' is not a number. Write digits and a point only, as in '1543.5'.\n"
        "  - row 3: the unit 'milion' is not known. Did you mean 'million'?\n"
        "  - row 3: the period '2024-Q4' is not spelled as a quarter is. Write '2024Q4'."
    )


def test_fifty_problems_are_printed_and_all_are_kept(tmp_path):
    error = refusal_of(tmp_path, *["2024Q3,quarter,revenue,,x,million,CNY,2024-10-30,S1,high,,,"] * 53)
    lines = str(error).splitlines()
    assert lines[0] == "the facts in facts.csv: 53 problems"
    assert lines[-1] == "  - and 3 more; the attribute 'problems' holds all of them."
    assert len(lines) == 52
    assert len(error.problems) == 53


def test_repeated_fact(tmp_path):
    error = refusal_of(tmp_path, GOOD.strip(), GOOD.strip().replace("1327", "1328"))
    assert str(error) == (
        "the facts in facts.csv: 1 problem\n"
        "  - row 3: the same fact from the same source as row 2 "
        "(revenue 2024Q3 quarter, million, source S27, published 2024-10-30). Keep one of them."
    )
    other = GOOD.strip().replace("S27", "S58")
    path = tmp_path / "facts.csv"
    path.write_text(HEADER + GOOD + other, encoding="utf-8")
    assert len(read_financials(path).facts) == 2


def test_missing_and_misspelled_columns(tmp_path):
    error = refusal_of(tmp_path, "1,2", header="period,roundng\n")
    assert str(error) == (
        "the facts in facts.csv: 10 problems\n"
        "  - the column 'basis' is missing.\n"
        "  - the column 'item' is missing.\n"
        "  - the column 'segment' is missing.\n"
        "  - the column 'value' is missing.\n"
        "  - the column 'unit' is missing.\n"
        "  - the column 'currency' is missing.\n"
        "  - the column 'published' is missing.\n"
        "  - the column 'source' is missing.\n"
        "  - the column 'confidence' is missing.\n"
        "  - the column 'roundng' is not known. Did you mean 'rounding'?"
    )


def test_folder(tmp_path):
    (tmp_path / "facts.csv").write_text(HEADER + GOOD, encoding="utf-8-sig")
    (tmp_path / "fx.csv").write_text(
        "period,item,value,unit,basis,published,source,confidence\n"
        "2024-07,usd_cny,7.26,CNY_per_USD,month,2024-08-05,S106,high\n"
        "2024Q3,usd_cny,7.1621,CNY_per_USD,quarter,2024-10-05,S106,high\n",
        encoding="utf-8",
    )
    (tmp_path / "sources.csv").write_text(
        "source,title,url\nS27,Third quarter,https://example.org\nS106,Rates,\n", encoding="utf-8"
    )
    facts = read_financials(tmp_path)
    assert facts.lines == ("revenue", "usd_cny")
    assert facts.facts[1].rounding == 0.00005
    assert facts.sources[0] == Source("S27", "Third quarter", "https://example.org")
    (tmp_path / "sources.csv").write_text("source,title\nS27,Third quarter\n", encoding="utf-8")
    with pytest.raises(FactsError) as refusal:
        read_financials(str(tmp_path))
    assert str(refusal.value) == (
        f"the facts in {tmp_path.name}: 1 problem\n"
        "  - fx.csv row 3: the source 'S106' is not in the sources. Known: 'S27'."
    )


def test_what_cannot_be_opened(tmp_path):
    with pytest.raises(FactsError) as refusal:
        read_financials(tmp_path)
    assert str(refusal.value) == (f"the folder '{tmp_path}' has no facts.csv. Put the reported figures into that file.")
    with pytest.raises(FactsError) as refusal:
        read_financials(tmp_path / "no.csv")
    assert str(refusal.value) == (
        f"'{tmp_path / 'no.csv'}' is neither a file nor a folder. Give a folder with facts.csv, or a file."
    )
    (tmp_path / "facts.xlsx").write_text("")
    with pytest.raises(FactsError, match=r"^'facts.xlsx' is neither CSV nor Parquet. Save it as .csv or .parquet.$"):
        read_financials(tmp_path / "facts.xlsx")
    with pytest.raises(FactsError, match=r"^facts cannot be read from a list. Give a folder, a file or a DataFrame.$"):
        read_financials([])
    with pytest.raises(FactsError) as refusal:
        read_financials(tmp_path, fiscal_year_end=13)
    assert str(refusal.value) == (
        "read_financials: 1 problem\n  - the fiscal year cannot end in month 13. Give a month from 1 to 12."
    )


@pytest.mark.parametrize(
    ("printed", "half"),
    [("1543", 0.5), ("23.43", 0.005), ("1140", 0.5), ("1546.84799145", 5e-9), ("23.40", 0.005), ("-0.69", 0.005),
     ("1.5e3", 50.0)],
)  # fmt: skip
def test_rounding_is_half_a_unit_of_the_last_digit(tmp_path, printed, half):
    (tmp_path / "facts.csv").write_text(HEADER + GOOD.replace("1327", printed), encoding="utf-8")
    assert read_financials(tmp_path / "facts.csv").facts[0].rounding == half


def test_frames_and_parquet(tmp_path):
    facts = reported(
        fact("revenue", "2024Q1", "1208", confidence="medium"), fact("cash", "2024-06-13", "2.34", "point", "billion")
    )
    frame = facts.to_frame()
    assert read_financials(frame) == facts
    assert read_financials(frame).fingerprint == facts.fingerprint
    frame.to_parquet(tmp_path / "facts.parquet")
    assert read_financials(tmp_path / "facts.parquet") == facts
    typed = frame.drop(columns="rounding").assign(published=pd.Timestamp("2030-01-01"), note=np.nan)
    assert read_financials(typed) == facts
    broken = frame.assign(value=[1.0, np.inf], unit=["million", None])
    with pytest.raises(FactsError) as refusal:
        read_financials(broken)
    assert str(refusal.value) == (
        "the facts: 1 problem\n  - row 1: the value 'inf' is not finite. Leave the row out if nothing was reported."
    )


def test_lines_join_segment_and_item():
    one = replace(fact("revenue", "2024Q1", "1"), segment="advertising")
    assert one.line == "advertising_revenue"


def test_facts_made_by_hand_are_checked():
    with pytest.raises(FactsError) as refusal:
        reported(fact("revenue", "2024Q1", "1", published="2024-01-01"))
    assert str(refusal.value) == (
        "the facts: 1 problem\n"
        "  - revenue 2024Q1 (quarter) 1 million CNY from S1: published on 2024-01-01, "
        "before the period ended on 2024-03-31. Correct the date, or mark the company's own "
        "forecast with the qualifier 'forecast'."
    )
    with pytest.raises(FactsError, match=r"the value nan is not finite"):
        reported(replace(fact("revenue", "2024Q1", "1"), value=math.nan))


def test_as_of_hides_what_was_published_later():
    first = fact("revenue", "2024Q1", "1", published="2024-04-27")
    second = fact("revenue", "2024Q2", "2", published="2024-08-24")
    facts = reported(second, first)
    assert facts.hidden_after is None
    assert facts.as_of("2024-08-24").facts == (first, second)
    early = facts.as_of(dt.date(2024, 8, 23))
    assert early.facts == (first,)
    assert early.hidden_after == dt.date(2024, 8, 23)
    assert early.as_of("2030-01-01") == early
    assert early.fingerprint == reported(first).fingerprint


def test_order_is_immaterial():
    ones = [fact("revenue", f"2024Q{q}", str(q)) for q in (1, 2, 3)]
    assert reported(*ones) == reported(*reversed(ones))
    assert reported(*ones).fingerprint == reported(*reversed(ones)).fingerprint
    assert reported(*ones).fingerprint != reported(*ones[:2]).fingerprint
    assert len(reported(*ones).fingerprint) == 64


def test_fiscal_year_moves_the_end_of_a_period():
    june = fact("revenue", "2025Q4", "1", published="2025-06-30")
    assert Financials((june,), fiscal_year_end=6).reconcile().last == Quarter.parse("2025Q4")
    with pytest.raises(FactsError, match="before the period ended on 2025-12-31"):
        Financials((june,))


def test_a_fact_prints_itself():
    assert str(fact("cost", "2024", "5662.5", "annual")) == "cost 2024 (annual) 5662.5 million CNY from S1"
    assert isinstance(fact("cost", "2024", "1", "annual"), Fact)


@pytest.mark.parametrize(
    ("cell", "seen"),
    [
        ([1, 2], "'[1, 2]' is not a number"),
        (Decimal("sNaN"), "is missing"),
        (Decimal("NaN"), "is missing"),
        (1e31, "is not between 1e-30 and 1e+30 in size"),
        ("1e-31", "is not between 1e-30 and 1e+30 in size"),
        ("1e-41", "has more than 40 digits"),
        ("9" * 1001, "the value has 1,001 characters"),
    ],
)
def test_cells_that_no_figure_is(cell, seen):
    frame = reported(fact("revenue", "2024Q1", "1208")).to_frame().drop(columns="rounding").astype({"value": object})
    frame.at[0, "value"] = cell
    with pytest.raises(FactsError) as refusal:
        read_financials(frame)
    assert seen in str(refusal.value)
