"""Units: what each line is an amount of, and which formulas are refused, with both sides and their units named."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import forecast as fc
from forecast.drivers import Conversion, Formula, Growth, OneOff, Path, Rate, Ratio, SCurve, Trend, read_model
from forecast.errors import ModelError
from forecast.lines import Line
from forecast.model import Model

HEADING = "the units of the model do not go together"
COMPANY = (
    Path("revenue", 100),
    Path("cost", 60),
    Path("licences", 10, currency="USD"),
    Path("debt", 50, kind="stock"),
    Path("bonds", 50, kind="stock", currency="CNY"),
    Path("loan_usd", 50, kind="stock", currency="USD"),
    Path("heads", 2_000, kind="stock", unit="people"),
    Path("share", 0.3, kind="rate"),
    Path("fees", 5, unit="thousand"),
    SCurve("arr", ceiling=400, rate=0.2, start=10, unit="million a year"),
    SCurve("undecided", ceiling=400, rate=0.2, start=10),
    SCurve("usd_arr", ceiling=400, rate=0.2, start=10, currency="USD", unit="million a year"),
    Rate("usd_cny", start=7, volatility=0, unit="CNY_per_USD"),
    Formula("profit = revenue - cost"),
    Formula("margin = profit / revenue"),
    Formula("cash = cash[-1] + profit"),
)


def model(*drivers):
    """The company with other lines, or other drivers of its own."""
    read = [Formula(driver) if isinstance(driver, str) else driver for driver in drivers]
    return Model(*{driver.line: driver for driver in (*COMPANY, *read)}.values())


def problems(*drivers):
    with pytest.raises(ModelError) as caught:
        model(*drivers)
    assert caught.value.heading == HEADING
    return caught.value.problems


@pytest.mark.parametrize(
    ("formula", "told"),
    [
        (
            "x = revenue + licences",
            "'revenue' is million CNY a quarter, 'licences' is million USD a quarter; "
            "multiply 'licences' by an exchange rate first, a Path or Rate with unit='CNY_per_USD'.",
        ),
        (
            "x = licences - cost - revenue",
            "'cost' is million CNY a quarter, 'licences' is million USD a quarter; "
            "multiply 'licences' by an exchange rate first, a Path or Rate with unit='CNY_per_USD'.",
        ),
        (
            "x = revenue + arr",
            "'revenue' is million CNY a quarter, 'arr' is million CNY annualised; divide 'arr' by 4 first.",
        ),
        (
            "x = 0.5 * arr + cost",
            "'0.5 * arr' is million CNY annualised, 'cost' is million CNY a quarter; divide '0.5 * arr' by 4 first.",
        ),
        (
            "x = revenue + usd_arr * usd_cny",
            "'revenue' is million CNY a quarter, 'usd_arr * usd_cny' is million CNY annualised; "
            "divide 'usd_arr * usd_cny' by 4 first.",
        ),
        (
            "x = revenue + loan_usd * usd_cny",
            "'revenue' is million CNY a quarter, 'loan_usd * usd_cny' is million CNY at a quarter's end; "
            "a stock is no part of a quarter's flow.",
        ),
        (
            "x = revenue + cash",
            "'revenue' is million CNY a quarter, 'cash' is million CNY at a quarter's end; "
            "add its change, cash - cash[-1], or divide it by 4 if it is annualised.",
        ),
        (
            "x = revenue - cost + undecided",
            "'revenue' is million CNY a quarter, 'undecided' is million CNY at a quarter's end; "
            "add its change, undecided - undecided[-1], or divide it by 4 if it is annualised.",
        ),
        (
            "x = revenue - debt[-1]",
            "'revenue' is million CNY a quarter, 'debt[-1]' is million CNY at a quarter's end; "
            "give the formula kind='stock' if it is the stock brought forward, or take the change.",
        ),
        (
            "x = abs(cash) + revenue",
            "'abs(cash)' is million CNY at a quarter's end, 'revenue' is million CNY a quarter; "
            "a stock is no part of a quarter's flow.",
        ),
        (
            "x = revenue + margin",
            "'revenue' is million CNY a quarter, 'margin' is a ratio; "
            "multiply 'margin' by the money that it is a part of.",
        ),
        (
            "x = share + cost",
            "'cost' is million CNY a quarter, 'share' is a ratio; multiply 'share' by the money that it is a part of.",
        ),
        (
            "x = revenue + cost / revenue",
            "'revenue' is million CNY a quarter, 'cost / revenue' is a ratio; "
            "multiply 'cost / revenue' by the money that it is a part of.",
        ),
        (
            "x = revenue - usd_cny",
            "'revenue' is million CNY a quarter, 'usd_cny' is an exchange rate, CNY per USD; "
            "multiply 'usd_cny' by the money that it is a part of.",
        ),
        (
            "x = revenue + licences / usd_cny",
            "'revenue' is million CNY a quarter, 'licences / usd_cny' is million USD per CNY a quarter; "
            "convert one of them with an exchange rate, the right way round.",
        ),
        (
            "x = revenue + fees",
            "'revenue' is million CNY a quarter, 'fees' is thousand CNY a quarter; bring both to one scale.",
        ),
        (
            "x = max(revenue, licences)",
            "'revenue' is million CNY a quarter, 'licences' is million USD a quarter; "
            "multiply 'licences' by an exchange rate first, a Path or Rate with unit='CNY_per_USD'.",
        ),
        (
            "x = min(revenue, arr)",
            "'revenue' is million CNY a quarter, 'arr' is million CNY annualised; divide 'arr' by 4 first.",
        ),
        (
            "cash = cash[-1] + licences",
            "'cash[-1]' is million CNY at a quarter's end, 'licences' is million USD a quarter; "
            "multiply 'licences' by an exchange rate first, a Path or Rate with unit='CNY_per_USD'.",
        ),
        (
            "cash = cash[-1] + profit + arr",
            "'profit' is million CNY a quarter, 'arr' is million CNY annualised; divide 'arr' by 4 first.",
        ),
        (
            "x = licences",
            "the line is million CNY a quarter, the right-hand side million USD a quarter; "
            "give the formula currency='USD', or multiply by an exchange rate, a Path or Rate with unit='CNY_per_USD'.",
        ),
        (
            "x = debt - cash",
            "the line is million CNY a quarter, the right-hand side million CNY at a quarter's end; "
            "give the formula kind='stock'.",
        ),
        (
            "x = arr",
            "the line is million CNY a quarter, the right-hand side million CNY annualised; "
            "divide it by 4, or give the formula unit='million a year' if it is annualised as well.",
        ),
        (
            "churned_arr = share * arr[-1]",
            "the line is million CNY a quarter, the right-hand side million of unknown currency annualised; "
            "divide it by 4, or give the formula unit='million a year' if it is annualised as well.",
        ),
        (
            "x = licences * 8",
            "the line is million CNY a quarter, the right-hand side million USD; "
            "give the formula currency='USD', or multiply by an exchange rate, a Path or Rate with unit='CNY_per_USD'.",
        ),
        (
            "x = revenue * usd_cny",
            "the line is million CNY a quarter, the right-hand side million CNY per USD a quarter; "
            "convert it with an exchange rate, the right way round.",
        ),
    ],
)
def test_two_sides_that_do_not_go_together_are_refused_with_their_units(formula, told):
    assert problems(formula) == (f"formula '{formula}': {told}",)


SAVED = "'saved[-1]' is million CNY at a quarter's end, "
OR_ANNUALISED = ", or give 'saved' unit='million a year' if it is annualised as well."


@pytest.mark.parametrize(
    ("rest", "told"),
    [
        ("+ arr", SAVED + "'arr' is million CNY annualised; a stock changes by flows: write arr / 4" + OR_ANNUALISED),
        (
            "- arr[-1]",
            SAVED + "'arr[-1]' is million CNY annualised; a stock changes by flows: write arr[-1] / 4" + OR_ANNUALISED,
        ),
        (
            "+ margin * arr",
            SAVED + "'margin * arr' is million CNY annualised; "
            "a stock changes by flows: write margin * arr / 4" + OR_ANNUALISED,
        ),
        (
            "- min(saved[-1], arr)",
            SAVED + "'arr' is million CNY annualised; a stock changes by flows: write arr / 4" + OR_ANNUALISED,
        ),
        (
            "+ undecided",
            SAVED + "'undecided' is million CNY at a quarter's end; a stock changes by flows: write the change, "
            "undecided - undecided[-1], or undecided / 4 if that is annualised.",
        ),
        (
            "+ profit + debt[-1]",
            SAVED + "'debt[-1]' is million CNY at a quarter's end; a stock changes by flows: write the change, "
            "debt - debt[-1], or debt[-1] / 4 if that is annualised.",
        ),
        (
            "- abs(cash)",
            SAVED + "'abs(cash)' is million CNY at a quarter's end; a stock changes by flows: write the change of "
            "abs(cash).",
        ),
        (
            "+ 0.5 * (arr - saved[-1])",
            SAVED + "'arr' is million CNY annualised; a stock changes by flows: write arr / 4" + OR_ANNUALISED,
        ),
    ],
)
def test_a_stock_changes_by_flows_alone(rest, told):
    assert problems(f"saved = saved[-1] {rest}") == (f"formula 'saved = saved[-1] {rest}': {told}",)


@pytest.mark.parametrize("own", ["1.01 * saved[-1]", "saved[-1] / 2", "saved[-1] * (1 + margin)"])
def test_a_stock_that_grows_is_not_annualised_either(own):
    (told,) = problems(f"saved = {own} + arr")
    assert told.endswith(f"'arr' is million CNY annualised; divide 'arr' by 4 first{OR_ANNUALISED}")


def test_what_is_advised_for_a_stock_and_an_annualised_figure_is_built():
    built = model("saved = saved[-1] + arr / 4", Formula("total = total[-1] + arr", unit="million a year"))
    assert str(built.dimensions["saved"]) == "million CNY at a quarter's end"
    assert str(built.dimensions["total"]) == "million CNY annualised"


@pytest.mark.parametrize("new", [Path("new", 3), Path("new", 3, unit="million a year")])
@pytest.mark.parametrize("stated", [True, False])
@pytest.mark.parametrize(
    "rest",
    [
        "a[-1] + new - margin * a[-1]",
        "a[-1] * (1 + share - margin) + new",
        "(1 - margin) * a[-1] + new",
        "0.97 * a[-1] + new",
        "share * a[-1] + new",
        "a[-1] / (1 + margin) + new",
        "(a[-1] + new) * (1 - margin)",
        "max(share * a[-1] + new, 0)",
    ],
)
def test_annualised_figures_change_by_what_is_won_and_lost_in_a_quarter(rest, new, stated):
    text = f"a = {rest}"
    built = model(new, Formula(text, unit="million a year")) if stated else model(new, text, Conversion("x", of="a"))
    assert str(built.dimensions["a"]) == "million CNY annualised"


def test_annualised_figures_do_not_change_by_a_balance():
    (told,) = problems(Formula("a = a[-1] + cash", unit="million a year"))
    assert told == (
        "formula 'a = a[-1] + cash': 'a[-1]' is million CNY annualised, 'cash' is million CNY at a quarter's end; "
        "an annualised figure changes by flows: write the change, cash - cash[-1]."
    )


def test_a_balance_and_an_annualised_figure_are_no_sum():
    (told,) = problems(Formula("x = cash + arr", kind="stock"))
    assert told == (
        "formula 'x = cash + arr': 'cash' is million CNY at a quarter's end, 'arr' is million CNY annualised; "
        "they are never one sum; give 'cash' unit='million a year' if it is annualised as well."
    )


def test_an_exchange_rate_that_is_one_number_is_a_path_that_says_so():
    built = model(Path("rate", 7.2, unit="CNY_per_USD"), "x = revenue + licences * rate")
    assert built.lines["rate"] == Line("rate", "rate", "CNY_per_USD", None)
    assert str(built.dimensions["rate"]) == "an exchange rate, CNY per USD"
    assert str(built.dimensions["x"]) == "million CNY a quarter"
    (told,) = problems(Path("rate", 0.14, unit="USD_per_CNY"), "x = revenue + licences * rate")
    assert "the right way round" in told


@pytest.mark.parametrize(
    "formula",
    [
        "x = x[-1] + profit - debt + debt[-1]",
        "x = x[-1] + arr / 4 - cost",
        "x = x[-1] + arr - arr[-1]",
        "x = x[-1] + 0.5 * (debt - x[-1])",
        "x = 0.8 * x[-1] + 0.2 * debt",
        "x = x[-1] + share * debt",
        "x = x[-1] + 0.5 * revenue",
        "x = 1.02 * x[-1] + arr / 4",
        "x = x[-1] + revenue * heads",
        "x = revenue - cost - 100",
        "x = revenue + licences * usd_cny",
        "x = revenue + usd_arr * usd_cny / 4",
        "x = revenue * usd_cny / usd_cny[-1]",
        "x = revenue + 7.1 * licences",
        "x = revenue + share * licences",
        "x = revenue + fees / 1000",
        "x = revenue + arr / 4",
        "x = revenue + 0.25 * arr",
        "x = cost + (arr + arr[-1]) / 8 * share",
        "x = cost + (arr + arr[-1]) / 2 / 4",
        "x = revenue + undecided / 4",
        "x = 4 * revenue",
        "x = cash - cash[-1]",
        "x = profit - debt + debt[-1] + bonds - bonds[-1]",
        "x = revenue + 0.01 * cash[-1]",
        "x = revenue + 0.01 * max(cash[-1], 0) + 0.03 * min(cash[-1], 0)",
        "x = share * debt + cost",
        "x = share * revenue - cost",
        "x = margin * revenue - cost",
        "x = 1 - margin - share",
        "x = revenue / revenue[-4] - 1",
        "x = min(debt[-1], profit)",
        "x = max(0, min(debt[-1], cash[-1] + profit - 50))",
        "x = max(revenue - 10, 0)",
        "x = revenue / heads + 3",
        "x = 0.05 * heads + cost",
        "x = revenue * cost",
        "x = revenue + exp(0.1 * share) + log(cash) + sqrt(debt)",
        "x = -revenue + 0",
        "x = 3",
        "x = x[-1] + 1",
        "x = 1.02 * x[-1] + cost",
        "losses = max(losses[-1] - profit, 0)",
        "loan = loan[-1] - min(loan[-1], profit)",
        "arr2 = arr2[-1] + cost - share * arr2[-1]",
        "x = cost + loan_usd[-1] * (usd_cny - usd_cny[-1])",
        "x = share * (debt[-1] + revenue) - cost",
        "x = 0.015 * (debt[-1] + profit / 2)",
        "x = profit / (debt[-1] + revenue)",
        "x = max(0, debt - cash[-1] - profit)",
        "x = min(bonds[-1], max(0, cash[-1] + profit - debt))",
    ],
)
def test_what_accounts_do_and_what_nobody_can_know_is_not_refused(formula):
    assert model(formula).lines


@pytest.mark.parametrize(
    ("driver", "told"),
    [
        (Formula("x = debt - cash", kind="stock"), "million CNY at a quarter's end"),
        (Formula("x = debt[-1] + revenue", kind="stock"), "million CNY at a quarter's end"),
        (Formula("x = debt - cash[-1] - profit", kind="stock"), "million CNY at a quarter's end"),
        (Formula("x = revenue + revenue[-1] + revenue[-2]", kind="stock"), "million CNY at a quarter's end"),
        (Formula("x = 4 * revenue", unit="million a year"), "million CNY annualised"),
        (Formula("x = licences - 2", currency="USD"), "million USD a quarter"),
        (Formula("x = licences * usd_cny"), "million CNY a quarter"),
        (Formula("x = revenue / usd_cny", currency="USD"), "million USD a quarter"),
        (Formula("x = arr - arr[-1]"), "million CNY a quarter"),
        (Formula("x = loan_usd[-1] * (usd_cny - usd_cny[-1])"), "million CNY a quarter"),
        (Formula("x = loan_usd * usd_cny", kind="stock"), "million CNY at a quarter's end"),
        (Formula("x = cost / revenue"), "a ratio"),
        (Formula("x = bonds / revenue"), "a ratio"),
        (Formula("x = debt / revenue"), "of unknown unit"),
        (Formula("x = licences / revenue"), "an exchange rate, USD per CNY"),
        (Formula("x = revenue * cost"), "of unknown unit"),
        (Ratio("x", of="debt", target=0.1, half_life=2, volatility=0, start=0.1), "million CNY a quarter"),
        (Ratio("x", of="margin", target=0.1, half_life=2, volatility=0, start=0.1), "a ratio"),
        (Ratio("x", of="heads", target=0.1, half_life=2, volatility=0, start=0.1), "of unknown unit"),
        (OneOff("x", frequency=0.1, size=3), "million CNY a quarter"),
        (Trend("x", unit="million a year", currency="EUR"), "million EUR annualised"),
        (Growth("x", unit="people"), "of unknown unit"),
        (Path("x", 1, unit="亿"), "hundred million CNY a quarter"),
        (Rate("x", unit="share"), "a ratio"),
        (Rate("x", unit="USD_per_barrel"), "of unknown unit"),
    ],
)
def test_what_a_line_comes_to(driver, told):
    assert str(model(driver).dimensions["x"]) == told


@pytest.mark.parametrize(
    ("driver", "line"),
    [
        (Formula("x = cost / revenue"), Line("x", "flow", "ratio")),
        (Formula("x = debt / bonds", kind="stock"), Line("x", "stock", "million", "CNY")),  # debt may be heads
        (Formula("x = debt / bonds"), Line("x", "flow", "ratio")),  # no amount of a quarter in any case
        (Formula("x = 100 * (debt / debt[-4] - 1)"), Line("x", "flow", "ratio")),
        (Formula("x = debt / revenue"), Line("x", "flow", "million", "CNY")),  # revenue may be a life in quarters
        (Formula("x = debt / bonds", unit="customers"), Line("x", "flow", "customers")),
        (Formula("x = licences / revenue"), Line("x", "flow", "USD_per_CNY")),
        (Formula("x = cost / revenue", unit="customers"), Line("x", "flow", "customers")),
        (Formula("x = cost / revenue", kind="rate"), Line("x", "rate")),
        (Formula("x = cost / revenue", unit="share"), Line("x", "rate", "share")),
        (Ratio("x", of="margin", target=0.1, half_life=2, volatility=0, start=0.1), Line("x", "flow", "ratio")),
        (Path("x", 0.25, unit="%"), Line("x", "rate", "%")),
        (Growth("x", unit="number"), Line("x", "flow", "number")),
    ],
)
def test_a_ratio_is_not_labelled_as_money(driver, line):
    assert model(driver).lines["x"] == line


def test_a_share_beside_money_is_refused_whatever_its_kind():
    (told,) = problems(Path("x", 0.25, kind="flow", unit="share"), "y = revenue + x")
    assert "'x' is a ratio" in told
    (told,) = problems(Own("own", "flow", "share"), "y = revenue + own")
    assert "'own' is a ratio" in told


def test_a_stock_and_a_flow_of_its_own_quarter_are_no_stock():
    (told,) = problems(Formula("x = debt + revenue", kind="stock"))
    assert told == (
        "formula 'x = debt + revenue': 'debt' is million CNY at a quarter's end, 'revenue' is million CNY a quarter; "
        "add its change, debt - debt[-1], or divide it by 4 if it is annualised."
    )


@pytest.mark.parametrize(
    "formula", ["x = 0.5 * (debt + revenue)", "x = revenue + debt - cash[-1]", "x = max(debt + revenue, 0)"]
)
def test_nor_are_they_where_none_is_brought_forward(formula):
    assert any("'revenue' is million CNY a quarter" in told for told in problems(formula))


def test_what_is_paid_of_an_earlier_quarter_is_no_balance():
    (told,) = problems("paid = debt[-1]")
    assert told == (
        "formula 'paid = debt[-1]': the line is million CNY a quarter, the right-hand side million CNY at a quarter's "
        "end; give the formula kind='stock', or write max(debt[-1], 0) if all of it is paid in the quarter."
    )
    assert str(model("paid = max(debt[-1], 0)").dimensions["paid"]) == "million CNY a quarter"


@pytest.mark.parametrize(
    "driver", [Formula("x = debt[-1] + revenue + arr", kind="stock"), "x = 0.1 * (debt[-1] + revenue + arr)"]
)
def test_an_annualised_figure_stands_beside_no_balance_brought_forward(driver):
    (told,) = problems(driver)
    assert told.endswith(
        "'revenue' is million CNY a quarter, 'arr' is million CNY annualised; divide 'arr' by 4 first."
    )


def test_an_annualised_figure_is_brought_forward_in_no_product():
    (told,) = problems("x = (arr[-1] + revenue) / 4")
    assert told.endswith("divide 'arr[-1]' by 4 first.")


def test_a_balance_of_which_a_share_is_recognised_is_built():
    billings, recognised = Path("billings", 120), Formula("earned = share * (deferred[-1] + billings)")
    built = model(billings, recognised, "deferred = deferred[-1] + billings - earned")
    assert str(built.dimensions["earned"]) == "million CNY a quarter"
    assert str(built.dimensions["deferred"]) == "million CNY at a quarter's end"


def test_an_opening_that_is_a_line_of_its_own_may_be_brought_forward():
    opening, closing = Formula("o = c[-1]", kind="stock"), Formula("c = o + revenue - cost", kind="stock")
    assert str(model(opening, closing).dimensions["c"]) == "million CNY at a quarter's end"
    assert str(model(closing, opening).dimensions["c"]) == "million CNY at a quarter's end"


def test_an_opening_that_is_a_line_of_its_own_is_no_annualised_figure_either():
    opening, closing = Formula("o = c[-1]", kind="stock"), Formula("c = o + arr", kind="stock")
    for drivers in ((opening, closing), (closing, opening)):
        assert problems(*drivers) == (
            "formula 'c = o + arr': 'o' is million CNY at a quarter's end, 'arr' is million CNY annualised; "
            "a stock changes by flows: write arr / 4, or give 'c' unit='million a year' if it is annualised as well.",
        )
    yearly = Formula("c = o + arr", unit="million a year")
    assert str(model(opening, yearly).dimensions["o"]) == "million CNY annualised"


def test_every_problem_is_told_at_once():
    told = problems("x = revenue + arr", "y = cost + licences", "z = revenue + margin")
    assert [text.split(":")[0] for text in told] == [
        "formula 'x = revenue + arr'",
        "formula 'y = cost + licences'",
        "formula 'z = revenue + margin'",
    ]


def test_a_file_is_refused_in_the_same_words():
    text = """drivers:
