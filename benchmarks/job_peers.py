"""Other modelling libraries on the shared speed job, arrays as values: run by an interpreter that has them.

Prints one line of JSON a library: seconds of the library and of the job's own hand-written NumPy by turns in one
process, whether the probabilities are the reference's, and the peak of memory. Knows nothing of ``forecast``.
"""

from __future__ import annotations

import importlib.util
import json
import resource
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from race import raced

SEGMENTS = ("core", "cloud", "serv")


def job_of(path: str) -> Any:
    """The module with the job's definition."""
    specification = importlib.util.spec_from_file_location("job", path)
    assert specification is not None
    assert specification.loader is not None
    job = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(job)
    return job


def peak_memory() -> float:
    """MB at the peak of this process; ``ru_maxrss`` of a child would start with what its parent took."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def by_hand(job: Any, draws: Any) -> dict[str, Any]:
    """The job's steps with its draws given, keeping the two lines that it is asked for."""
    found = {}
    for name in job.SCENARIOS:
        p, state, net, cash = job.params(name), None, [], []
        for t in range(job.Q):
            state = job.step(p, draws, t, state)
            net.append(state["net_profit"])
            cash.append(state["cash"])
        found[name] = job.summarise(np.array(net), np.array(cash))
    return found


def by_hand_keeping_all(job: Any, draws: Any) -> dict[str, Any]:
    """The same with every line kept under every scenario."""
    found, kept = {}, {}
    for name in job.SCENARIOS:
        p, state = job.params(name), None
        lines = kept[name] = {item: np.empty((job.Q, job.N)) for item in job.ITEMS}
        for t in range(job.Q):
            state = job.step(p, draws, t, state)
            for item in job.ITEMS:
                lines[item][t] = state[item]
        found[name] = job.summarise(lines["net_profit"], lines["cash"])
    return found


def formulas() -> dict[str, str]:
    """The job's lines as functions of t, in the form that modelx reads; pyproforma gets the same by other brackets."""
    lines = {}
    for k in SEGMENTS:
        lines[f"g_{k}"] = (
            f"p['{k}_mu'] + p['{k}_phi'] * ((p['{k}_mu'] if t == 0 else g_{k}(t - 1)) - p['{k}_mu']) "
            f"+ p['{k}_sig'] * d['e_{k}'][t]"
        )
        lines[f"rev_{k}"] = f"(p['{k}0'] if t == 0 else rev_{k}(t - 1)) * (1 + g_{k}(t))"
    logistic = "1 / (1 + np.exp(-p['arr_k'] * ({} - p['arr_mid'])))"
    lines |= {
        "arr_open": "p['arr0'] if t == 0 else arr_close(t - 1)",
        "arr_new": f"d['cap'] * p['cap_mult'] * ({logistic.format('t + 1')} - {logistic.format('t')}) "
        "* np.exp(p['arr_noise'] * d['e_arr'][t] - 0.5 * p['arr_noise'] ** 2)",
        "arr_churn": "d['churn'] * p['churn_mult'] * arr_open(t)",
        "arr_close": "arr_open(t) + arr_new(t) - arr_churn(t)",
        "conv": "p['conv_max'] / (1 + np.exp(-p['conv_k'] * (t - d['mid'] - p['shift_mid'])))",
        "rev_ai": "(arr_open(t) + arr_close(t)) * 0.125 * conv(t)",
        "rev_total": "rev_core(t) + rev_cloud(t) + rev_serv(t) + rev_ai(t)",
        "cogs_core": "p['cogs_core_pct'] * (rev_core(t) + rev_cloud(t) + rev_serv(t))",
        "cogs_ai": "p['gpu_fixed'] + p['cogs_ai_pct'] * rev_ai(t)",
        "gross_profit": "rev_total(t) - cogs_core(t) - cogs_ai(t)",
        "rd": "(p['rd0'] if t == 0 else rd(t - 1)) * (1 + p['rd_mu'] + p['rd_sig'] * d['e_rd'][t])",
        "selling": "np.maximum(p['sell_pct'] * rev_total(t), p['sell_floor'])",
        "ga": "(p['ga0'] if t == 0 else ga(t - 1)) * (1 + p['ga_g'])",
        "opex": "rd(t) + selling(t) + ga(t)",
        "ebit": "gross_profit(t) - opex(t)",
        "cash_before": "p['cash0'] if t == 0 else cash(t - 1)",
        "interest": "np.where(cash_before(t) > 0, p['rate_cash'], p['rate_debt']) * cash_before(t)",
        "pretax": "ebit(t) + interest(t)",
        "nol_before": "p['nol0'] if t == 0 else nol(t - 1)",
        "tax": "p['tax'] * np.maximum(pretax(t) - nol_before(t), 0.0)",
        "nol": "np.maximum(nol_before(t) - pretax(t), 0.0)",
        "net_profit": "pretax(t) - tax(t)",
        "cash": "cash_before(t) + net_profit(t)",
    }
    return lines


