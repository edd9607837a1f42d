"""Wide sheets as analysts keep them: headings, labels, printed figures, and nothing lost on the way."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.errors import FactsError
from forecast.financials.headings import parse_heading
from forecast.financials.numbers import parse_number
from forecast.financials.reading import read_financials, unread
from forecast.financials.sheets import show
from forecast.limits import raised

MODEL = Path(__file__).parent / "files" / "analyst_model.xlsx"
ROWS = {
    "Products": "products_revenue",
    "Services": "services_revenue",
    "Total revenue": "revenue",
    "Cost of sales": "-cost",
    "Gross margin": {"line": "gross_profit", "unit": "percent_of:revenue"},
    "R&D": "research_and_development",
    "Net profit": "net_profit",
}
STATEMENT = {"sheet": "P&L", "mapping": ROWS, "currency": "EUR", "published_after": 45}
LEFT = {"leave_out": ["Note", "yoy %"]}


def csv_of(tmp_path, text, name="sheet.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def book_of(tmp_path, *rows, formats=()):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for cell, number_format in formats:
        book.active[cell].number_format = number_format
    book.save(tmp_path / "book.xlsx")
    return tmp_path / "book.xlsx"


def refusal_of(data, **options):
    with pytest.raises(FactsError) as refusal:
        read_financials(data, **options)
    return str(refusal.value)


def figures(financials):
    return {(fact.line, fact.period, fact.basis): fact.value for fact in financials.facts}


@pytest.mark.parametrize(
    ("text", "period", "basis"),
    [
        *[(text, "2024Q1", "quarter") for text in ("1Q24", "Q1 2024", "2024Q1", "Q1'24", "Q1-24", "FY24 Q1")],
        *[(text, "2024Q1", "quarter") for text in ("24Q1", "1Q2024A", "2024年Q1", "3M24", "１Ｑ２４", "Q1/2024")],
        *[(text, "2024Q1", "quarter") for text in ("1QFY24", "q1 2024")],
        *[(text, "2024", "annual") for text in ("2024", "FY2024", "FY24", "FY 24", "2024A", "2024FY", "12M24")],
        *[(text, "2024H1", "half") for text in ("H1 2024", "1H24", "2024H1", "1H 2024A")],
        *[(text, "2024Q3", "ytd") for text in ("9M24", "9M 2024", "YTD Q3 2024", "3Q24 YTD")],
        *[(text, "2024Q2", "ytd") for text in ("6M24", "6M2024")],
        ("2024年", "2024", "annual"),
        ("1Q99", "1999Q1", "quarter"),
    ],
)  # fmt: skip
def test_headings_that_say_what_they_hold(text, period, basis):
    assert parse_heading(text).period() == (period, basis)
    assert not parse_heading(text).is_estimate


@pytest.mark.parametrize(
    "text",
    ["2024-03-31", "31-Mar-24", "Mar-24", "March 2024", "March 31, 2024", "31 March 2024", "31/03/2024", "3/31/2024",
     "31.03.24", "45382", "2024-03-31 00:00:00", "30-Mar-24", "2024-04-02"],
)  # fmt: skip
def test_dates_are_read_as_asked(text):
    heading = parse_heading(text)
    assert [heading.period(basis)[0] for basis in ("quarter", "ytd", "point")] == ["2024Q1"] * 3
    with pytest.raises(FactsError) as refusal:
        heading.period()
    assert str(refusal.value) == (
        "a date does not say what ends on it. Give basis='quarter', 'ytd', 'half' or 'annual', or 'point' for balances."
    )
    with pytest.raises(FactsError, match=r"^2024Q1 does not end a fiscal year\.$"):
        heading.period("annual")
    assert parse_heading(text, fiscal_year_end=3).period("annual") == ("2024", "annual")
    assert parse_heading(text, fiscal_year_end=9).period("half") == ("2024H1", "half")


@pytest.mark.parametrize("text", ["2025E", "1Q25E", "FY25F", "Q4 24E", "2025 (E)", "24E", "2025P", "2025 Budget"])
def test_estimates_are_known_by_their_letter(text):
    assert parse_heading(text).is_estimate


@pytest.mark.parametrize(
    "text",
    ["yoy %", "Notes", "LTM", "Q5 2024", "1Q24 vs 1Q23", "2024-02-15", "CAGR 20-24", "1543", "3Q", "2021.5",
     "Margin 24", "2024/25", "12", "24", "May-24", "2024-13-31", ""],
)  # fmt: skip
def test_what_is_no_period(text):
    assert parse_heading(text) is None


@given(st.dates(dt.date(2000, 1, 1), dt.date(2049, 12, 31)), st.integers(1, 12))
def test_dates_and_excel_numbers_agree(day, month):
    # Excel counts days from 1899-12-30: 45382 is 31 March 2024.
    number = (day - dt.date(2024, 3, 31)).days + 45382
    dated, counted = (
        parse_heading(day.isoformat(), fiscal_year_end=month),
        parse_heading(str(number), fiscal_year_end=month),
    )
    assert (dated is None) == (counted is None)
    if dated is not None:
        assert dated.last == counted.last
        assert abs((dated.last.last_day(year_end_month=month) - day).days) <= 10


def test_a_realistic_workbook():
    financials = read_financials(MODEL, **STATEMENT, **LEFT)
    found = figures(financials)
    # 7 rows by 9 columns of actual figures, less the two cells without a figure.
    assert len(found) == 7 * 9 - 2
    assert found["revenue", "2024Q3", "ytd"] == 251.6
    assert found["revenue", "2024", "annual"] == 343.4
    assert found["cost", "2023Q1", "quarter"] == 41.9
    assert found["gross_profit", "2024Q2", "quarter"] == 44.1
    assert ("net_profit", "2023Q4", "quarter") not in found
    one = next(fact for fact in financials.facts if (fact.line, fact.period) == ("research_and_development", "2023Q1"))
    # 9.10 is typed as 9.1 and shown with two decimals.
    assert (one.value, one.rounding, one.unit, one.currency, one.confidence) == (9.1, 0.005, "million", "EUR", "medium")
    assert one.published == dt.date(2023, 5, 15)
    assert one.source == "analyst_model.xlsx, sheet 'P&L'"
    assert one.note == "row 13, column C; taken to be published 45 days after the period's end"


def test_what_is_left_out_is_listed():
    assert [str(one) for one in unread(MODEL, **STATEMENT, **LEFT)] == [
        "column L '2025E', 7 figures: marked 'E': not a reported figure",
        "column M 'yoy %', 3 figures: named in leave_out",
        "column B 'Note', 3 figures: named in leave_out",
        "row 9 'yoy %', 3 figures: named in leave_out",
        "row 14 'Net profit', 1 figure: 'n.a.' says that there is no figure",
        "row 14 'Net profit', 1 figure: '-' says that there is no figure",
    ]
    assert [str(one) for one in unread(MODEL, **STATEMENT, unmapped="leave out")][1:4] == [
        "column M 'yoy %', 3 figures: its heading names no period",
        "column B 'Note', 3 figures: its heading names no period",
        "row 9 'yoy %', 3 figures: not in the mapping",
    ]


def test_what_is_not_mapped_is_refused():
    assert refusal_of(MODEL, **STATEMENT) == (
        "analyst_model.xlsx, sheet 'P&L': 3 problems\n"
        "  - column M 'yoy %', 3 figures: its heading names no period. "
        "Name it in leave_out, or give unmapped='leave out'.\n"
        "  - column B 'Note', 3 figures: its heading names no period. "
        "Name it in leave_out, or give unmapped='leave out'.\n"
        "  - row 9 'yoy %', 3 figures: not in the mapping. Name it in leave_out, or give unmapped='leave out'."
    )


def test_balances_by_date():
    options = {"sheet": "Balance sheet", "mapping": {"Cash and equivalents": "cash", "Total assets": "total_assets"}}
    options |= {"unit": "thousand", "currency": "EUR", "published": "2024-05-14", "source": "Annual report"}
    found = read_financials(MODEL, **options, basis="point")
    assert figures(found)["cash", "2023Q4", "point"] == 44902.0
    assert found.facts[0].source == "Annual report"
    assert found.facts[0].note == "row 5, column B"
    assert "column B '2023-03-31': a date does not say what ends on it." in refusal_of(MODEL, **options)


SHEET = """Some company,,,
,1Q24,2Q24,H1 2024
Revenue,"1,208.0",1294.5,"2,502.5"
Profit,(87),-,12.3
"""


def test_a_sheet_in_csv_and_as_a_frame(tmp_path):
    options = {"mapping": {"Revenue": "revenue", "Profit": "net_profit"}, "currency": "CNY", "published": "2024-08-30"}
    found = read_financials(csv_of(tmp_path, SHEET), **options)
    assert figures(found) == {
        ("revenue", "2024Q1", "quarter"): 1208.0,
        ("revenue", "2024Q2", "quarter"): 1294.5,
        ("revenue", "2024H1", "half"): 2502.5,
        ("net_profit", "2024Q1", "quarter"): -87.0,
        ("net_profit", "2024H1", "half"): 12.3,
    }
    assert {fact.rounding for fact in found.facts} == {0.05, 0.5}
    frame = pd.DataFrame(
        {"1Q24": [1208.0, -87], "2Q24": ["1294.5", None], "H1 2024": [2502.5, 12.3]}, index=["Revenue", "Profit"]
    )
    assert figures(read_financials(frame, **options)) == figures(found)
    assert refusal_of(frame, **options | {"mapping": {"Revenu": "revenue"}}) == (
        "the data frame: 3 problems\n"
        "  - 'Revenu' of the mapping is not a row of the sheet. Did you mean 'Revenue'?\n"
        "  - row 0 'Revenue', 3 figures: not in the mapping. Name it in leave_out, or give unmapped='leave out'.\n"
        "  - row 1 'Profit', 2 figures: not in the mapping. Name it in leave_out, or give unmapped='leave out'."
    )
    frame.rename(columns=str).reset_index(names="label").astype(str).to_parquet(tmp_path / "sheet.parquet")
    assert figures(read_financials(tmp_path / "sheet.parquet", **options)) == figures(found)
    semicolons = csv_of(tmp_path, SHEET.replace(",", ";").replace("1;208", "1,208").replace("2;502", "2,502"), "b.csv")
    assert figures(read_financials(semicolons, **options)) == figures(found)


def test_years_above_quarters_and_several_blocks(tmp_path):
    sheet = csv_of(
        tmp_path,
        ",2023,,,,2024\n,Q1,Q2,Q3,Q4,Q1\nRevenue,1,2,3,4,5\n\nBalance,Dec-23,Mar-24\nCash,10,11\n",
    )
    mapping = {"Revenue": "revenue", "Cash": {"line": "cash", "basis": "point"}}
    assert figures(read_financials(sheet, mapping=mapping, published_after=30)) == {
        ("revenue", "2023Q1", "quarter"): 1.0,
        ("revenue", "2023Q2", "quarter"): 2.0,
        ("revenue", "2023Q3", "quarter"): 3.0,
        ("revenue", "2023Q4", "quarter"): 4.0,
        ("revenue", "2024Q1", "quarter"): 5.0,
        ("cash", "2023Q4", "point"): 10.0,
        ("cash", "2024Q1", "point"): 11.0,
    }


def test_figures_that_look_like_years_stay_figures(tmp_path):
    sheet = csv_of(tmp_path, ",2021,2022,2023\nRevenue,2021,2022,2023\nStaff,2019,2040,2045\n")
    found = read_financials(sheet, mapping={"Revenue": "revenue", "Staff": "employees"}, published_after=30)
    assert sorted(figures(found).values()) == [2019.0, 2021.0, 2022.0, 2023.0, 2040.0, 2045.0]


def test_rows_by_number_and_year_to_date_rows(tmp_path):
    sheet = csv_of(tmp_path, ",1Q24,2Q24,2024\nTotal,1,2,10\nTotal,3,7,20\n")
    mapping = {3: {"line": "operating_cash_flow", "basis": "ytd"}, 2: "revenue"}
    found = figures(read_financials(sheet, mapping=mapping, published_after=30))
    assert found["operating_cash_flow", "2024Q2", "ytd"] == 7.0
    assert found["operating_cash_flow", "2024", "annual"] == 20.0
    assert found["revenue", "2024Q2", "quarter"] == 2.0
    assert refusal_of(sheet, mapping={"Total": "revenue"}, published_after=30, unmapped="leave out") == (
        "sheet.csv: 1 problem\n  - 'Total' is the label of row 2, row 3. Name one by its number: {2: 'revenue'}."
    )


def test_one_figure_twice(tmp_path):
    mapping = {"Cash": {"line": "cash", "basis": "point"}}
    same = csv_of(tmp_path, ",4Q24,FY24\nCash,10,10\n")
    assert len(read_financials(same, mapping=mapping, published_after=30).facts) == 1
    assert [str(one) for one in unread(same, mapping=mapping, published_after=30)] == [
        "row 2 'Cash', 1 figure: the same figure as in row 2, column B"
    ]
    other = csv_of(tmp_path, ",4Q24,FY24\nCash,10,11\n", "other.csv")
    assert refusal_of(other, mapping=mapping, published_after=30) == (
        "other.csv: 1 problem\n"
        "  - row 2 'Cash', column C 'FY24': cash 2024Q4 (point) is 11 here and 10 in row 2, column B. "
        "Name one of the two rows or columns in leave_out."
    )


def test_margin_and_amount_of_one_line(tmp_path):
    sheet = csv_of(tmp_path, ",1Q24\nGross profit,30\nMargin,23.4%\n")
    mapping = {"Gross profit": "gross_profit", "Margin": {"line": "gross_profit", "unit": "percent_of:revenue"}}
    found = read_financials(sheet, mapping=mapping, published_after=30)
    assert sorted((fact.value, fact.unit) for fact in found.facts) == [(23.4, "percent_of:revenue"), (30.0, "million")]


def test_dates_of_publication(tmp_path):
    sheet = csv_of(tmp_path, ",1Q24,2Q24\nRevenue,1,2\n")
    options = {"mapping": {"Revenue": "revenue"}, "published": {"2024Q1": "2024-04-26"}}
    found = read_financials(sheet, **options, published_after=60)
    assert [fact.published for fact in found.facts] == [dt.date(2024, 4, 26), dt.date(2024, 8, 29)]
    assert refusal_of(sheet, **options) == (
        "sheet.csv: 1 problem\n"
        "  - row 2 'Revenue', column C '2Q24': published has no date for 2024Q2. Add it, or give published_after."
    )
    assert refusal_of(
        sheet, mapping={"Revenue": "revenue"}, published={"2024Q1": "2024-04-26", "24Q2": "2024-08-01"}
    ) == (
        "sheet.csv: 2 problems\n"
        "  - row 2 'Revenue', column C '2Q24': published has no date for 2024Q2. Add it, or give published_after.\n"
        "  - published names '24Q2', which the sheet does not have. Did you mean '2024Q2'?"
    )
    assert refusal_of(sheet, mapping={"Revenue": "revenue"}, published="2024-05-01") == (
        "sheet.csv: 1 problem\n"
        "  - row 2 'Revenue', column C '2Q24': published on 2024-05-01, before the period ended on 2024-06-30. "
        "Correct the date, or mark the company's own forecast with the qualifier 'forecast'."
    )


def test_all_that_is_wrong_at_once(tmp_path):
    sheet = csv_of(tmp_path, ',1Q24,2Q24\nRevenue,"1.543,0",#REF!\nMargin,23%,15.4亿\nCost,1,2\n')
    options = {
        "mapping": {
            "Revenue": "revenue",
            "Margin": {"line": "gross_profit", "unit": "percent_of:revenue"},
            "Cost": {"line": "Cost", "unit": "milion", "base": "x"},
            "Tax": 5,
        },
        "basis": "quaterly",
        "unmapped": "skip",
        "leave_out": ["Notes"],
    }
    any_number = "Write it as in '1543.5', '(87)', '15.4亿', '1.2 billion', '12.3%' or '570..710'."
    assert refusal_of(sheet, **options) == (
        "sheet.csv: 11 problems\n"
        "  - unmapped='skip' is not known. Known: 'leave out', 'refuse'.\n"
        "  - the basis 'quaterly' is not known. Did you mean 'quarter'?\n"
        "  - nothing says when the figures became public. Give published='2025-08-31', or published_after=45 "
        "for days after the end of each period.\n"
        "  - the mapping of 'Cost': 'base' is not known. Known: 'basis', 'currency', 'line', 'unit'.\n"
        "  - the mapping of 'Cost': 'Cost' is not a line name. Use lower-case letters, digits and underscores, "
        "as in 'advertising_revenue'.\n"
        "  - the mapping of 'Cost': the unit 'milion' is not known. Did you mean 'million'?\n"
        "  - the mapping of 'Tax' is 5. Give a line, as in 'revenue', or leave it out.\n"
        "  - leave_out names 'Notes', which is no row or column. "
        "Known: '1Q24', '2Q24', 'Cost', 'Margin', 'Revenue'.\n"
        "  - row 2 'Revenue', column B '1Q24': '1.543,0' is not a number that can be read in one way. "
        "Write a decimal point, and commas only between groups of three digits, as in '1,543.5'.\n"
        "  - row 2 'Revenue', column C '2Q24': '#REF!' is not a number that can be read in one way. "
        f"{any_number}\n"
        "  - row 3 'Margin', column C '2Q24': the scale '亿' does not fit the unit 'percent_of:revenue'. "
        "Write the number without it, or correct the unit."
    )


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"published": "2024-08-30", "published_after": 45},
         "published and published_after contradict each other. Give one date, or days, or a date a period."),
        ({"published_after": -1},
         "published_after=-1 is not a number of days. Give a whole number from 0 to 1000."),
        ({"published_after": True},
         "published_after=True is not a number of days. Give a whole number from 0 to 1000."),
        ({"published": "30.8.2024"}, "published: '30.8.2024' is not a date. Write it as in '2025-08-31'."),
        ({"published_after": 45, "leave_out": ["Profits"]},
         "leave_out names 'Profits', which is no row or column. Did you mean 'Profit'?"),
        ({"published_after": 45, "confidence": "hgih"}, "the confidence 'hgih' is not known. Did you mean 'high'?"),
    ],
)  # fmt: skip
def test_wrong_options(tmp_path, options, problem):
    mapping = {"Revenue": "revenue", "Profit": "net_profit"}
    text = refusal_of(csv_of(tmp_path, SHEET), mapping=mapping, **options)
    assert text == f"sheet.csv: 1 problem\n  - {problem}"


def test_options_of_another_form(tmp_path):
    path = csv_of(tmp_path, SHEET)
    assert refusal_of(path, sheet="P&L", unit="million") == (
        "read_financials: 2 problems\n"
        "  - the option 'sheet' is not for a table of facts. Leave it out, or give a mapping.\n"
        "  - the option 'unit' is not for a table of facts. Leave it out, or give a mapping."
    )
    assert refusal_of(path, mapping=["Revenue"]) == (
        "read_financials: 1 problem\n  - mapping is a list. Give a dict, as in {'Total revenue': 'revenue'}."
    )
    with pytest.raises(FactsError, match=r"the option 'shet' is not known. Did you mean 'sheet'?"):
        unread(path, shet="P&L")
    assert refusal_of(path, mapping={"Revenue": "revenue"}, sheet="P&L") == (
        "'sheet.csv' has no sheets; the option sheet='P&L' is for workbooks. Leave it out."
    )
    assert refusal_of(MODEL) == (
        "'analyst_model.xlsx' is a workbook. Say which row is which line, as in mapping={'Total revenue': 'revenue'}; "
        "or save a table of facts as .csv or .parquet."
    )
    assert refusal_of(MODEL, mapping=ROWS) == (
        "'analyst_model.xlsx' has 2 sheets: 'P&L', 'Balance sheet'. Choose one with sheet='P&L'."
    )
    assert (
        refusal_of(MODEL, mapping=ROWS, sheet="P & L")
        == "'analyst_model.xlsx' has no sheet 'P & L'. Did you mean 'P&L'?"
    )


def test_sheets_without_periods_or_labels(tmp_path):
    options = {"mapping": {"Revenue": "revenue"}, "published_after": 45}
    assert refusal_of(csv_of(tmp_path, "Revenue,1,2\n"), **options) == (
        "sheet.csv: 1 problem\n  - no row names periods, as in '1Q24', 'Q1 2024', 'FY2024', '9M24' or '2024-03-31'."
    )
    assert refusal_of(csv_of(tmp_path, "1Q24,2Q24\n1,2\n"), **options) == (
        "sheet.csv: 1 problem\n"
        "  - the first period is in the first column. Put the labels of the rows to the left of it."
    )


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (23.4, "0.00", "23.40"), (0.123, "0.0%", "12.3%"), (0.1234, "0.0%", "12.34%"), (2025, '0"E"', "2025E"),
        (2024, '"FY"0', "FY2024"), (1543.0, "General", "1543"), (0.1 + 0.2, "General", "0.3"),
        (1543.4, "#,##0", "1543.4"),
        (1543, "#,##0.0_);(#,##0.0)", "1543.0"), (1 / 3, "0.0", "0.3"), (1234.5, '"$"#,##0.00', "1234.50"),
        (-87, "#,##0;[Red](#,##0)", "-87"), (dt.datetime(2024, 3, 31), "dd-mmm-yy", "2024-03-31"), (None, None, ""),
        (float("nan"), None, ""), (True, "General", "True"),
    ],
)  # fmt: skip
def test_cells_as_they_show(value, number_format, text):
    assert show(value, number_format) == text


@given(st.integers(-(10**9), 10**9), st.integers(0, 6))
def test_typed_digits_survive_a_workbook(number, decimals):
    typed = number / 10**decimals
    printed = parse_number(show(typed, "General"))
    assert float(printed.value) == typed
    assert float(printed.rounding) >= 0.5 / 10**decimals * 0.999


def test_scaled_formats_and_unsaved_formulas_are_refused(tmp_path):
    options = {"mapping": {"Revenue": "revenue"}, "published_after": 45}
    scaled = book_of(tmp_path, [None, "1Q24"], ["Revenue", 1543000000], formats=[("B2", "#,##0,,")])
    assert refusal_of(scaled, **options) == (
        "book.xlsx, sheet 'Sheet': 1 problem\n"
        "  - row 2 'Revenue', column B '1Q24': '1543000000 in the format #,##0,,' "
        "is not a number that can be read in one way. "
        "Write it as in '1543.5', '(87)', '15.4亿', '1.2 billion', '12.3%' or '570..710'."
    )
    unsaved = book_of(tmp_path, [None, "1Q24"], ["Revenue", "=1+2"])
    assert refusal_of(unsaved, **options) == (
        "'book.xlsx' holds 1 formulas without a saved value, the first in B2. "
        "Open it in a spreadsheet program and save it there."
    )


def test_endless_sheets_are_refused_quickly(tmp_path):
    options = {"mapping": {"Revenue": "revenue"}, "published_after": 45}
    wide = csv_of(tmp_path, "," * 1_000_000 + "\n")
    long = csv_of(tmp_path, "\n" * 1_000_000, "long.csv")
    book = book_of(tmp_path, [None, "1Q24"], ["Revenue", 1])
    many = openpyxl.load_workbook(book)
    many.active["A1048576"] = "end"
    many.save(tmp_path / "many.xlsx")
    frame = pd.DataFrame({"a": [1]}).reindex(range(30_000))
    for data in (tmp_path / "many.xlsx", frame):
        assert "at most 20,000 and 2,000 are read" in refusal_of(data, **options)
    assert refusal_of(long, **options) == (
        "'long.csv' has more than 20,000 rows; at most 20,000 rows are read. Delete the empty ones. "
        "If it is right and you trust it, read it inside: with forecast.limits.raised(sheet_rows=40_000)."
    )
    assert refusal_of(wide, **options) == (
        "'sheet.csv' has 1,000,001 columns or more; at most 2,000 columns are read. Delete the empty ones. "
        "If it is right and you trust it, read it inside: with forecast.limits.raised(sheet_columns=4_000)."
    )
    with pytest.raises(FactsError, match=r"'sheet.csv' has 1,000,001 columns or more; at most 1,000 columns are read"):
        read_financials(wide)
    with raised(sheet_rows=30_000):
        assert (
            refusal_of(frame, **options) == "the data frame: 1 problem\n"
            "  - no row names periods, as in '1Q24', 'Q1 2024', 'FY2024', '9M24' or '2024-03-31'."
        )


def test_broken_workbooks(tmp_path):
    options = {"mapping": {"Revenue": "revenue"}, "published_after": 45}
    (tmp_path / "broken.xlsx").write_bytes(b"PK\x03\x04 nothing")
    assert refusal_of(tmp_path / "broken.xlsx", **options).startswith("'broken.xlsx' cannot be read as a workbook: ")
    with zipfile.ZipFile(tmp_path / "empty.xlsx", "w") as packed:
        packed.writestr("a.txt", "a")
    assert refusal_of(tmp_path / "empty.xlsx", **options).startswith("'empty.xlsx' cannot be read as a workbook: ")
    assert refusal_of(tmp_path / "none.xlsx", **options) == (
        f"'{tmp_path / 'none.xlsx'}' is not a file. Give a workbook, a CSV or Parquet file, or a DataFrame."
    )


@given(st.data())
def test_every_figure_is_a_fact_or_listed(data):
    # Any grid of figures, blanks and dashes: facts and unread figures together are all cells that are filled.
    columns = data.draw(
        st.lists(st.sampled_from(["1Q24", "2Q24", "3Q24", "FY24", "2025E", "note"]), unique=True, min_size=1)
    )
    if not any(column not in ("note",) for column in columns):
        return
    labels = ["Revenue", "Cost", "Other"]
    cells = st.sampled_from(["1", "2.5", "(3)", "-", "n.a.", ""])
    rows = [[label, *data.draw(st.lists(cells, min_size=len(columns), max_size=len(columns)))] for label in labels]
    rows[0][1 + next(at for at, column in enumerate(columns) if column != "note")] = "7"
    frame = pd.DataFrame(rows, columns=["", *columns])
    options = {"mapping": {"Revenue": "revenue"}, "published_after": 45, "unmapped": "leave out"}
    facts = read_financials(frame, **options).facts
    listed = unread(frame, **options)
    real = sum(cell not in ("", "-", "n.a.") for row in rows for cell in row[1:])
    dashes = sum(
        cell in ("-", "n.a.") and column not in ("note", "2025E")
        for cell, column in zip(rows[0][1:], columns, strict=True)
    )
    assert len(facts) + sum(one.figures for one in listed) == real + dashes
