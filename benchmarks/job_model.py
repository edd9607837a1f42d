"""The shared speed job as a model of public drivers, its scenarios as shocks and its random numbers as draws."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import forecast as fc
from forecast.distributions import Array
from forecast.drivers import Formula, Growth, Path
from forecast.model import CalibratedModel
from forecast.shocks import Add, Scale, Set

FIRST, UNTIL = "2026Q1", "2030Q4"

NAMES = {
    **{f"g_{segment}": f"rev_{segment}.rate" for segment in ("core", "cloud", "serv")},
}
"""What the job calls a line, where the model calls it otherwise: the rate of growth is what Growth records."""


def growth(line: str, p: Mapping[str, float], key: str) -> Growth:
    """A segment that starts with its mean growth; the job states no floor, and Growth's of -95 % is never met."""
    return Growth(
        line,
        growth=p[f"{key}_mu"],
        momentum=p[f"{key}_mu"],
        persistence=p.get(f"{key}_phi", 0.0),
        volatility=p[f"{key}_sig"],
        start=p[f"{key}0"],
    )


def job_company(p: Mapping[str, float]) -> CalibratedModel:
    """The company of the job; ``p`` are its parameters without a scenario."""
    curve = f"1 / (1 + exp(-{p['arr_k']} * (quarter{{}} - {p['arr_mid']})))"
    drivers = (
        *(growth(f"rev_{segment}", p, segment) for segment in ("core", "cloud", "serv")),
        Growth("rd", growth=p["rd_mu"], momentum=p["rd_mu"], persistence=0.0, volatility=p["rd_sig"], start=p["rd0"]),
        Formula("quarter = quarter[-1] + 1"),
        Formula(f"adopted = {curve.format(' + 1')} - {curve.format('')}", kind="rate"),
        Path("market", value=fc.lognormal(1_100, 0.25), kind="stock"),
        Path("midpoint", value=fc.normal(8.0, 1.5), kind="rate"),
        Path("churn", value=fc.beta(8.0, 192.0), kind="rate"),
        Path("surprise", noise=fc.normal(0.0, 1.0), kind="rate"),
        Formula(f"luck = exp({p['arr_noise']} * surprise - {0.5 * p['arr_noise'] ** 2})", kind="rate"),
        Formula("arr_open = arr_close[-1]", kind="stock"),
        Formula("arr_new = market * adopted * luck"),
        Formula("arr_churn = churn * arr_open"),
        Formula("arr_close = arr_open + arr_new - arr_churn", kind="stock"),
        Formula(f"conv = {p['conv_max']} / (1 + exp(-{p['conv_k']} * (quarter - midpoint)))", kind="rate"),
        Formula("rev_ai = (arr_open + arr_close) * 0.125 * conv"),
        Formula("rev_total = rev_core + rev_cloud + rev_serv + rev_ai"),
        Formula(f"cogs_core = {p['cogs_core_pct']} * (rev_core + rev_cloud + rev_serv)"),
        Formula(f"cogs_ai = {p['gpu_fixed']} + {p['cogs_ai_pct']} * rev_ai"),
        Formula("gross_profit = rev_total - cogs_core - cogs_ai"),
        Formula(f"selling = max({p['sell_pct']} * rev_total, {p['sell_floor']})"),
        Formula(f"ga = ga[-1] * (1 + {p['ga_g']})", kind="flow"),
        Formula("opex = rd + selling + ga"),
        Formula("ebit = gross_profit - opex"),
        Formula(f"interest = {p['rate_cash']} * max(cash[-1], 0) + {p['rate_debt']} * min(cash[-1], 0)"),
        Formula("pretax = ebit + interest"),
        Formula(f"tax = {p['tax']} * max(pretax - nol[-1], 0)"),
        Formula("nol = max(nol[-1] - pretax, 0)"),
        Formula("net_profit = pretax - tax"),
        Formula("cash = cash[-1] + net_profit"),
    )
    opening = {"quarter": -1, "arr_close": p["arr0"], "ga": p["ga0"], "cash": p["cash0"], "nol": p["nol0"]}
    return fc.calibrate(fc.Model(*drivers), opening=opening, first=FIRST)


SHOCKS = {
    **{
        f"{key}_mu": lambda value, line=line: (Set(f"{line}.growth", value), Set(f"{line}.momentum", value))
        for key, line in (("core", "rev_core"), ("cloud", "rev_cloud"), ("serv", "rev_serv"), ("rd", "rd"))
    },
    "shift_mid": lambda value: (Add("midpoint.value", value),),
    "churn_mult": lambda value: (Scale("churn.value", value),),
    "cap_mult": lambda value: (Scale("market.value", value),),
}
"""The shocks that stand for another value of one of the job's parameters."""


def job_scenarios(changes: Mapping[str, Mapping[str, float]]) -> list[fc.Scenario]:
    """The job's scenarios; ``changes`` are the parameters that each one sets."""
    return [
        fc.Scenario(name, *(shock for key, value in changed.items() for shock in SHOCKS[key](value)))
        for name, changed in changes.items()
    ]


def job_draws(d: Mapping[str, Array]) -> dict[str, Any]:
    """The job's random numbers under the names of the library's streams and parameters."""
    return {
        "noise/rev_core.error": d["e_core"],
        "noise/rev_cloud.error": d["e_cloud"],
        "noise/rev_serv.error": d["e_serv"],
        "noise/surprise.error": d["e_arr"],
        "noise/rd.error": d["e_rd"],
        "market.value": d["cap"],
        "midpoint.value": d["mid"],
        "churn.value": d["churn"],
    }
