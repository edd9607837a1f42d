"""How far a long question is: what a pace tells, and what the questions of the library tell through one."""

import pytest

import forecast as fc
from forecast.pace import Pace


def company():
    target = fc.assume(fc.normal(0.6, 0.03), role="uncertainty")
    model = fc.Model(
        fc.drivers.Growth(
            "sales",
            growth=fc.assume(fc.normal(0.03, 0.01), role="uncertainty"),
            momentum=0.03,
            volatility=0.03,
            start=95.0,
        ),
        fc.drivers.Ratio("cost", of="sales", target=target, half_life=4, volatility=0.01, start=0.65),
        fc.drivers.Growth("wages", growth=0.01, persistence=0.0, momentum=0.01, volatility=0.02, start=38.0),
        fc.drivers.Formula("profit = sales - cost - wages"),
    )
    return fc.calibrate(model, first="2026Q1")


BASE = fc.Scenario("base")
DEAR = fc.Scenario("dear", fc.shocks.Scale("cost", 1.1), fc.shocks.Scale("wages", 1.1))
GOAL = fc.Goal("profit", at_least=0, over="quarter", by="2026Q4", probability=0.8)
CHANCE = {"paths": 50, "seed": 1}


class Heard(list):
    def __call__(self, share, what):
        self.append((share, what))

    @property
    def shares(self):
        return [share for share, _ in self]


def test_parts_are_told_by_their_size():
    heard = Heard()
    pace = Pace(heard, {"a": 1, "b": 3, "c": 4})
    pace.begin("a")
    pace.step()
    pace.step()  # longer than planned: it waits
    pace.begin("c")  # b is left out
    pace.inside(0.5, "half of c")
    pace.inside(0.25)  # nothing goes back
    pace.finish()
    assert heard == [
        (0, "a"),
        (0.125, "a"),
        (0.125, "a"),
        (0.5, "c"),
        (0.75, "half of c"),
        (0.75, "half of c"),
        (1, ""),
    ]


def test_a_part_that_was_not_planned_takes_no_share():
    heard = Heard()
    pace = Pace(heard, [])
    pace.begin("reading")
    pace.plan([("a", 2), ("b", 2)])
    pace.begin("a")
    pace.begin("stranger")
    pace.step()
    pace.begin("b")
    assert heard == [(0, "reading"), (0, "a"), (0.5, "stranger"), (0.5, "stranger"), (0.5, "b")]


def test_without_anybody_to_tell_nothing_is_counted():
    pace = Pace(None, {"a": 1})
    pace.begin("a")
    pace.step()
    pace.finish()
    assert (pace.ticking, pace.within) == (None, None)


ASKED = {
    "simulate": lambda **to: fc.simulate(company(), [BASE, DEAR], until="2027Q4", **CHANCE, **to),
    "simulate keep": lambda **to: fc.simulate(company(), [BASE, DEAR], until="2027Q4", keep="profit", **CHANCE, **to),
    "goal_seek": lambda **to: fc.goal_seek(
        company(), BASE, vary="cost.target", any_role=True, goal=GOAL, seeds=2, alternatives=True, **CHANCE, **to
    ),
    "frontier": lambda **to: fc.frontier(
        company(), BASE, vary=("cost.target", "wages.growth"), any_role=True, goal=GOAL, points=11, **CHANCE, **to
    ),
    "sensitivity": lambda **to: fc.sensitivity(company(), BASE, goal=GOAL, **CHANCE, **to),
    "bridge": lambda **to: fc.bridge(company(), BASE, DEAR, GOAL, **CHANCE, **to),
    "honesty": lambda **to: fc.honesty(
        fc.simulate(company(), [BASE, DEAR], until="2027Q4", **CHANCE), GOAL, joint=False, **to
    ),
    "summarise": lambda **to: fc.summarise(
        company(), BASE, lines=["profit"], until="2026Q4", paths=50_000, seed=1, threads=2, **to
    ),
    "check_reality": lambda **to: fc.check_reality(
        company(), fc.RealityCheck("costs", always="cost <= sales"), [BASE, DEAR], until="2026Q4", **CHANCE, **to
    ),
    "report": lambda **to: fc.report(
        fc.simulate(company(), [BASE, DEAR], until="2027Q4", **CHANCE), GOAL, leave_out=("live", "frontier"), **to
    ),
}


@pytest.mark.parametrize("name", ASKED)
def test_a_long_question_tells_how_far_it_is_and_answers_the_same(name):
    heard = Heard()
    told = ASKED[name](progress=heard)
    assert heard.shares == sorted(heard.shares)
    assert heard.shares[0] == 0
    assert 0.4 < heard.shares[-1] <= 1
    assert len(set(heard.shares)) > 1
    assert str(told) == str(ASKED[name]())


def test_a_simulation_is_told_quarter_by_quarter():
    heard = Heard()
    fc.simulate(company(), [BASE, DEAR], until="2026Q4", **CHANCE, progress=heard)
    # drawing takes one quarter's share, the base and the shocked scenario four each
    assert heard.shares == pytest.approx(
        [0 / 9, 1 / 9, 2 / 9, 3 / 9, 4 / 9, 5 / 9, 5 / 9, 5 / 9, 6 / 9, 7 / 9, 8 / 9, 1]
    )
    assert [what for _, what in heard][-1] == "scenario 'dear'"


def test_a_backtest_of_a_model_is_told_date_by_date():
    heard = Heard()
    facts = fc.load_kunlun()
    model = fc.Model(fc.drivers.Trend("revenue"))
    fc.backtest_model(facts, model, dates=["2024-09-01", "2024-11-15"], seed=3, horizon=2, paths=50, progress=heard)
    assert heard.shares == sorted(heard.shares)
    assert {what for _, what in heard} >= {"from 2024-09-01: reconciling", "from 2024-11-15: comparing lines"}
    assert heard.shares[-1] == 1
