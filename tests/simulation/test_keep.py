"""Only what is asked for is kept: the same bits as of the whole simulation, whatever looks back and how far."""

import numpy as np
import pytest

from forecast.analysis import Goal, breakeven
from forecast.calibration import calibrate
from forecast.distributions import normal, uniform
from forecast.drivers import Formula, Growth, Path, Ratio
from forecast.errors import SimulationError
from forecast.model import Model
from forecast.scenario import Mixture, Scenario, When
from forecast.shocks import Add, Cap, Delay, Grow, Hold, Pulse, Ramp, Replace, Scale, Set
from forecast.simulation import Run, horizon_of, simulate

BASE = Scenario("base")
SCENARIOS = [
    BASE,
    Scenario("scaled", Scale("sales", 0.8, start="2026Q3", ramp=3, probability=0.5), Add("arr.rate", 0.1)),
    Scenario("held", Hold("wages", "2026Q4"), Grow("sales", 0.05, start="2027Q1")),
    Scenario("late", Delay("arr", uniform(1.5, 3.5), start="2026Q3"), Ramp("wages", 70.0, "2026Q2", "2027Q2")),
    Scenario(
        "other", Replace("wages", Ratio("wages", of="sales", target=0.5, half_life=2, volatility=0.01, start=0.6))
    ),
    Scenario("rule", When("cash < 520 and profit + profit[-2] < 40", Hold("wages"), until="cash > 560")),
    Scenario("parameters", Set("cost.target", 0.5, start="2026Q3", lasts=4), Scale("sales.start", 1.1)),
    Scenario("fading", Pulse("luck.value", 2.0, start="2026Q2", end="2027Q4", decay=2.0), Cap("sales.growth", 0.02)),
]


def run(company, scenarios=SCENARIOS, *, paths=200, until="2028Q4", **options):
    return simulate(company, scenarios, until=until, paths=paths, seed=7, **options)


@pytest.fixture(scope="module")
def whole(company):
    return run(company)


@pytest.mark.parametrize(
    "keep",
    [
        *("usd_cny", "sales", "sales.rate", "arr", "product", "product.conversion", "revenue", "cost", "cost.share"),
        *("wages", "wages.rate", "luck", "profit", "cash"),
    ],
)
def test_each_line_alone_has_the_bits_of_the_whole_simulation(company, whole, keep):
    kept = run(company, keep=keep)
    assert kept.lines == (keep,)
    for name in whole.names:
        assert kept.values(keep, name).tobytes() == whole.values(keep, name).tobytes(), name


@pytest.mark.parametrize("keep", [["cash", "wages"], ["cost", "cost.share", "luck"], ["sales.rate", "profit", "arr"]])
def test_several_lines_as_well(company, whole, keep):
    kept = run(company, keep=keep)
    assert kept.lines == tuple(keep)
    assert repr(kept).startswith(f"Simulation(8 scenarios, {sum('.' not in name for name in keep)} lines, 200 paths")
    for name in whole.names:
        for line in keep:
            assert kept.values(line, name).tobytes() == whole.values(line, name).tobytes(), (line, name)
            assert not kept.values(line, name).flags.writeable


def test_what_is_kept_does_not_change_what_the_simulation_is(company, whole):
    assert run(company, keep=["cash"]).fingerprint == whole.fingerprint


def test_a_scenario_alone_and_a_mixture_keep_the_same_bits(company, whole):
    alone = run(company, SCENARIOS[3], keep=["profit"])
    assert alone.values("profit").tobytes() == whole.values("profit", "late").tobytes()
    mixture = Mixture("mixed", ((SCENARIOS[1], 0.5), (SCENARIOS[5], 0.5)))
    everything, kept = run(company, [mixture]), run(company, [mixture], keep=["cash"])
    assert kept.values("cash").tobytes() == everything.values("cash").tobytes()


def test_a_line_that_a_scenario_does_not_reach_is_the_very_array_of_the_base(company):
    kept = run(company, [BASE, Scenario("dear", Scale("wages.growth", 2.0))], keep=["sales", "cash"])
    assert kept.values("sales", "dear") is kept.values("sales", "base")
    assert kept.values("cash", "dear") is not kept.values("cash", "base")


