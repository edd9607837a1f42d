"""A sweep has the numbers of separate simulations, keeps them in whole files, and goes on where it was stopped."""

import io
import json
import re
from dataclasses import dataclass
from pathlib import Path as File

import joblib
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy import stats

from forecast.analysis.goal import Goal
from forecast.analysis.statistic import Mean, Quantile, error_of, replicas
from forecast.analysis.sweep import open_sweep, sweep
from forecast.analysis.sweeping import parts as sweeping_parts
from forecast.analysis.sweeping import plan, work
from forecast.analysis.sweeping.crew import Crew
from forecast.calibration import calibrate
from forecast.distributions import normal
from forecast.drivers import Formula, Path, Ratio
from forecast.errors import GoalError, SweepError
from forecast.model import Model, assume
from forecast.scenario import Mixture, Scenario
from forecast.shocks import Add, Scale, Set
from forecast.simulation import simulate

WON = Goal("profit", at_least=0, over="quarter")
BASE = Scenario("base")
UP = Scenario("up", Add("luck", 0.5, start="2026Q2"))


def firm(mean=0.0, *, lever="push"):
    """profit = luck + push with luck normal(mean, 1): P(profit >= 0) is Phi(mean + push)."""
    pushed = Path(lever, value=assume(0.0, role="lever", low=-5, high=5))
    return calibrate(
        Model(pushed, Path("luck", value=normal(mean, 1)), Formula(f"profit = luck + {lever}")), first="2026Q1"
    )


def firms(count=4):
    return {f"firm {number}": firm(number / 4) for number in range(count)}


def swept(folder, companies=None, scenarios=(BASE, UP), statistics=WON, **options):
    options = {"until": "2026Q4", "paths": 100, "seed": 3, "backend": "threads", "workers": 2} | options
    return sweep(firms() if companies is None else companies, scenarios, statistics, folder=folder, **options)


def parts(folder):
    """Every file of the results, by its name in the folder, with its bytes."""
    found = sorted(File(folder).glob("results/**/*"))
    return {str(file.relative_to(folder)): file.read_bytes() for file in found if file.is_file()}


@pytest.fixture
def small_tasks(monkeypatch):
    """A task for every setting."""
    monkeypatch.setattr(plan, "CELLS", 1)


def test_the_numbers_are_those_of_separate_simulations_to_the_bit(tmp_path):
    asked = {
        "won": WON,
        "mean": Mean("profit", at="2026Q3"),
        "low": Quantile("profit", 0.1, at="2026Q4", over="cumulative"),
    }
    found = swept(tmp_path, scenarios=[BASE, UP], statistics=asked, levers={"push.value": [-1.0, 0.5]}).to_frame()
    assert list(found.columns) == ["company", "scenario", "push.value", "statistic", "value", "error", "low", "high"]
    rows = found.itertuples(index=False, name=None)
    for name, company in firms().items():
        for scenario in (BASE, UP):
            for value in (-1.0, 0.5):
                pushed = scenario.but("pushed", Set("push.value", value))
                outcome = simulate(company, pushed, until="2026Q4", paths=100, seed=3).outcome()
                for told, statistic in asked.items():
                    if told == "won":
                        number = error = None
                        expected = float(np.mean(WON.inside(outcome) >= 0))
                    else:
                        numbers = statistic.numbers(outcome)
                        expected, error = statistic.value(numbers), error_of(replicas(statistic, numbers))
                    *which, number, spread, low, high = next(rows)
                    assert which == [name, scenario.name, value, told]
                    assert number == expected
                    assert error is None or spread == error
                    assert low <= number <= high
    assert next(rows, None) is None


def test_the_probabilities_are_those_of_the_normal_distribution(tmp_path):
    # 12 shares of 10,000 paths, each within 5.5 standard errors: false-alarm rate below 1e-6
    found = swept(
        tmp_path, scenarios=BASE, paths=10_000, levers={"push.value": [-0.5, 0.0, 1.0]}, until="2026Q1"
    ).to_frame()
    means = found["company"].str[5:].astype(float) / 4
    share = stats.norm.cdf(means + found["push.value"])
    assert len(found) == 12
    assert (np.abs(found["value"] - share) < 5.5 * np.sqrt(share * (1 - share) / 10_000)).all()


