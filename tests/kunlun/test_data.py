"""The Kunlun data files say what they claim: readable, dated, sourced, and free of computed figures."""

import datetime as dt
import re
from collections import Counter
from decimal import Decimal

import pytest

from .printed import DATA, FACTS, half_width, line, name, table

DATA_END = dt.date(2025, 8, 31)

FACT_COLUMNS = "period,basis,item,segment,value,unit,currency,published,source,confidence,rounding,qualifier,note,scope"
PERIODS = {
    "quarter": r"\d{4}Q[1-4]",
    "ytd": r"\d{4}Q[1-4]",
    "half": r"\d{4}H[12]",
    "annual": r"\d{4}",
    "point": r"\d{4}Q[1-4]|\d{4}-\d{2}-\d{2}",
}
UNITS = (
    r"million|million_change|percent_growth|million_shares|count|CNY_per_share"
    r"|(percent_of|ratio_of|points_growth_of):[a-z][a-z0-9_]*"
)
MONEY = ("million", "million_change", "CNY_per_share")
NUMBER = r"-?\d+(\.\d+)?"
LATER = {
    ("2014Q1", "S50", "2015-04-30"): "before the listing; known as a comparative a year later",
    ("2014Q2", "S50", "2015-08-31"): "before the listing; known as a comparative a year later",
    ("2014Q3", "S50", "2015-10-31"): "before the listing; known as a comparative a year later",
    ("2016", "S96", "2017-05-23"): "disclosed with the purchase of the rest of Grindr",
    ("2017Q1", "S96", "2017-05-23"): "disclosed with the purchase of the rest of Grindr",
    ("2020Q3", "S22", "2021-10-29"): "restated in the report of a year later",
    ("2020", "S28", "2022-04-28"): "restated in the report of a year later",
    ("2020", "S47", "2022-04-28"): "restated in the report of a year later",
    ("2020", "S09", "2022-04-28"): "restated in the report of a year later",
    ("2024H1", "S17", "2025-08-23"): "AI software, known as a comparative a year later",
    ("2023", "S70", "2025-04-27"): "growth of net profit on a slightly restated year before, printed a year later",
}
"""Facts that became public after the deadline of their own period's report, and why."""

OWN_WORDS = {
    ("2015", "games_revenue_original", "98", "S01", "2025-08-22"): "the press article on the day of its writing",
    ("2015", "games_revenue_original", "85", "S47", "2025-10-31"): "end of the month of the text",
    ("2023H1", "administration", "33.5", "S38", "2023-09-03"): "the note, five days after the report",
    ("2023", "net_profit", "1150", "S107", "2024-12-31"): "end of the year of the text",
    ("2023", "revenue", "19", "S107", "2024-12-31"): "end of the year of the text",
    ("2024Q3", "net_profit", "-6.20", "S05", "2025-11-30"): "end of the month of the text",
    ("2024", "research_and_development", "1200", "S48", "2025-09-10"): "the page",
    ("2025H1", "overseas_revenue", "93.0", "S18", "2025-09-01"): "the note, nine days after the report",
    ("2025Q2", "net_profit", "-856", "S14", "2026-01-31"): "end of the month of the text",
}
"""Disputed figures that no report has: they became public with the text that is alone with them."""

SOURCES = table(DATA / "sources.csv")
RATES = table(DATA / "fx.csv")
EVENTS = table(DATA / "events.csv")


def period_end(period, basis):
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", period):
        return dt.date.fromisoformat(period)
    year = int(period[:4])
    quarter = {"annual": 4, "half": 2 * int(period[-1])}.get(basis) or int(period[-1])
    return dt.date(year, 3 * quarter, {1: 31, 2: 30, 3: 30, 4: 31}[quarter])


def deadline(period, basis):
    """The last day for the report of the period: 30 April, 31 August, 31 October, 30 April."""
    end = period_end(period, basis)
    month, day, later = {3: (4, 30, 0), 6: (8, 31, 0), 9: (10, 31, 0), 12: (4, 30, 1)}[end.month]
    return dt.date(end.year + later, month, day)


