"""The SEC's company facts: periods from dates, vintages from filings, and no entry lost."""

from __future__ import annotations

import copy
import datetime as dt
import json
import time
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.errors import FactsError
from forecast.financials.filings import place
from forecast.financials.reading import read_financials, unread

FILE = Path(__file__).parent / "files" / "company_facts.json"
DATA = json.loads(FILE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def history():
    return read_financials(FILE).reconcile()


def entry(start, end, val, filed, *, accn="0000000001-24-000001", form="10-K", fy=2024, fp="FY"):
    """One figure; its ``fy`` and ``fp`` are those of the filing, as in the real files."""
    times = {"end": end} if start is None else {"start": start, "end": end}
    return times | {"val": val, "accn": accn, "fy": fy, "fp": fp, "form": form, "filed": filed}


def company(**tags):
    """Company facts of some us-gaap tags, each with its entries in USD or a mapping of units."""
    concepts = {
        tag: {"label": tag, "description": None, "units": units if isinstance(units, dict) else {"USD": units}}
        for tag, units in tags.items()
    }
    return {"cik": 1, "entityName": "Test Co", "facts": {"us-gaap": concepts}}


YEAR = entry("2023-01-01", "2023-12-31", 1_000_000_000, "2024-02-20")


def values(financials, line):
    return {
        (fact.period, fact.basis, str(fact.published)): fact.value for fact in financials.facts if fact.line == line
    }


def entries(data):
    return sum(
        len(found)
        for concepts in data["facts"].values()
        for concept in concepts.values()
        for found in concept["units"].values()
    )


def test_periods_come_from_the_dates_and_never_from_fy_and_fp():
    garbled = copy.deepcopy(DATA)
    for concepts in garbled["facts"].values():
        for concept in concepts.values():
            for found in concept["units"].values():
                for one in found:
                    one.update(fy=1999, fp="Q2", frame="CY1999Q1")
    assert read_financials(garbled) == read_financials(FILE)


def test_a_year_of_52_or_53_weeks_that_ends_in_september():
    financials = read_financials(FILE)
    assert financials.fiscal_year_end == 9
    revenue = values(financials, "revenue")
    # The quarter of 14 weeks to 2016-12-31, and the nine months to 2017-07-01, which end in another month.
    assert revenue["2017Q1", "quarter", "2017-02-01"] == 101.2
    assert revenue["2017Q3", "ytd", "2017-08-02"] == 101.2 + 96.3 + 99.85
    assert revenue["2017", "annual", "2017-11-17"] == 407.8
    assert values(financials, "total_assets")["2017Q3", "point", "2017-08-02"] == 433.3
    # The number of shares is of the day on the cover.
    assert values(financials, "shares")["2017-01-24", "point", "2017-02-01"] == 40.100137


def test_amendments_and_comparatives_repeat_and_count_once():
    financials = read_financials(FILE)
    # The 10-K of 2018-11-16 and its 10-K/A of 2019-01-15 have the same figures.
    assert not any(str(fact.published) == "2019-01-15" for fact in financials.facts)
    research = values(financials, "research_and_development")
    assert [key for key in research if key[0] == "2018Q2" and key[1] == "quarter"] == [
        ("2018Q2", "quarter", "2018-05-02")
    ]


def test_a_restated_year_under_a_new_tag_is_a_second_vintage():
    financials = read_financials(FILE)
    revenue = values(financials, "revenue")
    assert revenue["2018Q1", "quarter", "2018-01-31"] == 108.4
    assert revenue["2018Q1", "quarter", "2019-01-30"] == 107.9
    assert revenue["2018", "annual", "2018-11-16"] == 438.2
    assert revenue["2018", "annual", "2019-11-15"] == 436.1
    early = financials.as_of("2018-12-31")
    assert values(early, "revenue")["2018", "annual", "2018-11-16"] == 438.2
    assert not any("RevenueFromContract" in fact.note for fact in early.facts)
    notes = {fact.note for fact in financials.facts if fact.line == "revenue" and fact.period == "2018"}
    assert notes == {
        "us-gaap:SalesRevenueNet, 2017-10-01 to 2018-09-29, 10-K filed 2018-11-16",
        "us-gaap:RevenueFromContractWithCustomerExcludingAssessedTax, 2017-10-01 to 2018-09-29, 10-K filed 2019-11-15",
    }


@pytest.mark.parametrize(
    ("line", "quarter", "value"),
    [
        # Fourth quarters, which no filing has: year less nine months.
        ("research_and_development", "2017Q4", 49.45 - 36.65),
        ("research_and_development", "2019Q4", 63.25 - 46.85),
        ("net_profit", "2018Q4", 10.4 - -1.3),
        ("operating_cash_flow", "2019Q4", 53.95 - 37.15),
        # Cash flows are filed for the year to date only.
        ("operating_cash_flow", "2018Q2", 21.55 - 10.2),
        ("capital_expenditure", "2017Q3", 9.3 - 6.1),
    ],
)  # fmt: skip
def test_quarters_that_no_filing_has_follow_in_the_history(history, line, quarter, value):
    assert history.series(line)[quarter] == pytest.approx(value, abs=0.002)


def test_every_entry_is_a_fact_or_listed():
    listed = unread(FILE)
    assert len(read_financials(FILE).facts) + sum(one.figures for one in listed) == entries(DATA)
    assert [str(one) for one in listed if one.reason != "repeats what had been filed"] == [
        "us-gaap:IncreaseDecreaseInAccountsReceivable 'Increase (Decrease) in Accounts Receivable', 9 figures: "
        "no line has this tag"
    ]


def test_sources_and_rounding():
    financials = read_financials(FILE)
    assert financials.sources[0].id == "0001999999-17-000001"
    assert financials.sources[0].title == "Meridian Instruments Corp. (invented), 10-Q"
    assert financials.sources[0].url == "https://www.sec.gov/Archives/edgar/data/1999999/000199999917000001/"
    roundings = {fact.item: fact.rounding for fact in financials.facts}
    # Printed in thousands of dollars, in cents a share, in single shares.
    assert (roundings["revenue"], roundings["eps"], roundings["shares"]) == (0.0005, 0.005, 5e-7)


def test_the_scale_of_a_filing_is_that_of_most_of_its_figures():
    year = ("2023-01-01", "2023-12-31")
    data = company(
        Revenues=[entry(*year, 1_543_000_000, "2024-02-20")],
        CostOfRevenue=[entry(*year, 900_000_000, "2024-02-20")],
        Assets=[entry(None, "2023-12-31", 2_345_678_901, "2024-02-21", accn="0000000001-24-000002")],
    )
    rounding = {fact.item: fact.rounding for fact in read_financials(data).facts}
    assert rounding == {"revenue": 0.5, "cost": 0.5, "total_assets": 5e-7}


def test_ones_become_millions_exactly():
    data = company(Revenues=[entry("2023-01-01", "2023-12-31", 123_456_789_012, "2024-02-20")])
    assert read_financials(data).facts[0].value == 123456.789012


@pytest.mark.parametrize(
    ("start", "end", "month", "found"),
    [
        ("2024-01-01", "2024-03-31", 12, ("2024Q1", "quarter")),
        ("2024-01-01", "2024-06-30", 12, ("2024Q2", "ytd")),
        ("2024-07-01", "2024-12-31", 12, ("2024H2", "half")),
        ("2024-01-01", "2024-12-31", 12, ("2024", "annual")),
        ("2023-07-01", "2024-06-30", 6, ("2024", "annual")),
        ("2023-07-01", "2024-06-30", 12, None),
        # 12, 12, 12 and 16 weeks, to the Sunday nearest to 31 August.
        ("2021-08-30", "2021-11-21", 8, ("2022Q1", "quarter")),
        ("2021-08-30", "2022-02-13", 8, ("2022Q2", "ytd")),
        ("2021-08-30", "2022-05-08", 8, ("2022Q3", "ytd")),
        ("2022-05-09", "2022-08-28", 8, ("2022Q4", "quarter")),
        # 16, 12, 12 and 12 weeks, to the Saturday nearest to 31 January.
        ("2022-01-30", "2022-05-21", 1, ("2023Q1", "quarter")),
        ("2022-01-30", "2022-11-05", 1, ("2023Q3", "ytd")),
        # 53 weeks to 2 January belong to the year before.
        ("2020-12-27", "2022-01-01", 12, ("2021", "annual")),
        ("2015-12-27", "2016-12-31", 12, ("2016", "annual")),
        # A month, four months, five years, trailing twelve months.
        ("2024-01-01", "2024-01-31", 12, None),
        ("2024-01-01", "2024-04-30", 12, None),
        ("2020-01-01", "2024-12-31", 12, None),
        ("2023-04-01", "2024-03-31", 12, None),
        (None, "2024-03-31", 12, ("2024Q1", "point")),
        (None, "2024-03-30", 12, ("2024Q1", "point")),
        (None, "2024-05-02", 12, ("2024-05-02", "point")),
    ],
)  # fmt: skip
def test_periods_of_dates(start, end, month, found):
    first = None if start is None else dt.date.fromisoformat(start)
    assert place(first, dt.date.fromisoformat(end), month) == found


@given(st.integers(2001, 2040), st.integers(1, 12), st.integers(-4, 4), st.integers(-4, 4))
def test_whole_years_are_annual_whatever_the_month(year, month, early, late):
    last = (dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(1)) + dt.timedelta(late)
    before = (dt.date(year - 1 + month // 12, month % 12 + 1, 1) - dt.timedelta(1)) + dt.timedelta(early)
    assert place(before + dt.timedelta(1), last, month) == (str(year), "annual")


def test_an_ambiguous_fiscal_year_is_refused():
    other = entry("2022-07-01", "2023-06-30", 900, "2023-08-20", accn="0000000001-23-000001")
    data = company(Revenues=[other, YEAR])
    with pytest.raises(FactsError) as refusal:
        read_financials(data)
    assert str(refusal.value) == (
        "fiscal years end in several months, with so many figures each: June (1), December (1). "
        "Give the month as fiscal_year_end."
    )
    assert values(read_financials(data, fiscal_year_end=12), "revenue") == {("2023", "annual", "2024-02-20"): 1000.0}
    assert [str(one) for one in unread(data, fiscal_year_end=12)] == [
        "us-gaap:Revenues 'Revenues', 1 figure: covers neither a quarter, a half, a year to date nor a fiscal year"
    ]
    with pytest.raises(
        FactsError, match=r"no figure covers a whole year, so that the end of the fiscal year is not known"
    ):
        read_financials(company(Assets=[entry(None, "2023-12-31", 1, "2024-02-20")]))
    # Trailing twelve months in quarterly reports say nothing about the fiscal year.
    trailing = entry("2023-04-01", "2024-03-31", 950, "2024-05-01", form="10-Q", accn="0000000001-24-000009")
    assert read_financials(company(Revenues=[YEAR], NetIncomeLoss=[trailing] * 1)).fiscal_year_end == 12


def test_the_better_tag_of_a_filing_counts():
    part = YEAR | {"val": 950_000_000}
    data = company(Revenues=[YEAR], RevenueFromContractWithCustomerExcludingAssessedTax=[part])
    assert values(read_financials(data), "revenue") == {("2023", "annual", "2024-02-20"): 1000.0}
    assert unread(data)[0].reason == "the same filing has the line under another tag"
    chosen = {"RevenueFromContractWithCustomerExcludingAssessedTax": "revenue"}
    assert values(read_financials(data, mapping=chosen), "revenue") == {("2023", "annual", "2024-02-20"): 950.0}


def test_figures_rounded_again_are_repetitions_and_corrections_are_not():
    later = entry("2023-01-01", "2023-12-31", 1_000_000_000, "2025-02-20", accn="0000000001-25-000001")
    data = company(NetIncomeLoss=[YEAR | {"val": 1_000_412_345}, later])
    # Another filing has it in millions only: 1,000 is 1,000.4 rounded.
    assert values(read_financials(data), "net_profit") == {("2023", "annual", "2024-02-20"): 1000.412345}
    data = company(NetIncomeLoss=[YEAR | {"val": 1_000_712_345}, later])
    assert len(values(read_financials(data), "net_profit")) == 2
    # The text of a filing rounds a figure of its statements.
    data = company(NetIncomeLoss=[YEAR | {"val": 1_234_567_000}, YEAR | {"val": 1_200_000_000}])
    assert values(read_financials(data), "net_profit") == {("2023", "annual", "2024-02-20"): 1234.567}


def test_two_figures_of_one_filing_are_both_kept():
    data = company(NetIncomeLoss=[YEAR | {"val": 1_234_567_000}, YEAR | {"val": 1_111_111_000}])
    financials = read_financials(data)
    assert [(fact.source, fact.value) for fact in financials.facts] == [
        ("0000000001-24-000001", 1111.111),
        ("0000000001-24-000001/2", 1234.567),
    ]
    assert [source.id for source in financials.sources] == ["0000000001-24-000001", "0000000001-24-000001/2"]


def test_a_value_that_returns_is_a_third_vintage():
    filings = [("2024-02-20", 100), ("2024-08-20", 110), ("2025-02-20", 100)]
    data = company(Revenues=[YEAR | {"val": val * 10**6, "filed": day, "accn": f"0-{day}"} for day, val in filings])
    assert list(values(read_financials(data), "revenue").values()) == [100.0, 100.0, 110.0]


def test_currencies_are_chosen_and_never_mixed():
    data = company(Revenues={"CNY": [YEAR], "USD": [YEAR | {"val": 140_000_000}]})
    with pytest.raises(FactsError) as refusal:
        read_financials(data)
    assert str(refusal.value) == (
        "the company facts: 1 problem\n"
        "  - figures are in several currencies: CNY (1), USD (1). Choose one, as in currency='CNY'."
    )
    found = read_financials(data, currency="CNY").facts
    assert [(fact.value, fact.currency) for fact in found] == [(1000.0, "CNY")]
    assert str(unread(data, currency="CNY")[0]) == "us-gaap:Revenues 'Revenues', 1 figure: in another currency than CNY"
    with pytest.raises(FactsError, match=r"no figure is in 'EUR'. There are: CNY, USD."):
        read_financials(data, currency="EUR")


def test_ifrs_and_further_tags():
    whole = {"2023": ("2023-01-01", "2023-12-31")}
    data = company()
    data["facts"]["ifrs-full"] = {
        "Revenue": {"label": None, "units": {"EUR": [entry(*whole["2023"], 5_000_000, "2024-03-30", form="20-F")]}},
        "ProfitLossAttributableToOwnersOfParent": {
            "label": "Profit",
            "units": {"EUR": [entry(*whole["2023"], -250_000, "2024-03-30", form="20-F")]},
        },
    }
    data["facts"]["acme"] = {
        "Bookings": {"label": "B", "units": {"EUR": [entry(*whole["2023"], 7_000_000, "2024-03-30", form="20-F")]}}
    }
    found = read_financials(data, mapping={"acme:Bookings": "bookings", "Revenue": None})
    assert {fact.line: fact.value for fact in found.facts} == {"bookings": 7.0, "net_profit": -0.25}
    assert [str(one) for one in unread(data, mapping={"Revenue": None})] == [
        "acme:Bookings 'B', 1 figure: no line has this tag",
        "ifrs-full:Revenue, 1 figure: left out by the mapping",
    ]
    with pytest.raises(FactsError) as refusal:
        read_financials(data, mapping={"Revenu": "revenue", "Revenue": "Sales"})
    assert str(refusal.value) == (
        "the company facts: 2 problems\n"
        "  - the mapping names the tag 'Revenu', which is not in the file. Did you mean 'Revenue'?\n"
        "  - the mapping of 'Revenue': 'Sales' is not a line name. Use lower-case letters, digits and underscores, "
        "as in 'advertising_revenue'."
    )


def test_what_does_not_fit_its_line_is_listed():
    data = company(
        Revenues={"USD": [YEAR, entry(None, "2023-12-31", 5, "2024-02-20")], "pure": [YEAR | {"val": 1}]},
        Assets=[entry(None, "2024-12-31", 5, "2024-02-20")],
    )
    financials = read_financials(data)
    assert len(financials.facts) == 1
    assert [str(one) for one in unread(data)] == [
        "us-gaap:Assets 'Assets', 1 figure: filed before its period had ended",
        "us-gaap:Revenues 'Revenues', 2 figures: does not fit the other figures of the line 'revenue', "
        "which are money of a period",
    ]


def test_a_short_quarter_filed_before_the_calendar_quarter_ends():
    # 12 weeks to 7 May 2023, filed on 25 May; the third quarter of a year to August ends on 31 May.
    short = entry("2023-02-13", "2023-05-07", 400_000_000, "2023-05-25", form="10-Q", accn="0000000001-23-000003")
    data = company(Revenues=[entry("2022-08-29", "2023-09-03", 1_700_000_000, "2023-10-11"), short])
    financials = read_financials(data)
    assert financials.fiscal_year_end == 8
    assert values(financials, "revenue")["2023Q3", "quarter", "2023-05-31"] == 400.0
    assert any(fact.note.endswith("10-Q filed 2023-05-25") for fact in financials.facts)


def test_broken_files(tmp_path):
    path = tmp_path / "facts.json"
    for text, problem in [
        ("{", "'facts.json' cannot be read as JSON: "),
        ("[1]", "'facts.json' holds a list, not the company facts of the SEC."),
        ('{"cik": 1}', "the company facts have no 'facts'. Give the JSON of "
                       "https://data.sec.gov/api/xbrl/companyfacts/ unchanged."),
        ('{"facts": {"us-gaap": {"Revenues": {"units": {"USD": {}}}}}}',
         "us-gaap:Revenues has no 'units' with lists of figures. Download the file again."),
    ]:  # fmt: skip
        path.write_text(text, encoding="utf-8")
        with pytest.raises(FactsError) as refusal:
            read_financials(path)
        assert str(refusal.value).startswith(problem)


def test_entries_that_cannot_be_read_are_all_named():
    broken = [
        {"end": "2023-12-31", "val": 1, "accn": "a"},
        YEAR | {"val": None},
        YEAR | {"val": Decimal("NaN")},
        YEAR | {"end": "2023-13-31"},
        YEAR | {"start": "2024-06-01"},
        YEAR | {"accn": "0000000001/24"},
    ]
    with pytest.raises(FactsError) as refusal:
        read_financials(company(Revenues=[YEAR, *broken]))
    cure = "Correct the entry, or leave it out."
    assert str(refusal.value) == (
        "the company facts: 6 problems\n"
        f"  - us-gaap:Revenues, USD, entry 1: 'filed' is missing. {cure}\n"
        f"  - us-gaap:Revenues, USD, entry 2: 'val' is None, not a number. {cure}\n"
        f"  - us-gaap:Revenues, USD, entry 3: 'val' is Decimal('NaN'), not finite. {cure}\n"
        f"  - us-gaap:Revenues, USD, entry 4: it cannot be read (month must be in 1..12). {cure}\n"
        f"  - us-gaap:Revenues, USD, entry 5: it starts on 2024-06-01, after its end on 2023-12-31. {cure}\n"
        f"  - us-gaap:Revenues, USD, entry 6: 'accn' is '0000000001/24'; the number of a filing has no '/'. {cure}"
    )


def test_a_hundred_thousand_entries_take_seconds():
    years = range(1960, 2024)
    one = [
        entry(
            f"{year}-01-01",
            f"{year}-12-31",
            (year * 1000 + copy_) * 10**6,
            f"{year + 1}-02-{copy_ % 27 + 1:02d}",
            accn=f"{year}-{copy_}",
        )
        for year in years
        for copy_ in range(20)
    ]
    tags = [f"Tag{number}" for number in range(78)]
    data = company(Revenues=one, NetIncomeLoss=one, **dict.fromkeys(tags, one))
    assert entries(data) == 80 * 1280
    before = time.perf_counter()
    financials = read_financials(data)
    assert len(financials.facts) == 2 * 1280
    assert time.perf_counter() - before < 10.0


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FactsError) as refusal:
        read_financials(tmp_path / "no.json")
    said = f"there is no file '{tmp_path / 'no.json'}'. Look at its name and folder."
    assert str(refusal.value) == said