def test_a_probability_of_0_or_1_has_an_interval_and_no_error(tmp_path):
    there = swept(tmp_path, firms(1), BASE, levers={"push.value": [-5.0, 5.0]})
    known = there.query("select count(value) as known, count(error) as errors from results")  # SQL counts no nulls
    assert known.to_numpy().tolist() == [[2, 0]]
    found = there.to_frame()
    assert found["value"].tolist() == [0.0, 1.0]
    assert found["error"].isna().all()
    z2 = stats.norm.ppf(0.975) ** 2
    far = z2 / (100 + z2)  # Wilson's interval of 0 of 100
    np.testing.assert_allclose(found[["low", "high"]], [[0.0, far], [1 - far, 1.0]], rtol=0, atol=1e-12)


def test_the_scenario_acts_on_a_lever_as_in_a_goal_seek(tmp_path):
    more = Scenario("more", Scale("push.value", 3.0))
    found = swept(
        tmp_path, scenarios=more, statistics=Mean("push", at="2026Q2"), levers={"push.value": [0.5]}
    ).to_frame()
    assert (found["value"] == 1.5).all()


def test_the_cut_the_workers_the_backend_and_the_order_move_no_bit(tmp_path, monkeypatch):
    options = {"levers": {"push.value": [0.0, 0.25]}, "statistics": [WON, Quantile("profit", 0.5, at="2026Q2")]}
    whole = swept(tmp_path / "whole", **options)
    monkeypatch.setattr(plan, "CELLS", 1)
    one = swept(tmp_path / "one", workers=1, **options)
    several = swept(tmp_path / "several", workers=3, **options)
    backwards = swept(tmp_path / "backwards", dict(reversed(firms().items())), **options)
    around = tmp_path / "around"
    with joblib.parallel_config("threading", n_jobs=2):
        swept(around, backend=None, workers=None, **options)
    assert (whole.tasks, one.tasks) == (4, 16)
    pd.testing.assert_frame_equal(one.to_frame(), whole.to_frame(), check_exact=True)
    assert len(parts(tmp_path / "one")) == 16
    assert parts(tmp_path / "one") == parts(tmp_path / "several") == parts(tmp_path / "backwards") == parts(around)
    assert backwards.to_frame()["company"].iloc[0] == "firm 3"
    assert several.is_complete


