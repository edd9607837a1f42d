"""The page in a real browser: it opens alone, its controls work, and what it says is what was computed."""

import dataclasses
import json
import time

import numpy as np
import pytest

import forecast as fc
from forecast.reporting.page import report
from tests.reporting.page.conftest import EVIL

WIDTHS = (1280, 400)


def open_page(browser, path, width=1280, height=900):
    browser.get_log("browser")
    browser.get_log("performance")
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get(path.as_uri())
    return browser


def run(browser, script, *arguments):
    return browser.execute_script(script, *arguments)


def choose(browser, figure, control, place):
    run(
        browser,
        "const figure = document.querySelector(`figure[data-chart='${arguments[0]}']`);"
        "const one = figure.querySelector(`select[data-control='${arguments[1]}']`);"
        "one.value = String(arguments[2]); one.dispatchEvent(new Event('change'));",
        *(figure, control, place),
    )


def faint(browser):
    """Colours of texts and of what is behind them whose contrast is below 4.5 to 1 (WCAG 2.1, 1.4.3)."""
    pairs = run(
        browser,
        """
        const read = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
        const found = new Set();
        for (const one of document.querySelectorAll('body *')) {
          const own = [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
          if (!own || !one.getClientRects().length || one.closest('script, style')) continue;
          const look = getComputedStyle(one), ink = one instanceof SVGElement ? look.fill : look.color;
          let behind = one, ground = null;
          while (behind && !ground) {
            const made = read(getComputedStyle(behind).backgroundColor);
            if (made.length === 3 || made[3] > 0) ground = made;
            behind = behind.parentElement;
          }
          found.add(JSON.stringify([read(ink).slice(0, 3), (ground || [255, 255, 255]).slice(0, 3)]));
        }
        return [...found].map(JSON.parse);
        """,
    )

    def light(colour):
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in np.array(colour) / 255]
        return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))

    def contrast(pair):
        dark, bright = sorted(map(light, pair))
        return (bright + 0.05) / (dark + 0.05)

    assert pairs
    return [pair for pair in pairs if contrast(pair) < 4.5]


def shown_table(browser):
    return run(
        browser,
        "return [...document.querySelectorAll(\"figure[data-chart='fan'] .numbers tbody tr\")]"
        ".map((row) => [...row.children].map((cell) => cell.textContent))",
    )


def words_cut(browser):
    """The texts in charts of which a part lies outside of the chart."""
    return run(
        browser,
        "return [...document.querySelectorAll('svg.plot text')].filter((one) => {"
        "const word = one.getBoundingClientRect(), chart = one.closest('svg').getBoundingClientRect();"
        "return word.left < chart.left - 0.25 || word.right > chart.right + 0.25; }).map((one) => one.textContent)",
    )


def close(shown, value):
    """Whether a number as text is the value, but for the rounding of its last digit."""
    number, digits = float(shown.replace(",", "")), len(shown.partition(".")[2])
    return abs(number - value) <= 0.5000001 * 10.0**-digits


@pytest.mark.parametrize("width", WIDTHS)
class TestOpening:
    def test_it_opens_alone_without_an_error(self, browser, page, width):
        open_page(browser, page, width)
        assert run(browser, "return document.documentElement.dataset.ready") == "yes"
        assert browser.get_log("browser") == []
        assert run(browser, "return performance.getEntriesByType('resource').length") == 0
        events = [json.loads(one["message"])["message"] for one in browser.get_log("performance")]
        asked = [one["params"]["request"]["url"] for one in events if one["method"] == "Network.requestWillBeSent"]
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []

    def test_nothing_is_wider_than_the_window(self, browser, page, width):
        open_page(browser, page, width)
        assert run(browser, "return document.documentElement.scrollWidth") <= width

    def test_every_word_in_a_chart_is_whole(self, browser, page, width):
        open_page(browser, page, width)
        assert words_cut(browser) == []

    def test_the_labels_of_a_frontier_are_apart(self, browser, page, width):
        open_page(browser, page, width)
        boxes = run(
            browser,
            "return [...document.querySelectorAll(\"figure[data-chart='frontier'] svg.plot text\")]"
            ".filter((one) => one.getAttribute('text-anchor') === 'end' && one.textContent.endsWith('%'))"
            ".map((one) => { const box = one.getBoundingClientRect(); "
            "return [box.left, box.right, box.top, box.bottom]; })",
        )
        assert len(boxes) >= 2
        for one, (left, right, top, bottom) in enumerate(boxes):
            for other in boxes[:one]:
                assert other[0] >= right or other[1] <= left or other[2] + 3 >= bottom or other[3] - 3 <= top

    def test_every_chart_is_drawn(self, browser, page, width):
        open_page(browser, page, width)
        kinds = run(
            browser,
            "return [...document.querySelectorAll('figure[data-chart]')].map((one) => [one.dataset.chart, "
            "one.querySelectorAll('svg.plot path, svg.plot rect').length])",
        )
        assert [kind for kind, _ in kinds] == [
            "fan",
            "probability",
            "goal_seek",
            "frontier",
            "live",
            "bridge",
            "tornado",
        ]
        assert all(count > 0 for _, count in kinds)
        labels = run(
            browser,
            "return [...document.querySelectorAll('svg.plot')].map((one) => one.getAttribute('aria-label'))",
        )
        assert all(labels)

    def test_text_in_charts_stays_inside_them(self, browser, page, width):
        open_page(browser, page, width)
        outside = run(
            browser,
            "return [...document.querySelectorAll('svg.plot')].flatMap((svg) => {"
            "const box = svg.getBoundingClientRect();"
            "return [...svg.querySelectorAll('text')].filter((one) => { const own = one.getBoundingClientRect();"
            "return own.left < box.left - 1 || own.right > box.right + 1; }).map((one) => one.textContent); })",
        )
        assert [text for text in outside if EVIL[:20] not in text] == []


