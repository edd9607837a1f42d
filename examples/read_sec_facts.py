"""How do I read what a company filed with the SEC, fourth quarters and restatements included?

For a real company download https://data.sec.gov/api/xbrl/companyfacts/CIK##########.json (ten digits, with leading
zeros; the SEC asks for a name and an address of mail in the request) and give that file. This one is invented.
"""

from pathlib import Path

import forecast as fc
from forecast.financials.reading import unread

FILE = Path(__file__).parent / "files" / "company_facts.json"

facts = fc.read_financials(FILE)
print(f"{len(facts.facts)} facts of {', '.join(facts.lines)}")
print(f"The fiscal year ends in month {facts.fiscal_year_end}.\n")
print("Not read:")
for one in unread(FILE):
    print(" ", one)

print("\nRevenue of fiscal 2018, first filed and restated:")
for fact in sorted(facts.facts, key=lambda fact: fact.published):
    if fact.line == "revenue" and fact.period == "2018":
        print(f"  {fact.value:.1f} million USD, published {fact.published}: {fact.note}")

history = facts.as_of("2018-12-31").reconcile()
print("\nAs it was known at the end of 2018, million USD; * follows from other figures (year less nine months)")
print(history.table(last=4, lines=["revenue", "research_and_development", "net_profit", "operating_cash_flow"]))