@pytest.mark.usefixtures("small_tasks")
def test_a_sweep_that_is_done_is_not_computed_again_and_one_with_gaps_is_filled(tmp_path, monkeypatch):
    swept(tmp_path)
    before = parts(tmp_path)
    times = {name: (tmp_path / name).stat().st_mtime_ns for name in before}
    one, two, three = list(before)[:3]
    (tmp_path / one).unlink()
    (tmp_path / two).write_bytes(before[two][: len(before[two]) // 2])
    broken = bytearray(before[three])
    broken[40] ^= 1  # in the middle of a column
    (tmp_path / three).write_bytes(bytes(broken))
    (tmp_path / f"{two}.left.part").write_bytes(b"half")
    assert open_sweep(tmp_path).finished == 5
    seen = []
    work = Crew.work
    monkeypatch.setattr(Crew, "work", lambda self, tasks, *rest: seen.append(len(tasks)) or work(self, tasks, *rest))
    assert swept(tmp_path).is_complete
    assert parts(tmp_path) == before
    swept(tmp_path)
    assert seen == [3, 0]
    assert [name for name in before if (tmp_path / name).stat().st_mtime_ns == times[name]] == list(before)[3:]


def test_another_sweep_in_the_folder_is_refused_with_what_differs(tmp_path):
    swept(tmp_path)
    companies = {"firm 0": firm(9.0), **{name: company for name, company in firms().items() if name != "firm 0"}}
    companies["firm 9"] = companies.pop("firm 3")
    with pytest.raises(SweepError) as refused:
        swept(tmp_path, companies, [BASE, Scenario("up", Add("luck", 0.6))], paths=200, levers={"push.value": [1.0]})
    assert str(refused.value) == (
        f"the folder '{tmp_path}' holds another sweep. Choose another folder, or ask for the same\n"
        "  - paths was 100, now 200.\n"
        '  - levers was {}, now {"push.value": [1.0]}.\n'
        "  - no longer asked of 'firm 3'.\n"
        "  - another model or history than before: 'firm 0'.\n"
        "  - scenarios with other shocks: 'up' ('firm 0', and perhaps others)."
    )
    assert swept(tmp_path).is_complete


@pytest.mark.usefixtures("small_tasks")
def test_companies_are_added_and_what_is_there_is_not_computed_again(tmp_path):
    more = {**firms(3), "firm 9": firm(9.0)}
    swept(tmp_path / "grown", firms(3))
    before = {name: (tmp_path / "grown" / name).stat().st_mtime_ns for name in parts(tmp_path / "grown")}
    found = swept(tmp_path / "grown", more)
    assert (found.companies, found.tasks, found.is_complete) == (4, 8, True)
    assert {name: (tmp_path / "grown" / name).stat().st_mtime_ns for name in before} == before
    at_once = swept(tmp_path / "at once", more)
    assert parts(tmp_path / "grown") == parts(tmp_path / "at once")
    pd.testing.assert_frame_equal(found.to_frame(), at_once.to_frame(), check_exact=True)
    with pytest.raises(SweepError) as refused:  # none is taken away
        swept(tmp_path / "grown", firms(3))
    assert str(refused.value).endswith("  - no longer asked of 'firm 9'.")


@pytest.mark.parametrize("package", ["numpy", "scipy"])
def test_another_version_is_refused(tmp_path, monkeypatch, package):
    import importlib

    there = importlib.import_module(package).__version__
    swept(tmp_path)
    monkeypatch.setattr(f"{package}.__version__", "99.0.1")
    with pytest.raises(SweepError) as refused:
        swept(tmp_path)
    assert str(refused.value) == (
        f"the folder '{tmp_path}' holds another sweep. Choose another folder, or ask for the same\n"
        f"  - it was made with {package} {there}, and this is 99.0.1; only the same version has the same bits."
    )
    assert open_sweep(tmp_path).is_complete  # what is there can be read


def test_a_worker_with_another_version_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(work, "versions", lambda: {"forecast": "0.0.1"})
    found = swept(tmp_path, firms(1), BASE)
    (failure,) = found.failures
    assert failure.error.startswith("this worker has forecast 0.0.1, and the sweep is made with forecast ")
    assert found.computed == 0


def test_a_folder_of_the_first_form_is_read_and_not_mixed(tmp_path):
    swept(tmp_path, firms(1), BASE)
    place = tmp_path / "sweep.json"
    said = json.loads(place.read_text())
    said |= {"form": 1, "version": said.pop("versions")["forecast"]}
    del said["code"]
    place.write_text(json.dumps(said))
    (part,) = parts(tmp_path)
    table = pq.read_table(tmp_path / part, partitioning=None)
    pq.write_table(table.drop_columns(["low", "high"]), tmp_path / part, write_page_checksum=True)
    there = open_sweep(tmp_path)
    assert there.is_complete
    frame = there.to_frame()
    assert frame["value"].notna().all()
    assert frame["low"].isna().all()
    with pytest.raises(SweepError, match="it was made with numpy of an unknown version, and this is "):
        swept(tmp_path, firms(1), BASE)
    place.write_text(json.dumps(said | {"form": 3}))
    with pytest.raises(SweepError, match=r"has form 3; this library reads up to 2\. Use a newer one\."):
        open_sweep(tmp_path)


def test_a_folder_of_other_results_is_refused(tmp_path):
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "mine.parquet").write_bytes(b"")
    with pytest.raises(SweepError, match=r"holds results, but no sweep\.json that says of what\."):
        swept(tmp_path)
    with pytest.raises(SweepError, match=re.escape(f"there is no sweep in '{tmp_path}'. Make one: fc.sweep(")):
        open_sweep(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        lambda said: said.pop("statistics"),
        lambda said: said.update(levers=["push.value"]),
        lambda said: said.update(levers={"company": [0.0]}),
        lambda said: said.update(companies={"firm 0": {"model": "a"}}),
        lambda said: said.update(scenarios={}),
        lambda said: said["scenarios"].update(other=[]),
        lambda said: said["tasks"].append(["0f", "firm 0", 0]),
        lambda said: said["tasks"].append(["../0f", "firm 0", 0, 1, 1.0]),
        lambda said: said["tasks"].append([7, "firm 0", 0, 1, 1.0]),
        lambda said: said["tasks"].append(["0f", "nobody", 0, 1, 1.0]),
        lambda said: said["tasks"].append(["0f", [], 0, 1, 1.0]),
        lambda said: said["tasks"].append(["0f", "firm 0", 2, 1, 1.0]),
        lambda said: said["tasks"].append(["0f", "firm 0", 0, 10**400, 1.0]),
    ],
)
def test_a_manifest_that_was_changed_is_refused(change, tmp_path):
    swept(tmp_path)
    file = tmp_path / "sweep.json"
    said = json.loads(file.read_text(encoding="utf-8"))
    change(said)
    file.write_text(json.dumps(said), encoding="utf-8")
    for read in (open_sweep, swept):
        with pytest.raises(SweepError) as refused:
            read(tmp_path)
        assert str(refused.value) == (
            f"sweep.json in '{tmp_path}' cannot be read. It was not written by this library, or was changed since; "
            "choose another folder."
        )


