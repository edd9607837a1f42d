"""The reference company under two statements about its fiscal 2026, and how far its scenarios lie from the base."""

import numpy as np
import pytest

import forecast as fc
from forecast.analysis.distance import plausibility
from forecast.analysis.guidance import condition
from forecast.analysis.view import View


@pytest.fixture(scope="module")
def runs():
    folder = fc.kunlun_folder()
    model = fc.read_model(folder / "model.yaml")
    history = fc.load_kunlun().as_of("2025-08-31").reconcile(model)
    company = fc.calibrate(model, history, opening={"cash": 1500})
    return fc.simulate(company, fc.read_scenarios(folder / "scenarios.yaml"), until="2029Q4", paths=2000, seed=7)


def test_two_statements_about_fiscal_2026(runs):
    views = [
        View("revenue", over="fiscal_year", at="2026Q4", at_least=8_000, probability=0.7),
        View("search_revenue", over="fiscal_year", at="2026Q4", growth=True, mean=0.10),
    ]
    seen = condition(runs, views)
    revenue = runs.fiscal_years("revenue").loc[2026].to_numpy()
    search = runs.fiscal_years("search_revenue")
    growth = (search.loc[2026] / search.loc[2025] - 1).to_numpy()
    assert seen.weights.sum() == pytest.approx(1)
    assert seen.weights[revenue >= 8_000].sum() == pytest.approx(0.7, abs=1e-8)
    assert seen.weights @ growth == pytest.approx(0.10, abs=1e-8)
    # of the exponential family: the log of the weights is linear in what the views are about
    design = np.column_stack([np.ones(runs.paths), revenue >= 8_000, growth])
    left = np.linalg.lstsq(design, np.log(seen.weights), rcond=None)[1]
    assert float(left[0]) < 1e-12
    assert 100 < seen.effective_paths < seen.views.entropy_paths < 2000


def test_how_far_the_scenarios_lie_from_the_base(runs):
    found = plausibility(runs)
    assert list(found.distances) == list(runs.names[1:])
    assert found.distances["discipline"].lines == ("selling", "research_and_development")
    for scenario, distance in found.distances.items():
        stated = [s.relative_entropy for s in found.standings[scenario] if s.line in distance.lines]
        assert distance.relative_entropy >= max(stated) - 1e-9
