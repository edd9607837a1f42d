"""How do I read my own spreadsheet, with lines in rows and quarters in columns?"""

from pathlib import Path

import forecast as fc
from forecast.financials.reading import unread

SHEET = Path(__file__).parent / "files" / "analyst_model.xlsx"  # an invented company

income = {
    "sheet": "P&L",
    "mapping": {
        "Products": "products_revenue",
        "Services": "services_revenue",
        "Total revenue": "revenue",
        "Cost of sales": "-cost",  # the sheet shows costs in parentheses; here costs are positive
        "Gross margin": {"line": "gross_profit", "unit": "percent_of:revenue"},
        "R&D": "research_and_development",
        "Net profit": "net_profit",
    },
    "currency": "EUR",
    "published_after": 45,  # days after the end of each period; a date, or a date a period, if you know them
    "leave_out": ["Note", "yoy %"],
}
facts = fc.read_financials(SHEET, **income)
print(f"{len(facts.facts)} facts of {', '.join(facts.lines)}\n")
print("Not read:")
for one in unread(SHEET, **income):
    print(" ", one)

history = facts.reconcile()
print("\nmillion EUR; * follows from other figures, ~ estimated")
print(history.table(last=8, lines=["revenue", "cost", "gross_profit", "research_and_development", "net_profit"]))

# What is not mapped is refused, not dropped.
try:
    fc.read_financials(SHEET, **income | {"leave_out": ["Note"]})
except fc.ForecastError as error:
    print(f"\n{error}")