@pytest.mark.parametrize("content", [b"[" * 100_000, b"\xdd", b"7", b'[{"company": 1}]', None])
def test_failures_that_were_changed_are_refused_and_made_anew(content, tmp_path):
    asked = {"scenarios": [BASE, Scenario("gone", Add("lack", 1.0))], "companies": firms(1)}
    before = swept(tmp_path, **asked).failures
    (file,) = tmp_path.glob("failures/*.json")
    levers = file.read_text(encoding="utf-8").replace('"levers": {}', '"levers": {"a": true}')
    file.write_bytes(levers.encode() if content is None else content)
    with pytest.raises(SweepError) as refused:
        str(open_sweep(tmp_path))
    assert str(refused.value) == (
        f"failures/{file.name} in '{tmp_path}' cannot be read. It was changed since this library wrote it; the same "
        "call of fc.sweep computes its settings again and writes it anew."
    )
    assert [str(one) for one in swept(tmp_path, **asked).failures] == [str(one) for one in before]


def test_a_damaged_part_is_an_error_in_words_and_made_anew(tmp_path):
    frame = swept(tmp_path).to_frame()
    next(tmp_path.glob("results/*/*")).write_bytes(b"PAR1")
    found = open_sweep(tmp_path)
    assert (found.finished, found.tasks) == (3, 4)
    with pytest.raises(SweepError) as refused:
        found.to_frame()
    assert str(refused.value).startswith(f"the results in '{tmp_path}' cannot be read: ")
    assert str(refused.value).endswith("A part is damaged; the same call of fc.sweep computes it again.")
    with pytest.raises(SweepError, match="the query cannot be answered"):
        found.query("select count(value) from results")
    pd.testing.assert_frame_equal(swept(tmp_path).to_frame(), frame)


def test_a_part_that_is_not_what_it_should_be_does_not_count(tmp_path, monkeypatch):
    swept(tmp_path)
    first, second = sorted(tmp_path.glob("results/*/*"))[:2]
    kept = first.read_bytes()
    table = pq.read_table(first)
    for wrong in (table.slice(0, 1), pa.concat_tables([table] * 1_000), table.replace_schema_metadata(None)):
        pq.write_table(wrong, first)
        assert open_sweep(tmp_path).finished == 3
    first.write_bytes(second.read_bytes())
    assert open_sweep(tmp_path).finished == 3
    first.write_bytes(kept)
    assert open_sweep(tmp_path).finished == 4
    monkeypatch.setattr(sweeping_parts, "LARGEST", 100)
    assert open_sweep(tmp_path).finished == 0


