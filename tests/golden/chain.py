"""The chain whose results are kept: from facts to every answer, on the reference company and on small series.

``python tests/golden/chain.py`` prints its checksums; ``--compare`` says what moved against ``golden.json``, and
``--write`` replaces that file (then name what moved under "Numbers changed" in CHANGELOG.md).
"""

import argparse
import dataclasses
import json
import platform
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

import forecast as fc
from forecast.fingerprints import fingerprint_of

GOLDEN = Path(__file__).with_name("golden.json")
PATHS, SEED = 1_000, 7
QUARTERLY = [52.0, 48.5, 57.1, 66.4, 60.2, 55.9, 66.0, 77.3, 70.1, 63.8, 75.9, 90.2, 80.4, 74.1, 88.8, 103.5]
YEARLY = [-12.0, -3.5, 4.1, 9.7, 8.2, 15.9]
LINES = ("revenue", "research_and_development", "selling", "net_profit", "cash", "drama_arr")


def stages() -> Iterator[tuple[str, object]]:
    """Name and result of every stage, in order."""
    folder = fc.kunlun_folder()
    model = fc.read_model(folder / "model.yaml")
    scenarios = fc.read_scenarios(folder / "scenarios.yaml")
    history = fc.load_kunlun().as_of("2025-08-31").reconcile(model)
    yield "history", {line: history.values(line) for line in history.lines}
    company = fc.calibrate(model, history, opening={"cash": 1_500})
    ranks = np.array([0.1, 0.5, 0.9])
    yield "parameters", {name: one.estimate.ppf(ranks) for name, one in company.parameters.items()}

    base, discipline = scenarios["base"], scenarios["discipline"]
    goal = fc.Goal("net_profit", at_least=0, over="trailing_year", by="2027Q4", probability=0.8)
    asked = {"goal": goal, "seed": SEED, "paths": PATHS}
    runs = fc.simulate(company, scenarios, until="2027Q4", paths=PATHS, seed=SEED)
    yield "paths", runs.series
    for name in runs.names:
        table = {line: runs.quantiles(line, name).iloc[[0, -1]].to_numpy() for line in LINES}
        yield f"quantiles, {name}", table
    yield (
        "latin hypercube",
        fc.simulate(
            company, base, until="2027Q4", paths=PATHS, seed=SEED, keep="net_profit", sampling="latin_hypercube"
        ).series,
    )
    yield "breakeven", fc.breakeven(runs, goal).to_frame()
    yield "runway", fc.runway(runs).to_frame()
    views = fc.condition(runs, fc.View("revenue", at="2026Q4", mean=float(runs.values("revenue")[-5].mean()) * 1.01))
    yield "views", views.weights
    yield "goal seek", fc.goal_seek(company, base, vary="selling.target", **asked).curve
    yield (
        "frontier",
        fc.frontier(company, base, vary=("selling.target", "research_and_development.growth"), **asked).answers,
    )
    yield "bridge", fc.bridge(company, base, discipline, goal, seed=SEED, paths=PATHS).to_frame()
    yield "sensitivity", fc.sensitivity(company, base, **asked).to_frame().select_dtypes("number")
    yield (
        "scan",
        fc.scan(
            company, scenarios, [goal, fc.Mean("net_profit", at="2027Q4")], until="2027Q4", paths=PATHS, seed=SEED
        ).to_frame(),
    )
    yield (
        "summary",
        fc.summarise(company, base, until="2027Q4", paths=2 * PATHS, seed=SEED, lines=["net_profit"])
        .to_frame()
        .select_dtypes("number"),
    )

    shop, plan = small_company()
    small = {
        "goal": fc.Goal("profit", at_least=0, over="quarter", by="2027Q4", probability=0.8),
        "seed": SEED,
        "paths": PATHS,
    }
    yield "least change", fc.least_change(shop, plan, **small).to_frame().select_dtypes("number")
    yield (
        "stress",
        fc.stress(shop, plan.but("leaner", fc.shocks.Set("cost.target", 0.75)), **small)
        .to_frame()
        .select_dtypes("number"),
    )

    quarterly = pd.Series(QUARTERLY, index=pd.period_range("2020Q1", periods=16, freq="Q"), name="revenue")
    yearly = pd.Series(YEARLY, index=pd.period_range("2018", periods=6, freq="Y"), name="profit")
    for name, forecaster in forecasters().items():
        yield f"forecaster {name}", fc.predict(quarterly, 4, forecaster=forecaster, seed=SEED, paths=200).paths
    yield "forecaster default of a loss", fc.predict(yearly, 3, seed=SEED, paths=200).paths
    yield (
        "backtest",
        fc.backtest(quarterly, [fc.forecasters.Theta()], horizon=2, seed=SEED).scores().select_dtypes("number"),
    )


