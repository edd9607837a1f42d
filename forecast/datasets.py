"""The reference company that ships with the library: Kunlun Tech (300418.SZ), 2014 to mid-2025."""

from __future__ import annotations

from pathlib import Path

from forecast.financials import Financials, read_financials


def kunlun_folder() -> Path:
    """The folder with facts.csv, fx.csv, sources.csv, events.csv, model.yaml and scenarios.yaml.

    In an installed wheel it lies inside the package; in a checkout it is ``data/kunlun``.
    """
    inside = Path(__file__).parent / "data" / "kunlun"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "data" / "kunlun"


def load_kunlun() -> Financials:
    """Every reported figure of Kunlun Tech, each with its source."""
    # Some installers lay the files of a package as links into a store of their own: there they are read.
    return read_financials((kunlun_folder() / "facts.csv").resolve().parent)