@dataclass(frozen=True)
class Moody:
    """A statistic of a user's own that fails as long as it is told to."""

    line: str
    last = None
    angry = [True]  # noqa: RUF012 - shared on purpose

    @property
    def lines(self):
        return (self.line,)

    def numbers(self, outcome):
        numbers = outcome.values(self.line)[0]
        if self.angry[0] and numbers.mean() > 0.6:
            raise ArithmeticError("too good to be true")
        return numbers

    def value(self, numbers, weights=None):
        return float(np.average(numbers, weights=weights))


def test_what_fails_is_told_with_company_scenario_and_traceback_and_the_rest_goes_on(tmp_path):
    companies = {**firms(), "no lever": firm(lever="pull")}
    del companies["firm 2"]
    options = {
        "companies": companies,
        "scenarios": [BASE, Scenario("gone", Add("lack", 1.0))],
        "statistics": Moody("luck"),
    }
    found = swept(tmp_path, levers={"push.value": [0.0, 7.0]}, **options)
    told = [(one.company, one.scenario, dict(one.levers), one.error) for one in found.failures]
    lacks = (
        "the scenarios do not fit the model\n"
        "  - scenario 'gone' shocks 'lack', a line that the model does not have. Did you mean 'luck'?"
    )
    none = "the levers cannot be moved\n  - there is no parameter 'push.value'. Known: 'luck.value', 'pull.value'."
    moody = "ArithmeticError: too good to be true"
    assert told == [
        ("firm 0", "gone", {}, lacks),
        ("firm 1", "gone", {}, lacks),
        ("firm 3", "gone", {}, lacks),
        ("firm 3", "base", {"push.value": 0.0}, moody),
        ("firm 3", "base", {"push.value": 7.0}, moody),
        ("no lever", "base", {}, none),
        ("no lever", "gone", {}, none),
    ]
    assert 'raise ArithmeticError("too good to be true")' in found.failures[3].traceback
    assert found.to_frame()["company"].tolist() == ["firm 0", "firm 0", "firm 1", "firm 1"]
    assert (found.computed, found.settings, found.finished, found.tasks) == (4, 16, 0, 4)
    lines = str(found).splitlines()
    assert lines[0] == f"4 companies, 4 of 16 settings computed, 0 of 4 tasks finished, in {tmp_path}"
    assert lines[1] == "  failed: firm 0, scenario 'gone': the scenarios do not fit the model"
    assert "  failed: firm 3, scenario 'base', push.value = 7: ArithmeticError: too good to be true" in lines


def test_a_lever_that_leaves_its_domain_fails_alone(tmp_path):
    ratio = Ratio("cost", of="sales", target=0.9, half_life=0.01, volatility=0.0, start=0.9, cap=1.0)
    company = calibrate(Model(Path("sales", value=100.0), ratio), first="2026Q1")
    scenarios = [BASE, Scenario("dear", Scale("cost.target", 1.5))]
    found = swept(
        tmp_path, {"shop": company}, scenarios, Mean("cost", at="2026Q4"), levers={"cost.target": [0.5, 0.8, 1.5]}
    )
    rows = found.to_frame()[["scenario", "cost.target", "value"]].round(9).to_numpy().tolist()
    assert rows == [["base", 0.5, 50.0], ["base", 0.8, 80.0], ["dear", 0.5, 75.0]]
    told = [(one.scenario, one.levers["cost.target"], one.error) for one in found.failures]
    words = "'cost.target' cannot be {:g} in scenario '{}': with the shocks on it, it leaves its domain [0, 1]."
    expected = [("base", 1.5), ("dear", 0.8), ("dear", 1.5)]
    assert told == [(scenario, value, words.format(value, scenario)) for scenario, value in expected]