def test_lines_that_are_not_needed_are_not_computed_and_the_others_once(company, monkeypatch):
    steps = []
    for kind in (Growth, Formula, Path):
        original = kind.step
        monkeypatch.setattr(kind, "step", lambda self, now, o=original: steps.append(self.line) or o(self, now))
    run(company, [BASE, Scenario("dear", Scale("wages.growth", 2.0))], keep=["wages"], until="2026Q2")
    assert steps == ["wages"] * 4
    steps.clear()
    run(company, [Scenario("s", Scale("wages.growth", 2.0))], keep=["profit"], until="2026Q1")
    assert sorted(steps) == sorted(["sales", "revenue", "luck", "wages", "profit"])


def test_questions_are_asked_of_what_was_kept(company, whole):
    goal = Goal("profit", at_least=10, over="quarter", by="2027Q4", probability=0.5)
    kept = run(company, keep=["profit"])
    assert str(breakeven(kept, goal)) == str(breakeven(whole, goal))
    assert set(kept.to_frame()["line"]) == {"profit"}


def test_a_line_that_was_not_kept_is_refused_with_what_to_do(company):
    kept = run(company, keep=["profit", "cash"])
    for asking in (lambda: kept.values("sales"), lambda: kept.quantiles("sales", "held")):
        with pytest.raises(SimulationError) as caught:
            asking()
        assert str(caught.value) == (
            "'sales' was not kept; 'profit', 'cash' were. "
            "Name it as well when simulating: keep=[..., 'sales'], or leave keep out."
        )
    with pytest.raises(SimulationError, match=r"^'cost\.share' was not kept; 'cash' was\. Name it"):
        run(company, keep="cash").values("cost.share")
    with pytest.raises(SimulationError, match=r"^there is no line 'sale'\. "):
        kept.values("sale")


def test_names_that_the_model_does_not_have_are_refused_all_at_once(company):
    with pytest.raises(SimulationError) as caught:
        run(company, keep=["profitt", "cash", "cost.shares", 3])
    known = "'arr', 'cash', 'cost', 'cost.share', 'luck', 'product', 'product.conversion', 'profit', 'revenue'"
    assert str(caught.value) == (
        "keep cannot be carried out\n"
        "  - there is no line 'profitt'. Did you mean 'profit'?\n"
        "  - there is no line 'cost.shares'. Did you mean 'cost.share'?\n"
        f"  - there is no line 3. Known: {known}, 'sales', 'sales.rate', 'usd_cny', ..."
        "."
    )
    with pytest.raises(SimulationError) as caught:
        run(company, keep=[])
    assert str(caught.value) == "keep cannot be carried out\n  - it names nothing; leave keep out to keep every line."
    with pytest.raises(SimulationError, match=r"^keep is an object of the type int, not Iterable; name the lines"):
        run(company, keep=3)


def test_what_the_whole_simulation_refuses_is_refused_in_the_same_words():
    model = Model(
        Path("sales", value=4.0),
        Formula("ratio = 1 / sales"),
        Formula("bounded = min(ratio, 5)"),
        Formula("late = bounded[-1] + 1"),
        Growth("rent", growth=0.1, persistence=0.3, volatility=0.0, momentum=0.0, start=1.0),
        Formula("profit = late - rent"),
    )
    company = calibrate(model, first="2026Q1", opening={"bounded": 1.0})
    for scenario, said in (
        (Scenario("zero", Set("sales", 0.0, start="2026Q3", end="2026Q3")), "'ratio' is inf in 2026Q3 on path 0, and"),
        (Scenario("idle", Set("sales", 3.0), Scale("rent", 1.0)), "Scale on 'rent' changes nothing"),
        (Scenario("far", Add("rent.persistence", 0.8)), "'rent.persistence' is moved to 1.1 in 2026Q1"),
        (Scenario("unread", Set("rent.start", 3.0, start="2026Q2")), "Set on 'rent.start' changes nothing"),
    ):
        texts = []
        for options in ({}, {"keep": ["profit"]}):
            with pytest.raises(SimulationError) as caught:
                simulate(company, [BASE, scenario], until="2026Q4", paths=3, seed=1, **options)
            texts.append(str(caught.value))
        assert texts[0] == texts[1]
        assert texts[0].startswith(f"scenario '{scenario.name}' cannot be simulated: {said}")