def width(fact):
    return half_width(fact["value"], fact["rounding"])


def own_words(fact):
    return (fact["period"], line(fact), fact["value"], fact["source"], fact["published"])


def reported(line_name, period, basis):
    """The amounts printed for one line and period, as exact numbers with their rounding, finest first."""
    found = [
        (Decimal(fact["value"]), width(fact))
        for fact in FACTS
        if (line(fact), fact["period"], fact["basis"], fact["unit"]) == (line_name, period, basis, "million")
    ]
    return sorted(found, key=lambda pair: pair[1])


def one(line_name, period, basis):
    """The amount printed with the most digits."""
    return float(reported(line_name, period, basis)[0][0])


def test_facts_have_the_documented_columns_and_words():
    assert list(FACTS[0]) == FACT_COLUMNS.split(",")
    for fact in FACTS:
        assert None not in fact, name(fact)
        assert re.fullmatch(PERIODS[fact["basis"]], fact["period"]), name(fact)
        assert re.fullmatch(r"[a-z][a-z0-9_]*", line(fact)), name(fact)
        assert re.fullmatch(UNITS, fact["unit"]), name(fact)
        assert re.fullmatch(NUMBER, fact["value"]), name(fact)
        assert re.fullmatch(r"(\d+(\.\d+)?)?", fact["rounding"]), name(fact)
        assert fact["confidence"] in ("high", "medium", "low"), name(fact)
        assert fact["qualifier"] in ("", "about", "more than", "forecast"), name(fact)
        assert fact["scope"] in ("", "original"), name(fact)


def test_money_has_a_currency_and_nothing_else_has():
    for fact in FACTS:
        assert (fact["currency"] in ("CNY", "USD")) == (fact["unit"] in MONEY), name(fact)
    dollars = {line(fact) for fact in FACTS if fact["currency"] == "USD"}
    yuan = {line(fact) for fact in FACTS if fact["currency"] == "CNY"}
    gross = {"drama_monthly_gross_revenue", "mureka_monthly_gross_revenue"}
    assert dollars == {"opera_revenue", "drama_arr", "mureka_arr", *gross}
    assert not dollars & yuan


def test_relative_units_name_a_line_that_has_facts():
    lines = {line(fact) for fact in FACTS}
    named = {fact["unit"].partition(":")[2] for fact in FACTS if ":" in fact["unit"]}
    assert named <= lines


def test_nothing_but_a_forecast_is_published_before_its_period_ends():
    early = set()
    for fact in FACTS:
        if dt.date.fromisoformat(fact["published"]) < period_end(fact["period"], fact["basis"]):
            early.add((fact["period"], fact["basis"], line(fact), fact["qualifier"]))
    assert early == {
        ("2017Q3", "quarter", "net_profit_original", "forecast"),
        ("2017Q3", "ytd", "net_profit_original", "forecast"),
    }


def test_nothing_but_disputed_figures_is_published_after_the_data_end():
    late = {own_words(fact) for fact in FACTS if dt.date.fromisoformat(fact["published"]) > DATA_END}
    assert late <= set(OWN_WORDS)
    assert {source for *_, source, _ in late} == {"S05", "S14", "S18", "S47", "S48"}


def test_published_is_at_the_latest_the_deadline_of_the_report():
    """But for comparatives of a later report, and for what is only in a text and dated with it."""
    used, own = set(), set()
    for fact in FACTS:
        published = dt.date.fromisoformat(fact["published"])
        if len(fact["period"]) == 10:
            assert (published - dt.date.fromisoformat(fact["period"])).days <= 31, name(fact)
        elif own_words(fact) in OWN_WORDS:
            own.add(own_words(fact))
        elif published > deadline(fact["period"], fact["basis"]):
            key = (fact["period"], fact["source"], fact["published"])
            assert key in LATER, name(fact)
            used.add(key)
    assert used == set(LATER)
    assert own == set(OWN_WORDS)