def test_what_failed_is_tried_again_by_the_next_call(tmp_path, monkeypatch):
    first = swept(tmp_path, statistics=Moody("luck"))
    assert {one.company for one in first.failures} == {"firm 3"}
    assert first.computed == 6
    monkeypatch.setattr(Moody, "angry", [False])
    again = swept(tmp_path, statistics=Moody("luck"))
    assert again.is_complete
    assert again.failures == ()
    assert list((tmp_path / "failures").iterdir()) == []
    assert parts(tmp_path) == parts(swept(tmp_path / "calm", statistics=Moody("luck")).folder)


NAMES = (
    "../x",
    "a/b",
    "=",
    "000001",
    "Acme",
    "ACME",
    "昆仑万维科技股份有限公司",
    "x" * 400,
    "company=Y",
    "a\nb",
    "%2e",
    "null",
)


def test_no_name_of_a_company_leaves_the_folder_or_is_read_as_another(tmp_path):
    folder = tmp_path / "sweep"
    found = swept(folder, dict.fromkeys(NAMES, firm()), BASE)
    assert {file.relative_to(tmp_path).parts[0] for file in tmp_path.rglob("*")} == {"sweep"}
    assert len({str(File(name).parent).casefold() for name in parts(folder)}) == len(NAMES)
    assert found.to_frame()["company"].tolist() == list(NAMES)
    assert set(found.query("select distinct company from results")["company"]) == set(NAMES)
    # other programs see the same, without being told anything
    assert set(pd.read_parquet(folder / "results")["company"]) == set(NAMES)


def test_sql_reads_the_results(tmp_path):
    found = swept(tmp_path, levers={"push.value": [0.0, 1.0]})
    table = found.query(
        'select company, max(value) as best from results where "push.value" = 1 group by company order by company'
    )
    frame = found.to_frame()
    best = frame[frame["push.value"] == 1.0].groupby("company")["value"].max()
    assert dict(zip(table["company"], table["best"], strict=True)) == best.to_dict()


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_csv('{secret}')",
        "select * from '{secret}'",
        "copy results to '{target}'",
        "copy (select 1) to '{target}' (format parquet)",
        "attach '{target}' as other",
        "set enable_external_access = true",
        "select * from hidden",
        "install httpfs",
        "export database '{target}'",
    ],
)
def test_sql_reaches_nothing_but_the_results(tmp_path, sql):
    secret, target = tmp_path / "secret.csv", tmp_path / "target"
    secret.write_text("a\n1\n")
    hidden = pd.DataFrame({"a": [1]})
    found = swept(tmp_path / "sweep", firms(1), BASE)
    before = parts(found.folder)
    with pytest.raises(SweepError, match="the query cannot be answered: "):
        found.query(sql.format(secret=secret, target=target))
    assert not target.exists()
    assert parts(found.folder) == before
    assert len(hidden) == 1


def test_a_mapping_that_makes_companies_when_asked(tmp_path):
    from collections.abc import Mapping

    class Made(Mapping):
        asked: list = []  # noqa: RUF012

        def __getitem__(self, name):
            self.asked.append(name)
            if self.asked.count("firm 1") == 2 and name == "firm 1":
                raise OSError("its file is gone")
            return firms()[name]

        def __iter__(self):
            return iter(firms())

        def __len__(self):
            return 4

    found = swept(tmp_path, Made(), BASE)
    assert sorted(Made.asked) == sorted(2 * list(firms()))
    assert found.computed == 3
    assert [(one.company, one.error) for one in found.failures] == [("firm 1", "OSError: its file is gone")]


def test_scenarios_by_company(tmp_path):
    found = swept(tmp_path, firms(2), {"firm 0": BASE, "firm 1": [BASE, UP]}).to_frame()
    assert found[["company", "scenario"]].to_numpy().tolist() == [
        ["firm 0", "base"],
        ["firm 1", "base"],
        ["firm 1", "up"],
    ]


