"""What readers load on first use, loaded before the clock runs and before the processes part."""

from __future__ import annotations


def preload() -> None:
    import openpyxl
    import statsmodels.api
    import yaml

    import forecast.command.folder
    import forecast.forecasters.predicting

    assert openpyxl
    assert statsmodels.api
    assert yaml
    assert forecast.command.folder
    assert forecast.forecasters.predicting