def test_the_deadlines_are_those_of_the_exchange():
    assert deadline("2024Q1", "quarter") == dt.date(2024, 4, 30)
    assert deadline("2024H1", "half") == dt.date(2024, 8, 31)
    assert deadline("2024Q3", "ytd") == dt.date(2024, 10, 31)
    assert deadline("2024Q4", "quarter") == deadline("2024", "annual") == dt.date(2025, 4, 30)


def test_no_source_gives_the_same_fact_twice():
    columns = ("source", "period", "basis", "item", "segment", "unit", "published")
    counts = Counter(tuple(fact[column] for column in columns) for fact in FACTS)
    assert [key for key, count in counts.items() if count > 1] == []


def test_every_source_is_listed_once():
    assert list(SOURCES[0]) == ["source", "title", "kind", "published", "url", "note"]
    ids = [source["source"] for source in SOURCES]
    assert len(ids) == len(set(ids))
    cited = {row["source"] for row in (*FACTS, *RATES, *EVENTS)}
    assert cited <= set(ids)
    assert {source["source"] for source in SOURCES if not source["url"].startswith("http")} == {"S01"}
    unused = {source["source"] for source in SOURCES if "not used" in source["note"].split("; ")}
    assert not unused & cited


def test_the_first_scope_is_that_of_everything_before_the_restatement():
    """2020 alone has both scopes; figures of subsidiaries, of shares and of people know no scope of the group."""
    scopes = {}
    for fact in FACTS:
        if fact["segment"] in ("grindr", "opera") or fact["item"] in ("shares", "eps", "employees"):
            assert not fact["scope"], name(fact)
        else:
            scopes.setdefault(int(fact["period"][:4]), set()).add(fact["scope"])
    assert scopes == {
        **{year: {"original"} for year in (2014, 2015, 2016, 2017, 2019)},
        2020: {"original", ""},
        **{year: {""} for year in (2021, 2022, 2023, 2024, 2025)},
    }


def test_forecasts_are_ranges_by_the_company():
    """The middle of the printed range, with half its width: 186 to 326, 570 to 710, 4600 to 5100."""
    ranges = {
        (line(f), f["period"], f["basis"]): (
            float(f["value"]) - float(f["rounding"]),
            float(f["value"]) + float(f["rounding"]),
        )
        for f in FACTS
        if f["qualifier"] == "forecast"
    }
    assert ranges == {
        ("net_profit_original", "2017Q3", "quarter"): (186, 326),
        ("net_profit_original", "2017Q3", "ytd"): (570, 710),
        ("net_profit_original", "2020", "annual"): (4600, 5100),
    }


def test_sources_that_are_alone_with_a_wrong_figure_give_nothing_else():
    given = {(f["source"], line(f), f["value"]) for f in FACTS if f["source"] in ("S01", "S14", "S48", "S107")}
    assert given == {
        ("S01", "games_revenue_original", "98"),
        ("S14", "net_profit", "-856"),
        ("S48", "research_and_development", "1200"),
        ("S107", "net_profit", "1150"),
        ("S107", "revenue", "19"),
    }
    assert not {fact["source"] for fact in FACTS} & {"S04", "S10", "S31", "S36", "S84"}


def test_preliminary_results_are_earlier_and_never_later_than_the_final_ones():
    preliminary = [f for f in FACTS if f["note"].startswith("preliminary results")]
    assert {(line(f), f["period"], f["unit"], f["value"]) for f in preliminary} == {
        ("net_profit_original", "2020", "million", "4775"),
        ("revenue_original", "2020", "million", "2769"),
        ("net_profit", "2021", "million", "1766"),
        ("net_profit_deducted", "2021", "million", "1424"),
        ("revenue", "2021", "million", "4850"),
        ("revenue", "2021", "percent_growth", "-10.51"),
    }
    for fact in preliminary:
        for final in FACTS:
            if (line(final), final["period"], final["unit"]) == (line(fact), fact["period"], fact["unit"]):
                assert fact["published"] <= final["published"] or final["qualifier"] == "forecast"