class TestNumbers:
    def test_the_answer_is_what_was_computed(self, browser, page, told):
        open_page(browser, page)
        assert run(browser, "return document.getElementById('answer').textContent") == told.answer
        assert run(browser, "return document.title") == told.title

    @pytest.mark.parametrize(("scenario", "line"), [(0, 3), (1, 2), (2, 4)])
    def test_the_fan_follows_line_and_scenario(self, browser, page, runs, told, scenario, line):
        open_page(browser, page)
        fan = told.data["fan"]
        choose(browser, "fan", "Line", line)
        choose(browser, "fan", "Scenario", scenario)
        values = runs.values(fan["lines"][line]["name"], fan["scenarios"][scenario])
        wanted = np.quantile(values, fan["levels"], axis=1).T
        rows = shown_table(browser)
        assert [row[0] for row in rows] == fan["quarters"]
        assert all(
            close(cell, one)
            for row, numbers in zip(rows, wanted, strict=True)
            for cell, one in zip(row[1:], numbers, strict=True)
        )

    def test_fiscal_years_are_sums_on_each_path(self, browser, page, runs):
        open_page(browser, page)
        choose(browser, "fan", "By", 1)
        years = runs.values("profit", "base").reshape(2, 4, -1).sum(axis=1)
        rows = shown_table(browser)
        assert [row[0] for row in rows] == ["2026", "2027"]
        assert close(rows[1][3], np.median(years[1]))

    def test_one_switch_turns_every_chart_over_time(self, browser, page, runs, told):
        open_page(browser, page)
        choose(browser, "probability", "By", 1)
        boxes = "return [...document.querySelectorAll(\"select[data-control='By']\")].map((one) => one.value)"
        assert run(browser, boxes) == ["1", "1", "1"]  # the fan, the probability, the live part; there is no history
        cells = (
            "return [...document.querySelectorAll(`figure[data-chart='${arguments[0]}'] .numbers`)].map((table) => "
            "[...table.querySelectorAll('tbody tr')].map((row) => [...row.children].map((one) => one.textContent)))"
        )
        reached = np.maximum.accumulate(runs.values("profit", "base") >= 0, axis=0).mean(axis=1)
        (rows,) = run(browser, cells, "probability")
        assert [row[0] for row in rows] == ["2026", "2027"]
        assert [row[1].split(" ")[0] for row in rows] == [f"{reached[3]:.1%}", f"{reached[7]:.1%}"]
        shares, fan = run(browser, cells, "live")
        live = told.data["live"]
        shape = [len(one["values"]) for one in live["levers"]]
        start = np.ravel_multi_index([one["values"].index(one["today"]) for one in live["levers"]], shape)
        assert [row[1] for row in shares] == [f"{live['probability'][start][at]:.1%}" for at in (3, 7)]
        # rent and wages at their medians on every path, a year of four quarters, sales as drawn
        years = (runs.values("sales", "base") - 60 - 35).reshape(2, 4, -1).sum(axis=1)
        assert [row[0] for row in fan] == ["2026", "2027"]
        assert all(
            close(cell, one)
            for cell, one in zip(fan[1][1:6], np.quantile(years[1], [0.1, 0.25, 0.5, 0.75, 0.9]), strict=True)
        )

    def test_arrow_keys_and_pointer_read_out_the_numbers(self, browser, page, told):
        from selenium.webdriver import ActionChains, Keys

        open_page(browser, page)
        svg = browser.find_element("css selector", "figure[data-chart='probability'] svg.plot")
        readout = browser.find_element("css selector", "figure[data-chart='probability'] .readout")
        svg.send_keys(Keys.END)
        last = told.data["probability"]["scenarios"][0]["values"][-1]
        assert readout.text.startswith(f"By 2027Q4: base {100 * last:.1f}%")
        svg.send_keys(Keys.ARROW_LEFT)
        assert readout.text.startswith("By 2027Q3: ")
        ActionChains(browser).move_to_element_with_offset(svg, -200, 0).perform()
        assert not readout.text.startswith("By 2027Q3: ")

    def test_a_scenario_can_be_switched_off(self, browser, page):
        open_page(browser, page)
        count = "return document.querySelectorAll(\"figure[data-chart='probability'] path[data-scenario]\").length"
        assert run(browser, count) == 3
        run(browser, "document.querySelector(\"figure[data-chart='probability'] input\").click()")
        assert run(browser, count) == 2

    def test_bridge_and_goal_seek_switch(self, browser, page, told):
        open_page(browser, page)
        for place, one in enumerate(told.data["bridge"]):
            choose(browser, "bridge", "To scenario", place)
            texts = run(
                browser,
                "return [...document.querySelectorAll(\"figure[data-chart='bridge'] svg text\")]"
                ".map((one) => one.textContent)",
            )
            assert f"{one['end']}: {100 * one['to']:.1f}%" in texts
        choose(browser, "goal_seek", "Lever", 1)
        label = run(
            browser, "return document.querySelector(\"figure[data-chart='goal_seek'] svg\").getAttribute('aria-label')"
        )
        assert told.data["goal_seek"][1]["lever"] in label


