"""The model: what is refused, in which order lines are computed, and that a file says it all."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import forecast as fc
from forecast.drivers import Conversion, Formula, Growth, Rate, Ratio, SCurve
from forecast.errors import CycleError, ModelError
from forecast.lines import Identity, Line
from forecast.model import Model

KUNLUN = Path(__file__).parents[2] / "data" / "kunlun" / "model.yaml"
GROWING = {"growth": 0.02, "persistence": 0, "volatility": 0, "momentum": 0.02, "start": 100}


def growth(line, **options):
    return Growth(line, **{**GROWING, **options})


def company():
    return Model(
        Formula("gross_profit = revenue - cost"),
        Ratio("cost", of="revenue", target=0.3, half_life=4, volatility=fc.lognormal(0.01, 0.2), start=0.3),
        growth("revenue", growth=fc.normal(0.02, 0.01), shared={"demand": 0.5}),
        Formula("cash = cash[-1] + gross_profit"),
        currency="EUR",
        unit="thousand",
        correlations={("revenue.growth", "cost.volatility"): -0.25},
    )


def refusal(*drivers, error=ModelError, **options):
    with pytest.raises(error) as caught:
        Model(*drivers, **options)
    return str(caught.value)


def test_lines_carry_kind_unit_and_currency():
    model = Model(
        growth("revenue"),
        Formula("cash = cash[-1] + revenue"),
        Rate("usd_eur", volatility=0, start=0.9, unit="EUR_per_USD"),
        SCurve("arr", ceiling=10, rate=0.2, start=1, currency="USD"),
        currency="EUR",
        unit="thousand",
    )
    assert dict(model.lines) == {
        "revenue": Line("revenue", "flow", "thousand", "EUR"),
        "cash": Line("cash", "stock", "thousand", "EUR"),
        "usd_eur": Line("usd_eur", "rate", "EUR_per_USD", None),
        "arr": Line("arr", "stock", "thousand", "USD"),
    }


def test_each_line_is_computed_after_those_it_needs_in_the_same_quarter():
    order = company().order
    assert sorted(order) == ["cash", "cost", "gross_profit", "revenue"]
    assert order.index("revenue") < order.index("cost") < order.index("gross_profit") < order.index("cash")


@settings(deadline=None, derandomize=True, max_examples=40)
@given(st.permutations(range(6)))
def test_the_order_of_drivers_does_not_matter_to_what_must_come_first(shuffled):
    chain = [growth("l0"), *(Formula(f"l{i} = l{i - 1} + l{i - 1}[-1]") for i in range(1, 6))]
    assert Model(*(chain[i] for i in shuffled)).order == tuple(f"l{i}" for i in range(6))


def test_parameters_are_listed_by_full_name_in_the_order_of_the_drivers():
    assert list(company().parameters) == [
        "cost.target",
        "cost.half_life",
        "cost.volatility",
        "cost.start",
        "revenue.growth",
        "revenue.persistence",
        "revenue.volatility",
        "revenue.momentum",
        "revenue.start",
    ]


def test_identities_are_those_of_the_linear_formulas():
    model = Model(
        growth("a"), growth("b"), Formula("total = a + b"), Formula("margin = a / total", kind="rate"),
        Formula("cash = cash[-1] + total - 1"),
    )  # fmt: skip
    assert model.identities == (
        Identity("total", (("a", 0, 1.0), ("b", 0, 1.0))),
        Identity("cash", (("cash", 1, 1.0), ("total", 0, 1.0)), -1.0),
    )


def test_what_a_line_reaches_and_needs():
    model = company()
    assert model.reached_from(frozenset({"cost"})) == {"cost", "gross_profit", "cash"}
    assert model.reached_from(frozenset({"cash"})) == {"cash"}
    assert model.needed_for(frozenset({"gross_profit"})) == {"gross_profit", "revenue", "cost"}
    assert model.needed_for(frozenset({"cash"})) == set(model.lines)


def test_no_drivers():
    assert refusal() == "the model does not hold together\n  - it has no drivers; give at least one."


def test_two_drivers_for_a_line():
    assert refusal(growth("revenue"), Formula("revenue = 3")) == (
        "the model does not hold together\n"
        "  - line 'revenue' has two drivers; remove one, or use model.replacing(driver)."
    )


def test_a_line_without_a_driver_is_named_with_the_nearest():
    text = refusal(
        growth("revenue"),
        Formula("gross_profit = revenu - costs"),
        Conversion("drama_revenue", of="drama_arr", fx="usd_cny", start=0.5),
    )
    known = "Known: 'drama_revenue', 'gross_profit', 'revenue'."
    assert text == (
        "the model does not hold together\n"
        "  - line 'gross_profit' needs 'revenu', a line without a driver. Did you mean 'revenue'?\n"
        f"  - line 'gross_profit' needs 'costs', a line without a driver. {known}\n"
        f"  - line 'drama_revenue' needs 'drama_arr', a line without a driver. {known}\n"
        f"  - line 'drama_revenue' needs 'usd_cny', a line without a driver. {known}"
    )


@pytest.mark.parametrize("thing", ["revenue = a", 3, Growth, None, [1]])
def test_what_is_no_driver_is_refused(thing):
    assert refusal(thing) == (
        "the model does not hold together\n"
        f"  - {thing!r} is not a driver; it lacks a part of the contract in docs/conventions.md."
    )


def test_a_cycle_is_spelled_out():
    text = refusal(Formula("a = b + 1"), Formula("b = c"), Formula("c = 2 * a"), growth("d"), error=CycleError)
    turns = (
        "'a' needs 'b' needs 'c' needs 'a'",
        "'b' needs 'c' needs 'a' needs 'b'",
        "'c' needs 'a' needs 'b' needs 'c'",
    )
    assert text in [
        f"lines of one quarter wait for each other: {turn}. "
        "Read one of them a quarter earlier, as in cash[-1], or drop that link."
        for turn in turns
    ]


def test_a_line_that_needs_itself():
    assert refusal(Ratio("cost", of="cost", target=1, volatility=0, start=1), error=CycleError) == (
        "lines of one quarter wait for each other: 'cost' needs 'cost'. "
        "Read one of them a quarter earlier, as in cash[-1], or drop that link."
    )


def test_a_lag_breaks_the_cycle():
    assert Model(Formula("interest = 0.01 * cash[-1]"), Formula("cash = cash[-1] + interest")).order == (
        "interest",
        "cash",
    )


@pytest.mark.parametrize(
    ("correlations", "problems"),
    [
        ({("a.growth", "b.grwth"): 0.5}, ["a correlation names 'b.grwth'. Did you mean 'b.growth'?"]),
        (
            {("a.growth", "b.growth"): 1.0},
            ["the correlation of 'a.growth' and 'b.growth' is 1; give two names and -1 < rho < 1."],
        ),
        (
            {("a.growth", "b.growth"): float("nan")},
            ["the correlation of 'a.growth' and 'b.growth' is nan; give two names and -1 < rho < 1."],
        ),
        (
            {("a.growth", "a.growth"): 0.5},
            ["the correlation of 'a.growth' and 'a.growth' is 0.5; give two names and -1 < rho < 1."],
        ),
        (
            {("a.growth", "b.growth"): 0.5, ("b.growth", "a.growth"): 0.3},
            ["the correlation of 'a.growth' and 'b.growth' is given twice; keep one."],
        ),
        (
            # 1 - 0.81 * 3 - 2 * 0.729 < 0: two like each other cannot both be the opposite of each other.
            {("a.growth", "b.growth"): 0.9, ("b.growth", "c.growth"): 0.9, ("a.growth", "c.growth"): -0.9},
            [
                "the correlations of a.growth, b.growth, c.growth cannot hold together: no joint distribution "
                "has them. Weaken some."
            ],
        ),
        (
            {("a.growth", "xyz"): 2.0},
            [
                "a correlation names 'xyz'. Known: " + ", ".join(
                    f"'{line}.{name}'" for line in "abc"
                    for name in ("growth", "momentum", "persistence", "start", "volatility")
                ).replace(", 'c.persistence', 'c.start', 'c.volatility'", ", ...") + ".",
                "the correlation of 'a.growth' and 'xyz' is 2; give two names and -1 < rho < 1.",
            ],
        ),
    ],
)  # fmt: skip
def test_correlations_that_cannot_be_are_refused(correlations, problems):
    text = refusal(growth("a"), growth("b"), growth("c"), correlations=correlations)
    assert text == "\n".join(
        ["the model's correlations do not fit its parameters", *(f"  - {each}" for each in problems)]
    )


def test_correlations_written_wrongly_are_refused():
    assert refusal(growth("a"), correlations={("a.growth", "a.start"): "strong"}) == (
        "the correlations are {('a.growth', 'a.start'): 'strong'}; "
        "write {('line.parameter', 'line.parameter'): number}."
    )


def test_an_unknown_line_is_refused_with_the_nearest():
    with pytest.raises(ModelError) as caught:
        company().driver("revenu")
    assert str(caught.value) == "the model has no line 'revenu'. Did you mean 'revenue'?"


def test_replacing_a_driver_keeps_its_place_and_all_else():
    model = company()
    new = growth("revenue", growth=0.5)
    changed = model.replacing(new)
    assert changed.drivers == (model.drivers[0], model.drivers[1], new, model.drivers[3])
    assert (changed.currency, changed.unit) == ("EUR", "thousand")
    assert changed.correlations == model.correlations
    assert model == company()


def test_replacing_an_unknown_line_adds_it():
    more = company().replacing(growth("headcount"))
    assert more.drivers[-1].line == "headcount"
    assert len(more.drivers) == 5


def test_a_replacement_that_leaves_a_correlation_without_its_parameter_is_refused():
    with pytest.raises(ModelError) as caught:
        company().replacing(Formula("revenue = 100"))
    assert str(caught.value).startswith(
        "the model's correlations do not fit its parameters\n  - a correlation names 'revenue.growth'."
    )


def test_models_are_equal_when_they_say_the_same():
    assert company() == company()
    assert hash(company()) == hash(company())
    assert company() != company().replacing(growth("revenue", growth=0.03))
    assert company() != company().replacing(growth("more"))
    assert Model(growth("a")) != Model(growth("a"), currency="USD")
    assert Model(growth("a")) != "a model"
    pairs = (("a.start", "a.growth", 0.5),)
    assert Model(growth("a"), correlations=pairs) == Model(growth("a"), correlations={("a.growth", "a.start"): 0.5})


def test_what_is_written_reads_back_equal(tmp_path):
    path = tmp_path / "model.yaml"
    text = company().to_yaml(path)
    assert path.read_text(encoding="utf-8") == text
    assert fc.read_model(path) == fc.read_model(text) == company()
    assert fc.read_model(text).to_yaml() == text


def test_the_kunlun_model_reads_back_equal():
    model = fc.read_model(KUNLUN)
    again = fc.read_model(model.to_yaml())
    assert again == model
    assert again.to_yaml() == model.to_yaml()
    assert (again.order, again.identities, dict(again.parameters)) == (
        model.order,
        model.identities,
        dict(model.parameters),
    )


def test_the_kunlun_model_is_a_profit_statement():
    identities = {identity.line: identity for identity in fc.read_model(KUNLUN).identities}
    assert identities["gross_profit"] == Identity("gross_profit", (("revenue", 0, 1.0), ("cost", 0, -1.0)))
    assert set(identities["cash"].terms) == {
        ("cash", 1, 1.0),
        ("operating_cash_flow", 0, 1.0),
        ("capital_expenditure", 0, -1.0),
        ("other_cash_flow", 0, 1.0),
    }


def test_a_model_is_frozen():
    with pytest.raises(AttributeError):
        company().currency = "USD"
    with pytest.raises(TypeError):
        company().lines["new"] = Line("new")