def test_swapped_labels_stand_as_printed_and_as_read():
    shares = {
        source: {
            line(f): (f["value"], f["confidence"])
            for f in FACTS
            if (f["source"], f["period"], f["basis"], f["unit"]) == (source, "2024Q2", "quarter", "percent_of:revenue")
        }
        for source in ("S89", "S89r")
    }
    assert shares == {
        "S89": {
            "research_and_development": ("23.7", "low"),
            "administration": ("31.6", "low"),
            "selling": ("37.3", "medium"),
        },
        "S89r": {"research_and_development": ("31.6", "medium"), "administration": ("23.7", "medium")},
    }


def test_roundings_of_figures_printed_in_units_of_a_hundred_million():
    printed = {
        ("research_and_development", "2024Q3", "ytd", "S58"): "5",
        ("research_and_development", "2025Q1", "quarter", "S02"): "5",
        ("research_and_development", "2024", "annual", "S02"): "0.5",
        ("cost", "2023Q2", "ytd", "S37"): "5",
        ("operating_cash_flow", "2024", "annual", "S70"): "5",
        ("net_profit_original", "2019", "annual", "S44"): "50",
        ("games_revenue_original", "2020", "annual", "S47"): "50",
        ("drama_arr", "2025Q1", "point", "S07"): "5",
        ("revenue", "2021", "annual", "S24"): "0.000000005",
    }
    for (line_name, period, basis, source), half in printed.items():
        widths = [
            width(f)
            for f in FACTS
            if (line(f), f["period"], f["basis"], f["source"]) == (line_name, period, basis, source)
            and f["unit"] == "million"
        ]
        assert widths == [Decimal(half)], (line_name, period)


def test_growth_is_stated_only_where_both_levels_are_positive():
    for fact in FACTS:
        if fact["unit"] == "percent_growth":
            assert Decimal(fact["value"]) > -100, name(fact)
            levels = reported(line(fact), fact["period"], fact["basis"])
            assert all(value > 0 for value, _ in levels), name(fact)


def test_printed_growth_agrees_with_printed_levels():
    """level = (1 + growth) * level a year ago, within the rounding of all three, for one pair of sources."""
    checked = 0
    for fact in FACTS:
        if fact["unit"] != "percent_growth" or own_words(fact) in OWN_WORDS:
            continue
        before = str(int(fact["period"][:4]) - 1) + fact["period"][4:]
        growth, error = Decimal(fact["value"]) / 100, width(fact) / 100
        excess = [
            abs(now - (1 + growth) * then) - (now_error + (1 + growth) * then_error + error * then)
            for now, now_error in reported(line(fact), fact["period"], fact["basis"])
            for then, then_error in reported(line(fact), before, fact["basis"])
        ]
        assert not excess or min(excess) <= 0, name(fact)
        checked += bool(excess)
    assert checked > 40


def test_segments_of_2023_sum_to_the_total():
    segments = ("advertising", "search", "social_overseas", "social_domestic", "games", "other")
    assert sum(one(f"{segment}_revenue", "2023", "annual") for segment in segments) == 4915
    assert one("overseas_revenue", "2023", "annual") + one("domestic_revenue", "2023", "annual") == 4915


def test_quarters_of_2024_sum_to_the_year_within_their_rounding():
    quarters = [one("revenue", f"2024Q{number}", "quarter") for number in (1, 2, 3, 4)]
    assert quarters == [1208, 1294, 1327, 1834]
    assert abs(sum(quarters) - 5662) <= 5 * 0.5


def test_arr_statements():
    points = {
        (line(f), f["period"], f["published"]): (f["value"], f["currency"], f["qualifier"])
        for f in FACTS
        if f["item"] == "arr" and f["confidence"] != "low"
    }
    assert points == {
        ("drama_arr", "2025Q1", "2025-04-29"): ("120", "USD", "about"),
        ("mureka_arr", "2025Q1", "2025-04-29"): ("12", "USD", "about"),
        ("drama_arr", "2025Q2", "2025-08-23"): ("240", "USD", "more than"),
    }