def test_any_file_system_of_fsspec(tmp_path):
    address = f"memory://{tmp_path.name}"
    found = swept(address, levers={"push.value": [0.0]})
    local = swept(tmp_path, levers={"push.value": [0.0]})
    pd.testing.assert_frame_equal(found.to_frame(), local.to_frame(), check_exact=True)
    assert found.query("select count(*) as rows from results")["rows"].tolist() == [8]
    assert swept(address, levers={"push.value": [0.0]}) == found


@pytest.mark.usefixtures("small_tasks")
def test_progress_is_told_with_the_time_left(tmp_path):
    told = []
    swept(tmp_path, firms(1), progress=lambda *now: told.append(now))
    assert [(done, tasks) for done, tasks, _ in told] == [(0, 2), (1, 2), (2, 2)]
    assert told[0][2] is None
    assert told[1][2] > 0
    assert told[2][2] == 0


CALLS = {
    "no companies": (
        {"companies": {}},
        SweepError,
        "there is no company; give at least one, as in {'Kunlun': company}.",
    ),
    "one company": (
        {"companies": firm()},
        SweepError,
        "the companies is an object of the type CalibratedModel, not Mapping; give them by name, as in "
        "{'Kunlun': company}.",
    ),
    "a path for a company": (
        {"companies": {"a": "folder"}},
        SweepError,
        "the company 'a' is an object of the type str, not CalibratedModel; calibrate the model first: "
        "calibrate(model, history).",
    ),
    "a mixture": (
        {"scenarios": [Mixture("m", ((BASE, 0.5), (UP, 0.5)))]},
        SweepError,
        "is not a scenario; a sweep takes scenarios only, as in fc.Scenario('base').",
    ),
    "scenarios of nobody": (
        {"scenarios": {"firm 7": BASE}},
        SweepError,
        "  - scenarios are given for 'firm 7', which is no company. Known: 'firm 0', 'firm 1', 'firm 2', 'firm 3'.\n"
        "  - no scenarios are given for the company 'firm 0'.\n",
    ),
    "two of a name": ({"scenarios": [BASE, BASE]}, SweepError, "2 are called 'base'; give each a name of its own."),
    "all at once": (
        {"paths": 0, "seed": -1, "until": "soon", "sampling": "rndom", "levers": {"push": [1.0], "push.value": []}},
        SweepError,
        "  - paths is 0; give a whole number from 1 to 10,000,000.\n"
        "  - seed is -1; give a whole number from 0 on.\n"
        "  - sampling is 'rndom'. Did you mean 'random'?\n"
        "  - a lever is 'push'; name a parameter, as in 'selling.target'.\n"
        "  - the values of 'push.value' are []; give at least one, finite and each once.",
    ),
    "no statistic": ({"statistics": []}, GoalError, "no statistic was given; pass a goal, or fc.Mean("),
    "a backend": (
        {"backend": "spark"},
        SweepError,
        "backend is 'spark'; use one of threads, processes, dask, ray, or None",
    ),
    "workers": ({"workers": 0}, SweepError, "workers is 0; give a whole number from 1 on, or None for all processors."),
    "progress": (
        {"progress": 3},
        SweepError,
        "progress is 3; pass True, or a function of (done, tasks, seconds_left).",
    ),
    "an unknown address": ({"folder": "nowhere://x"}, SweepError, "the folder 'nowhere://x' cannot be opened: "),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_wrong_call_says_what_to_do(call, tmp_path):
    changed, kind, text = CALLS[call]
    with pytest.raises(kind) as refused:
        swept(**{"folder": tmp_path / "sweep", **changed})
    assert text in str(refused.value)
    assert not (tmp_path / "sweep").exists()


def test_a_statistic_that_cannot_be_known_again_is_refused(tmp_path):
    class Vague:
        lines, last, held = ("luck",), None, io.StringIO()

        def numbers(self, outcome):
            return outcome.values("luck")[0]

        def value(self, numbers, weights=None):
            return float(numbers.mean())

    with pytest.raises(SweepError, match=r"Vague is not a dataclass of plain values\. Write @dataclass"):
        swept(tmp_path, statistics={"vague": Vague()})
