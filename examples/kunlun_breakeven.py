"""When does Kunlun Tech break even, and how fast must its ARR turn into revenue for it?"""

import forecast as fc

folder = fc.kunlun_folder()
facts = fc.load_kunlun()
model = fc.read_model(folder / "model.yaml")
scenarios = fc.read_scenarios(folder / "scenarios.yaml")

# Only what was public on 31 August 2025. Cash was last reported for 2024Q3 (2,340); see data/kunlun/README.md.
history = facts.as_of("2025-08-31").reconcile(model)
company = fc.calibrate(model, history, opening={"cash": 1_500})
print("Kunlun Tech (300418.SZ), million CNY; * derived from other figures, ~ estimated\n")
print(history.table(last=8, lines=["revenue", "research_and_development", "selling", "net_profit"]), "\n")

runs = fc.simulate(company, scenarios, until="2029Q4", paths=10_000, seed=7)
goal = fc.Goal("net_profit", at_least=0, over="trailing_year", by="2027Q4", probability=0.8)
result = fc.breakeven(runs, goal)
print(result)
shortage = fc.breakeven(runs, fc.Goal("cash", at_most=0, over="quarter"))
chances = ", ".join(f"{name} {shortage.probability(name, '2027Q4'):.0%}" for name in ("base", "discipline"))
print(f"Without new funds cash runs out by 2027Q4 with probability: {chances}\n")

# How fast must the ARR of short drama convert? If that cannot do it: what must the selling ratio become?
for lever in ("drama_revenue.half_life", "selling.target"):
    print(fc.goal_seek(company, scenarios["base"], vary=lever, goal=goal, paths=10_000, seed=7), "\n")

fc.plot_overview(runs, result, since="2021Q4", path="kunlun_breakeven.png")
print("Picture: kunlun_breakeven.png")