def in_modelx(job: Any, draws: Any, folder: Path) -> dict[str, Callable[[], dict[str, Any]]]:
    """Cells over arrays with a space a scenario, and the same model exported to plain Python."""
    import modelx

    model = modelx.new_model("Job")
    space = model.new_space("Statement")
    space.every = {name: job.params(name) for name in job.SCENARIOS}
    space.d, space.np = draws, np
    space.parameters = ("scenario",)
    space.new_cells("p", formula="lambda: every[scenario]")
    for name, text in formulas().items():
        space.new_cells(name, formula=f"lambda t: {text.replace('p[', 'p()[')}")
    model.export(folder / "exported_job")
    sys.path.insert(0, str(folder))

    def run(statement: Any) -> dict[str, Any]:
        found = {}
        for name in job.SCENARIOS:
            one = statement[name]
            net = np.array([one.net_profit(t) for t in range(job.Q)])
            found[name] = job.summarise(net, np.array([one.cash(t) for t in range(job.Q)]))
        return found

    def cells() -> dict[str, Any]:
        space.clear_items()
        return run(space)

    def exported() -> dict[str, Any]:
        statement = importlib.import_module("exported_job").Job.Statement
        found = run(statement)
        for name in job.SCENARIOS:
            del statement[name]
        return found

    return {"modelx, cells over arrays": cells, "modelx, exported to plain Python": exported}


def in_pyproforma(job: Any, draws: Any) -> dict[str, Callable[[], dict[str, Any]]]:
    """Formula lines over arrays, a model a scenario."""
    import re

    from pyproforma import FormulaLine, ProformaModel

    def model(p: dict[str, float]) -> type:
        body: dict[str, Any] = {"__module__": __name__}
        for name, text in formulas().items():
            code = re.sub(r"\b(\w+)\((t(?: - 1)?)\)", r"li.\1[\2]", text)
            # the text is this file's own
            body[name] = FormulaLine(formula=eval(f"lambda li, t: {code}", {"p": p, "d": draws, "np": np}))
        return type("Job", (ProformaModel,), body)

    def lines() -> dict[str, Any]:
        found = {}
        for name in job.SCENARIOS:
            made = model(job.params(name))(periods=list(range(job.Q)))
            net = np.array([made["net_profit"][t] for t in range(job.Q)])
            found[name] = job.summarise(net, np.array([made["cash"][t] for t in range(job.Q)]))
        return found

    return {"pyproforma, lines over arrays": lines}


def main(path: str, which: str, rounds: int, folder: str) -> None:
    """Time one library; without rounds run it once, for the peak of memory."""
    job = job_of(path)
    draws = job.draws()
    ways = in_pyproforma(job, draws) if which.startswith("pyproforma") else in_modelx(job, draws, Path(folder))
    way = ways[which]
    found = way()
    package, _, idiom = which.partition(", ")
    said: dict[str, Any] = {"what": f"{package} {version(package)}, {idiom}", "peak": peak_memory()}
    said["equal"] = found == job.reference()
    if rounds:
        race = raced(which, way, lambda: by_hand(job, draws), rounds)
        said |= {"library": race.library, "other": race.other}
        said |= {"library_processor": race.library_processor, "other_processor": race.other_processor}
    print(json.dumps(said))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