def small_company() -> tuple[fc.CalibratedModel, fc.Scenario]:
    """A company of three lines, for the questions that take long on a large one."""
    model = fc.Model(
        fc.drivers.Growth(
            "sales",
            growth=fc.assume(fc.normal(0.03, 0.02), because="invented", role="uncertainty"),
            start=100.0,
            volatility=0.05,
            persistence=0.3,
            momentum=0.01,
        ),
        fc.drivers.Ratio("cost", of="sales", target=fc.normal(0.95, 0.05), half_life=3.0, start=1.1, volatility=0.02),
        fc.drivers.Formula("profit = sales - cost"),
    )
    return fc.calibrate(model, first="2026Q1"), fc.Scenario("base")


def forecasters() -> dict[str, object]:
    """The default and each method; ARIMA's and Prophet's optimisers are other libraries', and not kept."""
    f = fc.forecasters
    made = (
        f.RandomWalk(drift=True),
        f.SeasonalNaive(),
        f.MovingAverage(),
        f.Theta(),
        f.ETS(),
        f.Structural(),
    )
    return {"default": None, **{type(one).__name__: one for one in made}}


def numbers(result: object) -> np.ndarray:
    """Every number of a result, in its own order, as one flat array."""
    if isinstance(result, pd.DataFrame | pd.Series):
        return numbers(result.to_numpy())
    if isinstance(result, Mapping):
        parts = [numbers(one) for one in result.values()]
    elif dataclasses.is_dataclass(result):
        parts = [numbers(getattr(result, field.name)) for field in dataclasses.fields(result)]
    elif isinstance(result, np.ndarray) and result.dtype != object:
        return result.astype(float).ravel()
    elif isinstance(result, tuple | list | np.ndarray):
        parts = [numbers(one) for one in result]
    else:
        real = isinstance(result, int | float | np.number) and not isinstance(result, bool)
        return np.array([float(result)] if real else [])
    return np.concatenate(parts) if parts else np.empty(0)


def kept(found: np.ndarray) -> list[float]:
    """What the file keeps of a stage: all of up to 120 numbers, else their count, mean, spread, ends and every n-th."""
    if found.size <= 120:
        return found.tolist()
    known = found[np.isfinite(found)]
    ends = [found.size, known.size, known.mean(), known.std(), known.min(), known.max()]
    return [*map(float, ends), *found[:: -(-found.size // 60)].tolist()]


def run() -> dict[str, np.ndarray]:
    """Every stage's numbers."""
    found = {}
    for name, result in stages():
        found[name] = numbers(result)
        assert found[name].size, name
    return found


def compared(found: Mapping[str, list[float]], golden: Mapping[str, list[float]]) -> dict[str, float]:
    """The largest relative difference by stage; infinite where one is missing or has another length."""
    worst = {}
    for name in sorted({*found, *golden}):
        here, there = (np.array(one.get(name, []), dtype=float) for one in (found, golden))
        if here.shape != there.shape or (np.isfinite(here) != np.isfinite(there)).any():
            worst[name] = np.inf
            continue
        known = np.isfinite(here)
        here, there = here[known], there[known]
        # a number close to zero is held to the usual size of its stage's numbers
        usual = 1e-2 * np.sqrt(np.mean(there**2)) if there.size else 0.0
        scale = np.maximum(np.maximum(np.abs(here), np.abs(there)), usual)
        worst[name] = float(np.max(np.abs(here - there) / np.where(scale > 0, scale, 1.0), initial=0.0))
    return worst


def main() -> None:
    """Print, compare or write."""
    reading = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    reading.add_argument("--write", action="store_true", help="replace golden.json")
    reading.add_argument("--compare", action="store_true", help="say what moved against golden.json")
    reading.add_argument("--save", metavar="FILE", help="write every number to this .npz file")
    said = reading.parse_args()
    found = run()
    if said.save:
        np.savez(said.save, **found)
    short = {name: kept(one) for name, one in found.items()}
    if said.write:
        GOLDEN.write_text(json.dumps(short, indent=0, allow_nan=True) + "\n", encoding="utf-8")
    if said.compare:
        for name, worst in compared(short, json.loads(GOLDEN.read_text(encoding="utf-8"))).items():
            print(f"{name}: {'identical' if worst == 0 else f'{worst:.1e}'}")
        return
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, pandas {pd.__version__}")
    for name, one in found.items():
        print(f"{fingerprint_of(one)[:16]}  {name} ({one.size:,} numbers)")


if __name__ == "__main__":
    main()
