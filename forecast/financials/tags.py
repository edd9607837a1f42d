"""Tags: which line of this library each tag of the US-GAAP and IFRS taxonomies is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from forecast.errors import ForecastError, did_you_mean
from forecast.lines import check_name

TAXONOMIES = ("us-gaap", "ifrs-full", "dei")
"""Where a tag that is written without its taxonomy is looked for."""

LINES = {
    "revenue": (
        *("us-gaap:Revenues", "us-gaap:RevenueFromContractWithCustomerExcludingAssessedTax"),
        *("us-gaap:RevenueFromContractWithCustomerIncludingAssessedTax", "us-gaap:SalesRevenueNet"),
        *("ifrs-full:Revenue", "ifrs-full:RevenueFromContractsWithCustomers"),
    ),
    "cost": (
        *("us-gaap:CostOfRevenue", "us-gaap:CostOfGoodsAndServicesSold", "us-gaap:CostOfGoodsSold"),
        "ifrs-full:CostOfSales",
    ),
    "gross_profit": ("us-gaap:GrossProfit", "ifrs-full:GrossProfit"),
    "research_and_development": (
        *("us-gaap:ResearchAndDevelopmentExpense",),
        "us-gaap:ResearchAndDevelopmentExpenseExcludingAcquiredInProcessCost",
        "ifrs-full:ResearchAndDevelopmentExpense",
    ),
    "selling": (
        *("us-gaap:SellingAndMarketingExpense", "us-gaap:SellingExpense"),
        *("ifrs-full:SalesAndMarketingExpense", "ifrs-full:DistributionCosts"),
    ),
    "administration": (
        "us-gaap:GeneralAndAdministrativeExpense",
        *("ifrs-full:GeneralAndAdministrativeExpense", "ifrs-full:AdministrativeExpense"),
    ),
    "selling_and_administration": (
        *("us-gaap:SellingGeneralAndAdministrativeExpense", "ifrs-full:SellingGeneralAndAdministrativeExpense"),
    ),
    "operating_profit": ("us-gaap:OperatingIncomeLoss", "ifrs-full:ProfitLossFromOperatingActivities"),
    "income_tax": ("us-gaap:IncomeTaxExpenseBenefit", "ifrs-full:IncomeTaxExpenseContinuingOperations"),
    "net_profit_total": ("us-gaap:ProfitLoss", "ifrs-full:ProfitLoss"),
    "net_profit": ("us-gaap:NetIncomeLoss", "ifrs-full:ProfitLossAttributableToOwnersOfParent"),
    "operating_cash_flow": (
        *("us-gaap:NetCashProvidedByUsedInOperatingActivities", "ifrs-full:CashFlowsFromUsedInOperatingActivities"),
    ),
    "capital_expenditure": (
        *("us-gaap:PaymentsToAcquirePropertyPlantAndEquipment", "us-gaap:PaymentsToAcquireProductiveAssets"),
        "ifrs-full:PurchaseOfPropertyPlantAndEquipmentClassifiedAsInvestingActivities",
    ),
    "cash": ("us-gaap:CashAndCashEquivalentsAtCarryingValue", "ifrs-full:CashAndCashEquivalents"),
    "total_assets": ("us-gaap:Assets", "ifrs-full:Assets"),
    "total_liabilities": ("us-gaap:Liabilities", "ifrs-full:Liabilities"),
    "equity": ("us-gaap:StockholdersEquity", "ifrs-full:EquityAttributableToOwnersOfParent"),
    "shares": (
        *("us-gaap:CommonStockSharesOutstanding", "dei:EntityCommonStockSharesOutstanding"),
        "ifrs-full:NumberOfSharesOutstanding",
    ),
    "diluted_shares": (
        *("us-gaap:WeightedAverageNumberOfDilutedSharesOutstanding", "ifrs-full:AdjustedWeightedAverageShares"),
    ),
    "eps": ("us-gaap:EarningsPerShareBasic", "ifrs-full:BasicEarningsLossPerShare"),
    "eps_diluted": ("us-gaap:EarningsPerShareDiluted", "ifrs-full:DilutedEarningsLossPerShare"),
}
"""The tags of each line, the most telling first: where one filing has several for a period, the first counts.

``net_profit`` is what belongs to the shareholders, ``net_profit_total`` includes the minorities.
Source: the element names of the US-GAAP, DEI and IFRS taxonomies.
"""


@dataclass(frozen=True, slots=True)
class Tag:
    """The line of a tag, and its rank among the tags of that line; 0 comes first."""

    line: str
    rank: int


def choose_tags(
    present: Iterable[str], mapping: Mapping[str, str | None], problems: list[str]
) -> tuple[dict[str, Tag], frozenset[str]]:
    """The line of every tag that is one, and the tags that the mapping says are none.

    ``mapping`` maps a tag (``us-gaap:Revenues``, or ``Revenues`` in any of ``TAXONOMIES``) to a line, or to None to
    leave it out. Its tags come before those of ``LINES``, in its order. A tag that no filing has is refused.
    """
    there = set(present)
    own: dict[str, str | None] = {}
    for name, line in mapping.items():
        full = [name] if ":" in name else [f"{taxonomy}:{name}" for taxonomy in TAXONOMIES]
        found = [tag for tag in full if tag in there]
        if not found:
            near = did_you_mean(name, there if ":" in name else {tag.partition(":")[2] for tag in there})
            problems.append(f"the mapping names the tag {name!r}, which is not in the file. {near}")
        if line is not None:
            try:
                check_name(line)
            except ForecastError as error:
                problems.append(f"the mapping of {name!r}: {error}")
                continue
        own |= dict.fromkeys(found, line)
    tags: dict[str, Tag] = {}
    for line in {**dict.fromkeys(line for line in own.values() if line), **LINES}:
        first = [tag for tag, mapped in own.items() if mapped == line]
        then = [tag for tag in LINES.get(line, ()) if tag in there and tag not in own]
        tags |= {tag: Tag(line, rank) for rank, tag in enumerate((*first, *then))}
    return tags, frozenset(tag for tag, line in own.items() if line is None)