class TestLive:
    def slide(self, browser, lever, steps):
        run(
            browser,
            "const one = document.getElementById(`lever-${arguments[0]}`); one.value = arguments[1];"
            "one.dispatchEvent(new Event('input'));",
            *(lever, steps),
        )
        time.sleep(0.15)  # two frames of the browser

    def verdict(self, browser):
        return run(browser, "return document.querySelector('[data-live=verdict]').textContent")

    def truth(self, live, steps):
        """An independent multilinear interpolation, by scipy, on the scale of the sliders."""
        from scipy.interpolate import RegularGridInterpolator

        shape = [len(one["values"]) for one in live["levers"]]
        table = np.array(live["probability"])[:, live["row"]].reshape(shape)
        values = [
            np.interp(step / 100, range(len(one["values"])), one["values"])
            for step, one in zip(steps, live["levers"], strict=True)
        ]
        return float(RegularGridInterpolator([one["values"] for one in live["levers"]], table)([values])[0])

    @pytest.mark.parametrize("steps", [(0, 0), (137, 411), (850, 1200), (1200, 1200)])
    def test_sliders_redraw_what_the_grid_says_between_its_points(self, browser, page, told, steps):
        open_page(browser, page)
        live = told.data["live"]
        for lever, step in enumerate(steps):
            self.slide(browser, lever, step)
        shown = float(self.verdict(browser).partition(": ")[2].partition("%")[0])
        assert abs(shown - 100 * self.truth(live, steps)) <= 0.0501

    def test_the_fan_moves_and_goes_back(self, browser, page):
        open_page(browser, page)
        median = "return document.querySelector(\"figure[data-chart='live'] path.median\").getAttribute('d')"
        before, said = run(browser, median), self.verdict(browser)
        self.slide(browser, 0, 100)
        assert run(browser, median) != before
        assert self.verdict(browser) != said
        run(browser, "document.querySelector(\"figure[data-chart='live'] button\").click()")
        time.sleep(0.15)
        assert run(browser, median) == before
        assert self.verdict(browser) == said

    def test_a_slider_moves_by_keyboard_and_says_its_value(self, browser, page, told):
        from selenium.webdriver import Keys

        open_page(browser, page)
        slider = browser.find_element("id", "lever-0")
        slider.send_keys(Keys.HOME)
        assert float(slider.get_attribute("aria-valuetext").split()[0]) == told.data["live"]["levers"][0]["values"][0]

    def test_the_error_of_interpolation_is_shown(self, browser, page, told):
        open_page(browser, page)
        assert f"± {100 * told.data['live']['miss']:.1f} points of interpolation" in self.verdict(browser)
        assert "Interpolation error: the page knows 169 simulated points" in told.html()


