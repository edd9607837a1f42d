"""Accounts: what a reconciliation needs to know of a model, and nothing else of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from forecast.lines import Identity, Line


@runtime_checkable
class Accounts(Protocol):
    """Lines and the linear identities among them; a ``Model`` is one."""

    @property
    def lines(self) -> Mapping[str, Line]:
        """The lines by name."""

    @property
    def identities(self) -> tuple[Identity, ...]:
        """The identities that hold in every quarter."""
