"""Financials: facts as reported, and the one quarterly history that fits them best."""

from forecast.financials.accounts import Accounts as Accounts
from forecast.financials.disaggregation import Disaggregation as Disaggregation
from forecast.financials.disaggregation import disaggregate as disaggregate
from forecast.financials.facts import Fact as Fact
from forecast.financials.facts import Financials as Financials
from forecast.financials.facts import SetAside as SetAside
from forecast.financials.facts import Source as Source
from forecast.financials.history import Contradiction as Contradiction
from forecast.financials.history import History as History
from forecast.financials.history import LineHistory as LineHistory
from forecast.financials.rates import ExchangeRate as ExchangeRate
from forecast.financials.rates import Rates as Rates
from forecast.financials.reading import read_financials as read_financials
from forecast.financials.reading import unread as unread
from forecast.financials.related import Related as Related
from forecast.financials.taxonomy import Mapping as Mapping
from forecast.financials.taxonomy import Part as Part
from forecast.financials.unread import Unread as Unread
