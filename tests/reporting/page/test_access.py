"""The page for those who do not see it or use no pointer: axe-core, and the accessibility tree that Chromium makes."""

import time
from pathlib import Path

import pandas as pd
import pytest

import forecast as fc
from forecast.reporting.page import report
from tests.reporting.page.conftest import EVIL
from tests.reporting.page.test_browser import WIDTHS, faint, open_page, run

LONG = "a scenario with a long name " * 6 + "x" * 60
HEBREW = "\u05ea\u05e8\u05d7\u05d9\u05e9 \u202e 2027"
CHINESE = "\u6606\u4ed1\u4e07\u7ef4\uff1a\u5de8\u5934\u8fdb\u5165"


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe-core, from the package that ships it (test extra); its rules of WCAG and of good practice."""
    base = pytest.importorskip("axe_playwright_python.base")
    return Path(base.AXE_FILE_PATH).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory) -> Path:
    """Two goals, a history, and scenarios named in markup, Chinese, Hebrew with a turning mark, and at length."""
    quarters = [f"{year}Q{number}" for year in (2023, 2024) for number in (1, 2, 3, 4)]
    history = fc.History.from_frame(pd.DataFrame({"sales": [90.0, 95, 92, 99, 101, 97, 103, 104]}, index=quarters))
    model = fc.Model(
        fc.drivers.Path(
            "sales", value=fc.assume(fc.normal(100, 8), role="uncertainty", because=f"judgement; {HEBREW}")
        ),
        fc.drivers.Path("rent", value=fc.assume(fc.normal(60, 2), role="lever", low=40, high=80, because=EVIL)),
        fc.drivers.Path("wages", value=fc.assume(35.0, role="lever", low=20, high=50)),
        fc.drivers.Formula("profit = sales - rent - wages"),
        fc.drivers.Formula("cash = cash[-1] + profit"),
        fc.drivers.Path("a_line_" + "very_" * 36 + "long", value=fc.normal(1, 1)),
    )
    company = fc.calibrate(model, history, opening={"cash": 100.0})
    base = fc.Scenario("base")
    others = [base.but(name, fc.shocks.Add("wages", 2.0)) for name in (EVIL, LONG, HEBREW, CHINESE)]
    runs = fc.simulate(company, [base, *others], until="2026Q4", paths=500, seed=7)
    first = fc.Goal("profit", at_least=0, over="quarter", by="2026Q2", probability=0.8)
    goals = fc.Goals((first, fc.Goal("cash", at_least=80, over="quarter", always=True)))
    found = report(runs, goals, title=f"{CHINESE} {HEBREW} {EVIL}")
    return found.save(tmp_path_factory.mktemp("hostile") / "hostile.html")


def violations(browser, axe, *, contrast=True):
    """What axe-core finds wrong; most of its time goes into the contrast of every text with what is drawn behind it."""
    run(browser, axe)
    browser.set_script_timeout(60)
    found = browser.execute_async_script(
        "const done = arguments[1], rules = { 'color-contrast': { enabled: arguments[0] } };"
        "axe.run(document, { resultTypes: ['violations'], rules })"
        ".then((result) => done(result.violations.map((one) => [one.id, one.nodes[0].html.slice(0, 200)])))",
        contrast,
    )
    return [tuple(one) for one in found]


def switch(browser, place):
    """Every box of the page to its entry at ``place``, where it has as many; the number of boxes that were moved."""
    return run(
        browser,
        "let moved = 0; for (const one of document.querySelectorAll('select')) if (arguments[0] < one.options.length) {"
        "one.value = String(arguments[0]); one.dispatchEvent(new Event('change')); moved += 1; } return moved;",
        place,
    )


class Node:
    """A node of the accessibility tree that a screen reader would meet, with those below it."""

    def __init__(self, told, below):
        self.role = told.get("role", {}).get("value", "")
        self.name = (told.get("name", {}).get("value") or "").strip()
        self.properties = {one["name"]: one["value"].get("value") for one in told.get("properties", [])}
        self.below = below

    def all(self):
        yield self
        for one in self.below:
            yield from one.all()


def tree(browser):
    nodes = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    known = {one["nodeId"]: one for one in nodes}

    def read(told):
        below = [node for child in told.get("childIds", []) if child in known for node in read(known[child])]
        return below if told.get("ignored") else [Node(told, below)]

    return list(read(nodes[0])[0].all())


@pytest.mark.parametrize("width", WIDTHS)
class TestAxe:
    def test_it_finds_what_is_wrong(self, browser, page, axe, width):
        """So that silence below means something: two faults are planted."""
        open_page(browser, page, width)
        run(
            browser,
            "document.querySelector('select').closest('label').replaceWith(document.querySelector('select'));"
            "document.querySelector('.small').style.color = '#bbb';",
        )
        assert {"select-name", "color-contrast"} <= {name for name, _ in violations(browser, axe)}

    def test_nothing_is_wrong_in_any_state(self, browser, hostile, axe, width):
        """Closed, and with every box of the page at its second, third, ... entry and every table open.

        Beyond the first state with all open, contrast is that of the colours alone: axe takes long for it.
        """
        open_page(browser, hostile, width)
        assert violations(browser, axe) == []
        run(browser, "document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        for place in (1, 2, 3, 4):
            assert switch(browser, place) > 2
            assert run(browser, "return document.documentElement.scrollWidth") <= width
            assert violations(browser, axe, contrast=place == 1) == [], place
            assert faint(browser) == [], place
        assert browser.get_log("browser") == []


class TestTree:
    def test_headings_are_in_order(self, browser, hostile):
        open_page(browser, hostile)
        levels = [node.properties["level"] for node in tree(browser) if node.role == "heading"]
        assert levels == [1] + [2] * 9

    def test_whatever_can_be_moved_or_read_has_a_name(self, browser, hostile):
        open_page(browser, hostile)
        roles = ("combobox", "slider", "checkbox", "button", "link", "table", "region", "group", "figure", "navigation")
        found = [node for node in tree(browser) if node.role in roles]
        # Chromium gives a details element the role of a group, which its summary names
        nameless = [
            node for node in found if not node.name and "DisclosureTriangle" not in {n.role for n in node.all()}
        ]
        assert {node.role for node in found} >= {"combobox", "slider", "checkbox", "button", "table", "figure"}
        assert [node.role for node in nameless] == []

    def test_every_chart_says_what_it_shows_and_has_its_numbers_in_a_table(self, browser, hostile):
        open_page(browser, hostile)
        run(browser, "document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        figures = [node for node in tree(browser) if node.role == "figure"]
        assert len(figures) == 8
        for figure in figures:
            plots = [node for node in figure.all() if node.role in ("slider", "image") and node.name]
            assert plots, figure.name
            tables = [node for node in figure.all() if node.role == "table"]
            # the steps of the bridge and the bars of the tornado stand in the tables that follow
            assert tables or figure.name.startswith(
                ("From one scenario", "Probability of the goal with each uncertainty")
            )
        names = [node.name for node in tree(browser) if node.role == "table"]
        assert any(name.startswith("From 'base' ") for name in names)
        assert any(name.startswith("All 1 uncertainties") for name in names)

    def test_a_chart_is_a_slider_that_says_its_place(self, browser, page, told):
        from selenium.webdriver import Keys

        open_page(browser, page)
        svg = browser.find_element("css selector", "figure[data-chart='probability'] svg.plot")
        assert svg.get_attribute("aria-valuemax") == "7"
        svg.send_keys(Keys.END)
        svg.send_keys(Keys.ARROW_LEFT)
        share = told.data["probability"]["scenarios"][0]["values"][6]
        plots = [node for node in tree(browser) if node.role == "slider" and node.name.startswith("Probability of the")]
        assert plots
        assert svg.get_attribute("aria-valuenow") == "6"
        assert svg.get_attribute("aria-valuetext").startswith(f"By 2027Q3: base {100 * share:.1f}%")

    def test_a_changed_answer_is_announced(self, browser, page, told):
        open_page(browser, page)
        live = [node for node in tree(browser) if node.properties.get("live") == "polite"]
        assert len(live) == 2  # the verdict of the sliders, and what a box has changed
        said = "return document.getElementById('said').textContent"
        assert run(browser, said) == ""
        figure = "const one = document.querySelector(\"figure[data-chart='fan'] select[data-control='Scenario']\");"
        run(browser, figure + "one.value = '2'; one.dispatchEvent(new Event('change'));")
        fan = told.data["fan"]
        last = fan["quarterly"][2][fan["shown"]][-1]
        assert run(browser, said).startswith(
            "Fan chart of profit, million CNY a quarter, lean; in 2027Q4 the median is "
        )
        assert float(run(browser, said).partition("the median is ")[2].partition(", ")[0]) == pytest.approx(
            last[2], abs=6e-2
        )
        verdict = "return document.querySelector('[data-live=verdict][role=status]').textContent"
        before = run(browser, verdict)
        run(
            browser,
            "const one = document.getElementById('lever-0'); one.value = 0; one.dispatchEvent(new Event('input'));",
        )
        time.sleep(0.15)  # two frames of the browser
        assert run(browser, verdict) != before

    def test_text_that_runs_leftwards_does_not_turn_numbers_around(self, browser, hostile):
        """What is drawn left of what: the share after a Hebrew name stays right of it."""
        open_page(browser, hostile)
        apart = run(
            browser,
            "const row = [...document.querySelectorAll('details summary')]"
            ".find((one) => /^From 'base' .*[\\u0590-\\u05ff]/.test(one.textContent));"
            "const text = row.lastChild, range = document.createRange();"
            "const at = text.textContent.lastIndexOf('%'); range.setStart(text, at); range.setEnd(text, at + 1);"
            "const name = row.querySelector('bdi').getBoundingClientRect(), sign = range.getBoundingClientRect();"
            "return sign.left - name.right;",
        )
        assert apart > 0
        options = run(browser, "return [...document.querySelectorAll('option')].map((one) => one.textContent)")
        assert not [text for text in options if "\u202e" in text]