- Path: {line: revenue, value: 100}
- SCurve: {line: arr, ceiling: 400, rate: 0.2, start: 10, unit: million a year}
- profit = revenue + arr
"""
    with pytest.raises(ModelError) as caught:
        read_model(text)
    assert str(caught.value) == (
        f"{HEADING}\n"
        "  - formula 'profit = revenue + arr': 'revenue' is million CNY a quarter, 'arr' is million CNY annualised; "
        "divide 'arr' by 4 first."
    )


def test_the_units_that_drivers_state_come_back_from_a_file():
    stated = model(Formula("x = 4 * revenue", unit="million a year"), Growth("y", unit="people"))
    assert read_model(stated.to_yaml()) == stated
    assert stated.lines["x"] == Line("x", "stock", "million a year", "CNY")
    assert stated.lines["y"] == Line("y", "flow", "people", None)
    assert Model(Path("x", unit="million a year"), unit="thousand").lines["x"].unit == "thousand a year"


def test_what_a_conversion_reads_is_annualised_whatever_its_driver_takes_it_for():
    for arr in (SCurve("own", ceiling=9, rate=0.1, start=1), Growth("own"), Path("own", 3)):
        assert problems(arr, Conversion("x", of="own"), "y = revenue + own") == (
            "formula 'y = revenue + own': 'revenue' is million CNY a quarter, 'own' is million CNY annualised; "
            "divide 'own' by 4 first.",
        )


@pytest.mark.parametrize(
    ("driver", "told"),
    [
        (
            Conversion("x", of="usd_arr"),
            "Conversion 'x' of 'usd_arr': 'x' is million CNY a quarter, 'usd_arr' is million USD annualised; "
            "give fx=, a Rate with unit='CNY_per_USD'.",
        ),
        (
            Conversion("x", of="usd_arr", fx="usd_cny", currency="EUR"),
            "Conversion 'x' of 'usd_arr': 'x' is million EUR a quarter, 'usd_arr' is million USD annualised, 'usd_cny' "
            "is an exchange rate, CNY per USD; give fx=, a Rate with unit='EUR_per_USD'.",
        ),
        (
            Conversion("x", of="arr", fx="usd_cny"),
            "Conversion 'x' of 'arr': 'x' is million CNY a quarter, 'arr' is million CNY annualised, 'usd_cny' is an "
            "exchange rate, CNY per USD; leave fx out.",
        ),
        (
            Conversion("x", of="margin"),
            "Conversion 'x' of 'margin': 'margin' is a ratio; give a line of money that is annualised, such as ARR.",
        ),
        (
            Ratio("x", of="licences"),
            "Ratio 'x' of 'licences': 'x' is million CNY a quarter, 'licences' is million USD a quarter; a share is of "
            "the same currency: give 'x' that of 'licences'.",
        ),
        (
            Trend("x", of="fees"),
            "Trend 'x' of 'fees': 'x' is million CNY a quarter, 'fees' is thousand CNY a quarter; "
            "bring both to one scale.",
        ),
    ],
)
def test_drivers_that_read_a_line_say_what_they_expect_of_it(driver, told):
    assert problems(driver) == (told,)


def test_a_conversion_through_a_rate_that_says_nothing_is_not_refused():
    rate = Rate("euro", start=7, volatility=0)
    assert model(rate, Conversion("x", of="usd_arr", fx="euro")).dimensions["x"].degree == 1


@dataclass(frozen=True)
class Own:
    """A driver of a user's own, with what the contract asks and no more."""

    line: str
    kind: str = "flow"
    unit: str = "million"
    currency: str | None = None

    def describe(self):
        return Line(self.line, self.kind, self.unit, self.currency)

    def parameters(self):
        return ()

    reads = noises = records = parameters

    def last(self, own):
        return None

    def identity(self):
        return None

    def calibrate(self, past):
        return fc.model.Fit()

    def step(self, now):
        return 1.0