def test_a_shock_that_reaches_nothing_of_what_is_kept_is_not_looked_at(company):
    idle = Scenario("idle", Scale("wages", 1.0), Scale("sales", 0.9))
    assert run(company, [idle], keep=["sales"]).lines == ("sales",)
    with pytest.raises(SimulationError, match="Scale on 'wages' changes nothing"):
        run(company, [idle], keep=["sales", "wages"])


def test_a_failure_that_a_later_line_hides_is_found_on_any_path():
    # exp(-1 / x**2) is finite where 1 / x**2 is not: nothing of the failure is left in the lines after it
    model = Model(Path("x", noise=normal(0, 1)), Formula("steep = 1 / (x * x)"), Formula("flat = exp(-steep)"))
    company = calibrate(model, first="2026Q1")
    scores = np.ones((4, 50))
    scores[2, 31] = 0.0
    with pytest.raises(SimulationError) as caught:
        simulate(company, BASE, until="2026Q4", paths=50, seed=1, keep="flat", draws={"noise/x.error": scores})
    assert str(caught.value) == (
        "the company without shocks cannot be simulated: 'steep' is inf in 2026Q3 on path 31, and not finite "
        "on 2% of the paths. Infinity comes of a division by zero, of the log of zero or of an overflow. "
        "Guard it, as in x / max(y, 0.001), or check the units."
    )


def test_numbers_of_which_only_the_sum_is_too_large_are_accepted():
    model = Model(Path("huge", value=1e307), Formula("small = huge / 1e307"))
    company = calibrate(model, first="2026Q1")
    for options in ({}, {"keep": ["small", "huge"]}, {"keep": ["small"]}):
        runs = simulate(company, [BASE, Scenario("s", Set("huge", 9e306))], until="2027Q4", paths=40, seed=1, **options)
        np.testing.assert_allclose(runs.values("small", "s"), 0.9, rtol=1e-14)


def test_an_outcome_holds_the_lines_asked_for_with_the_bits_of_the_scenario(company):
    machine = Run(company, horizon_of(company, "2027Q4", 50, 3), 50, 3)
    scenario = SCENARIOS[2]
    given = machine.scenario(scenario)
    outcome = machine.outcome(scenario, ["profit", "cost.share"])
    assert {"profit", "cost.share"} <= set(outcome.series)
    for line in ("profit", "cost.share"):
        assert outcome.values(line).tobytes() == given[line].tobytes()


def test_arrays_that_come_from_outside_stay_writable(company):
    machine = Run(company, horizon_of(company, "2026Q4", 50, 3), 50, 3)
    level, share = np.full(50, 3.0), np.full(50, 0.5)
    replaced = {"luck.value": level, "cost.target": share}
    for lines in (["luck"], ["cash"], ["profit"]):
        machine.outcome(BASE, lines, replaced)
    level += 1.0
    share += 0.1
    assert machine.outcome(BASE, ["luck"], replaced).values("luck").shape == (4, 50)


def test_a_driver_that_writes_into_what_it_returned_is_stopped():
    class Running(Growth):
        """Adds in place to the array that it gave to the engine a quarter before."""

        def step(self, now):
            level = now.recall("level")
            level = np.zeros(3) if level is None else level
            level += 1.0
            now.keep("level", level)
            return level

    driver = Running("count", growth=0.0, persistence=0.0, volatility=0.0, momentum=0.0, start=1.0)
    company = calibrate(Model(driver, Formula("twice = 2 * count")), first="2026Q1")
    with pytest.raises(ValueError, match="read-only"):
        simulate(company, BASE, until="2026Q3", paths=3, seed=1, keep=["twice"])