def test_exchange_rates_cover_every_quarter_and_appear_five_days_after_it():
    assert list(RATES[0]) == ["period", "item", "value", "unit", "basis", "published", "source", "confidence"]
    expected = [f"{year}Q{number}" for year in range(2014, 2026) for number in (1, 2, 3, 4)][:46]
    assert [rate["period"] for rate in RATES] == expected
    for rate in RATES:
        assert (rate["item"], rate["unit"], rate["basis"]) == ("usd_cny", "CNY_per_USD", "quarter")
        end = period_end(rate["period"], "quarter")
        assert dt.date.fromisoformat(rate["published"]) - end == dt.timedelta(days=5)
        assert 6 < float(rate["value"]) < 7.5
    assert float(RATES[0]["value"]) == pytest.approx((6.0509 + 6.0816 + 6.1729) / 3, abs=5e-5)


def test_events_have_dates_as_precise_as_they_say():
    columns = "date,precision,category,event,amount,unit,currency,source,confidence,note"
    assert list(EVENTS[0]) == columns.split(",")
    spelling = {"day": r"\d{4}-\d{2}-\d{2}", "month": r"\d{4}-\d{2}", "year": r"\d{4}"}
    for event in EVENTS:
        assert re.fullmatch(spelling[event["precision"]], event["date"]), event
        assert event["confidence"] in ("high", "medium", "low"), event
        assert bool(event["amount"]) == bool(event["unit"]), event
        assert bool(event["currency"]) == (event["unit"] == "million"), event
    assert [event["date"] for event in EVENTS] == sorted(event["date"] for event in EVENTS)


def test_the_six_launches_of_the_week_of_11_august_2025():
    launches = [
        (event["date"], event["event"])
        for event in EVENTS
        if event["category"] == "launch" and "2025-08-11" <= event["date"] <= "2025-08-15"
    ]
    assert launches == [
        ("2025-08-11", "video model SkyReels-A3"),
        ("2025-08-12", "interactive world model Matrix-Game 2.0"),
        ("2025-08-12", "3D world model Matrix-3D"),
        ("2025-08-13", "image model Skywork UniPic 2.0"),
        ("2025-08-14", "research agent Skywork Deep Research Agent v2"),
        ("2025-08-15", "music model Mureka V7.5"),
    ]


def test_the_files_are_plain_ascii():
    for file in sorted(DATA.glob("*.csv")):
        assert file.read_text(encoding="utf-8").isascii(), file.name


def test_report_dates_among_the_events_are_those_of_the_facts():
    for period, basis, date in (
        ("2024", "annual", "2025-04-26"),
        ("2025Q1", "quarter", "2025-04-29"),
        ("2025Q2", "quarter", "2025-08-23"),
    ):
        assert date in {event["date"] for event in EVENTS if event["category"] == "report"}
        own = {
            f["published"]
            for f in FACTS
            if (f["period"], f["basis"]) == (period, basis) and own_words(f) not in OWN_WORDS
        }
        assert own == {date}


def test_the_readme_cites_only_listed_sources():
    text = (DATA / "README.md").read_text(encoding="utf-8")
    assert "## The model: every driver and every assumed number" in text
    assert set(re.findall(r"\bS\d{2,3}\b", text)) <= {source["source"] for source in SOURCES}


def test_the_readme_counts_what_is_in_the_file():
    text = " ".join((DATA / "README.md").read_text(encoding="utf-8").split())
    counts = Counter(fact["confidence"] for fact in FACTS)
    assert f"| {len(FACTS)} figures as printed" in text
    assert f"{sum(bool(fact['scope']) for fact in FACTS)} figures of 2014 to 2020" in text
    for word in ("high", "medium", "low"):
        assert f"`{word}` ({counts[word]})" in text