@pytest.mark.parametrize("kind", ["flow", "stock", "rate"])
def test_a_driver_of_a_users_own_that_states_no_unit_is_unknown(kind):
    made = model(
        Own("own", kind), "x = revenue + own", "y = cash - own", "z = margin + own", "v = revenue + cash - own"
    )
    assert str(made.dimensions["own"]) == "of unknown unit"


def test_a_driver_of_a_users_own_is_taken_at_the_currency_or_unit_that_it_states():
    (told,) = problems(Own("own", currency="USD"), "x = revenue + own")
    assert "'own' is million USD a quarter" in told
    (told,) = problems(Own("own", "stock", "million a year"), "x = revenue + own")
    assert "'own' is million CNY annualised" in told


CURRENCIES = ("CNY", "USD", "EUR")


def rate(one, other):
    return f"{one}_per_{other}".lower()


@st.composite
def coherent(draw):
    """Flows and stocks in three currencies, and sums of them that go together."""
    count = draw(st.integers(2, 7))
    flows = {f"f{n}": draw(st.sampled_from(CURRENCIES)) for n in range(count)}
    pairs = [(one, other) for one in CURRENCIES for other in CURRENCIES if one != other]
    rates = [Rate(rate(*pair), start=2, volatility=0, unit="_per_".join(pair)) for pair in pairs]
    sums = {}
    for n in range(draw(st.integers(1, 5))):
        currency = draw(st.sampled_from(CURRENCIES))
        names = draw(st.lists(st.sampled_from(sorted(flows)), min_size=1, max_size=4, unique=True))
        terms = [name if flows[name] == currency else f"{name} * {rate(currency, flows[name])}" for name in names]
        opening = draw(st.booleans())
        signs = [draw(st.sampled_from("+-")) for _ in terms]
        start = f"s{n}[-1]" if opening else str(draw(st.integers(0, 9)))
        text = f"s{n} = {start} " + " ".join(f"{sign} {term}" for sign, term in zip(signs, terms, strict=True))
        sums[f"s{n}"] = (text, currency, names, terms)
    return flows, rates, sums


def built(flows, rates, sums):
    lines = [Path(name, 1, currency=currency) for name, currency in flows.items()]
    return Model(*lines, *rates, *(Formula(text, currency=currency) for text, currency, _, _ in sums.values()))


@settings(max_examples=60, deadline=None)
@given(coherent(), st.data())
def test_coherent_units_are_never_refused_and_a_line_in_another_currency_exactly_where_it_is_added(made, data):
    flows, rates, sums = made
    built(flows, rates, sums)
    name = data.draw(st.sampled_from(sorted(flows)))
    other = data.draw(st.sampled_from([code for code in CURRENCIES if code != flows[name]]))
    adding = {text for text, _, names, _ in sums.values() if name in names}
    if not adding:
        built({**flows, name: other}, rates, sums)
        return
    with pytest.raises(ModelError) as caught:
        built({**flows, name: other}, rates, sums)
    assert {problem.split("'")[1] for problem in caught.value.problems} == {Formula(text).formula for text in adding}
