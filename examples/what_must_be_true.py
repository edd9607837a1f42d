"""What would have to be true for Kunlun Tech to break even, and how far can the answer be trusted?"""

import forecast as fc

folder = fc.kunlun_folder()
model = fc.read_model(folder / "model.yaml")
scenarios = fc.read_scenarios(folder / "scenarios.yaml")
history = fc.load_kunlun().as_of("2025-08-31").reconcile(model)
company = fc.calibrate(model, history, opening={"cash": 1_500})
base, discipline = scenarios["base"], scenarios["discipline"]
goal = fc.Goal("net_profit", at_least=0, over="trailing_year", by="2027Q4", probability=0.8)

# What must never be otherwise, whatever the numbers.
fc.check_reality(
    company, fc.read_checks(folder / "checks.yaml"), until="2027Q4", paths=200, seed=7, extremes=False
).raise_if_failed()

# What makes the difference between the two scenarios?
result = fc.bridge(company, base, discipline, goal, seed=7)
print(result, "\n")
fc.plot_bridge(result, path="kunlun_bridge.png")

# Selling less, or slower research: which pairs reach the goal, and which joint change is the smallest?
trade = fc.frontier(company, base, vary=("selling.target", "research_and_development.growth"), goal=goal, seed=7)
print(trade, "\n")
fc.plot_frontier(trade, path="kunlun_frontier.png")
print(fc.least_change(company, base, goal=goal, seed=7), "\n")

# Break even, and never run out of cash on the way.
solvent = fc.Goal("cash", at_least=0, over="quarter", by="2027Q4", always=True)
print(fc.goal_seek(company, base, vary="selling.target", goal=[goal, solvent], between=(0.16, 0.6), seed=7), "\n")

# What would break the disciplined plan, and what is worth knowing before choosing it? (2,000 and 800: examples)
print(fc.stress(company, discipline, goal=goal, seed=7), "\n")
payoff = fc.Payoff(goal, worth=2_000, costs={"discipline": 800})
print(fc.value_of_information(company, [base, discipline], payoff=payoff, seed=7), "\n")

# Which uncertainties matter most, and how far can all this be trusted?
print(fc.sensitivity(company, base, goal=goal, seed=7), "\n")
runs = fc.simulate(company, scenarios, until="2027Q4", seed=7)
print(fc.plausibility(runs, lines=["revenue", "net_profit"]), "\n")
print(fc.honesty(runs, goal, scenario="discipline"))
