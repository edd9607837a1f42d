"""The explorer in JupyterLab in a real browser: shown it is untouched, and what a slider does is seen."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.reporting.chromium import open_chromium

PATIENCE = 240
"""Seconds until a step counts as failed; on a quiet machine all of them take about half a minute."""
CELL = """
import forecast as fc
from forecast.reporting.explorer import explore
model = fc.Model(
    fc.drivers.Path("sales", value=fc.assume(fc.normal(0.0037, 1), role="lever", low=-5, high=5)),
    fc.drivers.Formula("net_profit = sales - 0.5"),
)
explore(fc.calibrate(model, first="2026Q1", horizon=8), seed=0)
"""
TOKEN = "none-but-this-test"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab with a home of its own and one notebook; its address."""
    pytest.importorskip("jupyterlab", reason="no jupyterlab; pip install 'forecast-scenarios[lab]'")
    pytest.importorskip("ipywidgets")
    home = tmp_path_factory.mktemp("lab")
    cell = {"cell_type": "code", "id": "one", "metadata": {}, "source": CELL, "outputs": [], "execution_count": None}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = {"cells": [cell], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    (home / "shown").mkdir()
    (home / "shown" / "one.ipynb").write_text(json.dumps(notebook))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = ("HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    root = str(Path(__file__).parents[2])
    places = {name: str(home / name.lower()) for name in (*own, "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"]
    command += [f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={home / 'shown'}"]
    with (home / "log").open("w") as log:
        server = subprocess.Popen(
            command, env={**os.environ, **places, "PYTHONPATH": root}, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        until(lambda: answers(f"http://127.0.0.1:{port}/api?token={TOKEN}"), "the server does not answer")
        yield f"http://127.0.0.1:{port}/doc/tree/one.ipynb?token={TOKEN}"
    finally:
        server.kill()
        server.wait()


@pytest.fixture(scope="module")
def browser(lab, tmp_path_factory):
    """The notebook opened and its cell run, up to the explorer's sentence."""
    from selenium.webdriver import ActionChains, Keys

    found = open_chromium(tmp_path_factory.mktemp("profile"))
    try:
        found.get(lab)
        idle = ".jp-Notebook-ExecutionIndicator[data-status=idle]"
        until(lambda: shown(found, idle), "the kernel does not start")
        until(lambda: clicked(found, ".jp-Notebook .cm-content"), "the cell cannot be clicked")
        ActionChains(found).key_down(Keys.SHIFT).send_keys(Keys.ENTER).key_up(Keys.SHIFT).perform()
        until(lambda: shown(found, "p[role=status]") and shown(found, ".noUi-handle"), "the explorer is not shown")
        yield found
    finally:
        found.quit()


def answers(address):
    try:
        with urllib.request.urlopen(address, timeout=5):
            return True
    except OSError:
        return False


def until(true, otherwise):
    """Wait for something; an error that says what did not happen."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"{otherwise} within {PATIENCE} seconds"
        time.sleep(0.05)


def shown(browser, selector):
    return browser.find_elements("css selector", selector)


def clicked(browser, selector):
    """Whether the first of them was there to be clicked."""
    from selenium.common.exceptions import WebDriverException

    try:
        shown(browser, selector)[0].click()
    except (IndexError, WebDriverException):
        return False
    return True


def said(browser):
    """The sentence, read in one go: each move puts another element in its place."""
    return browser.execute_script("return document.querySelector('p[role=status]').textContent")


def curve(browser):
    return browser.execute_script("return document.querySelector('.jupyter-widgets svg').outerHTML")


def test_a_slider_is_untouched_until_it_is_moved_and_what_it_does_is_seen(browser):
    """The median 0.0037 lies between two steps of 0.1: the browser's own rounding of it must not count as a move."""
    from selenium.webdriver import Keys

    time.sleep(1)  # what a browser reports back by itself would be here by now
    as_drawn, picture = said(browser), curve(browser)
    assert as_drawn.startswith("net_profit over the fiscal year >= 0 by 2027Q4: ")
    assert as_drawn.endswith("in scenario 'base'.")
    slider = shown(browser, ".noUi-handle")[0]
    slider.send_keys(Keys.END)
    until(lambda: said(browser) != as_drawn, "the sentence does not follow the slider")
    assert ": 100.0% of 2,000 paths" in said(browser)
    assert " with sales.value = 5; " in said(browser)
    until(lambda: curve(browser) != picture, "the picture does not follow the slider")
    shown(browser, ".jupyter-widgets button")[0].click()
    until(lambda: said(browser) == as_drawn, "the button does not bring the scenario back")
    until(lambda: curve(browser) == picture, "the button does not bring the picture back")
    slider.send_keys(Keys.ARROW_RIGHT)
    until(lambda: " with sales.value = 0.1; " in said(browser), "the sliders do not work after the button")