class TestSafety:
    def test_names_are_text(self, browser, page):
        open_page(browser, page)
        assert run(browser, "return window.hit === undefined")
        assert run(browser, "return document.querySelectorAll('img, iframe, object').length") == 0
        options = (
            "return [...document.querySelectorAll(\"figure[data-chart='fan'] option\")].map((one) => one.textContent)"
        )
        assert EVIL in run(browser, options)

    def test_a_line_named_script_stays_text(self, browser, told, tmp_path):
        section = told.section("picture")
        fan = json.loads(json.dumps(section.data["fan"]))
        fan["lines"][3]["name"] = EVIL
        changed = dataclasses.replace(section, data={"fan": fan})
        others = tuple(changed if one is section else one for one in told.sections)
        path = dataclasses.replace(told, sections=others).save(tmp_path / "evil.html")
        open_page(browser, path)
        assert run(browser, "return window.hit === undefined")
        assert run(browser, "return document.querySelector('.numbers caption').textContent").startswith(EVIL)
        assert browser.get_log("browser") == []


class TestAccess:
    def test_everything_that_can_be_moved_has_a_name(self, browser, page):
        open_page(browser, page)
        nameless = (
            "const named = (one) => [...(one.labels || []), one].some((each) => each.textContent.trim());"
            "return [...document.querySelectorAll('input, select, button')].filter((one) => !named(one)).length"
        )
        assert run(browser, nameless) == 0
        assert run(browser, "return document.documentElement.lang") == "en"
        assert run(browser, "return document.querySelectorAll('h1').length") == 1

    def test_the_first_key_leads_to_the_answer(self, browser, page):
        from selenium.webdriver import Keys

        open_page(browser, page)
        browser.find_element("tag name", "body").send_keys(Keys.TAB)
        assert run(browser, "return document.activeElement.textContent") == "Skip to the answer"

    @pytest.mark.parametrize("width", WIDTHS)
    def test_text_stands_out(self, browser, page, width):
        open_page(browser, page, width)
        assert faint(browser) == []

    def test_text_that_does_not_stand_out_is_seen(self, browser, page):
        open_page(browser, page)
        run(browser, "document.querySelector('.small').style.color = '#bbb';")
        assert [ink for ink, _ in faint(browser)] == [[187, 187, 187]]

    def test_it_prints(self, browser, page):
        open_page(browser, page)
        made = browser.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})
        assert len(made["data"]) > 50_000
        assert browser.get_log("browser") == []
        assert run(browser, "return document.querySelectorAll('details[open]').length") == 0


@pytest.fixture(scope="module")
def kunlun(tmp_path_factory):
    """The report of the reference company, on few paths."""
    folder = fc.kunlun_folder()
    model, scenarios = fc.read_model(folder / "model.yaml"), fc.read_scenarios(folder / "scenarios.yaml")
    company = fc.calibrate(model, fc.load_kunlun().as_of("2025-08-31").reconcile(model), opening={"cash": 1_500})
    chosen = [scenarios[name] for name in ("base", "discipline", "giants enter")]
    runs = fc.simulate(company, chosen, until="2028Q4", paths=200, seed=7)
    goal = fc.Goal("net_profit", at_least=0, over="trailing_year", by="2027Q4", probability=0.8)
    found = report(runs, goal, leave_out="frontier")
    return found, found.save(tmp_path_factory.mktemp("kunlun") / "kunlun.html")


@pytest.mark.parametrize("width", WIDTHS)
def test_the_reference_company_opens_alone_and_small(browser, kunlun, width):
    told, path = kunlun
    assert path.stat().st_size < 5_000_000
    open_page(browser, path, width)
    assert browser.get_log("browser") == []
    assert run(browser, "return document.documentElement.scrollWidth") <= width
    assert run(browser, "return document.getElementById('answer').textContent") == told.answer
    broken = "[...document.querySelectorAll('svg *')].filter((one) => /NaN|undefined/.test(one.outerHTML)).length"
    assert run(browser, f"return {broken}") == 0
    assert words_cut(browser) == []
    marks = "return [...document.querySelectorAll(\"figure[data-chart='fan'] svg.plot [data-mark]\")].length"
    assert run(browser, marks) == 18  # net_profit is known in every quarter from 2021Q1 to 2025Q2


def test_figures_are_traced_to_what_was_printed(kunlun):
    told, _ = kunlun
    history = told.section("history")
    table = next(one for one in history.blocks if getattr(one, "caption", "").startswith("Where the last figures"))
    row = next(row for row in table.rows if row[:2] == ("net_profit", "2025Q2"))
    assert row[2] == "-87.0"
    assert "net_profit 2025Q2 (ytd) -856 million CNY from S" in row[3]
