"""What notebooks show: printed words, tables and sentences, in which every name stays text."""

from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast import analysis
from forecast.drivers import Formula, Path, Ratio
from forecast.financials.history import LineHistory
from forecast.lines import Line
from forecast.model import assume
from forecast.notebook import Laid, answered, framed, listed, printed, spoken, tabled
from forecast.shocks import Add

ANSWERS = [
    "Breakeven",
    "Bridge",
    "Elasticities",
    "Frontier",
    "GoalSeek",
    "Guidance",
    "Honesty",
    "Information",
    "LeastChange",
    "Plausibility",
    "Reality",
    "Region",
    "Runway",
    "Scan",
    "Sensitivity",
    "Stress",
    "Summary",
    "VarianceShares",
]
EVIL = "<script>alert('x')</script> & \"so\""
OURS = {"style", "div", "pre", "p", "ul", "li", "table", "caption", "thead", "tbody", "tr", "th", "td"}
DRAWN = {"svg", "title", "desc", "rect", "g", "path", "polygon", "text"}


class Page(HTMLParser):
    """The tags and the text of a page, as a browser reads them; every tag that is opened is closed in order."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.open, self.text = set(), [], []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text.append(data)


def read(shown):
    """The texts of the page, cell by cell; no tag but ours may stand in it."""
    page = Page(shown._repr_html_() if hasattr(shown, "_repr_html_") else shown)
    assert page.tags <= (OURS | DRAWN if isinstance(shown, fc.Model) else OURS)
    return page.text


@pytest.fixture(scope="module")
def model():
    return fc.Model(
        Path("sales", value=fc.normal(100.0, 10.0)),
        Ratio("cost", of="sales", target=0.9, half_life=0.01, volatility=0.0, start=0.9, cap=1.0),
        Formula("profit = sales - cost"),
        currency=EVIL,
    )


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_shows_in_a_table_what_it_prints_and_names_in_it_stay_text(name):
    table = Laid(f"  {EVIL}  5 %", [("line", "share"), (EVIL, "5 %")])
    said = [f"reached by 2028Q4 in {EVIL}", table, f"  an item {EVIL}", "", "A remark."]
    saying = type(
        name,
        (getattr(analysis, name, None) or getattr(fc, name),),
        {"_said": lambda self, *width: said, "warnings": ()},
    )
    answer = object.__new__(saying)
    assert str(answer) == f"reached by 2028Q4 in {EVIL}\n  {EVIL}  5 %\n  an item {EVIL}\n\nA remark."
    assert read(answer) == [said[0], "line", "share", EVIL, "5 %", f"an item {EVIL}", "A remark."]


def test_the_sentence_before_a_table_is_its_caption_and_heads_have_their_scope():
    page = answered(["What.", "Of whom:", Laid("", [("", "n"), ("a", "-1"), ("b", "none")]), "After.", "  x", "  y"])
    assert page.partition('tabindex="0">')[2] == (
        '<p>What.</p><table><caption>Of whom:</caption><thead><tr><td></td><th scope="col">n</th></tr></thead>'
        '<tbody><tr><th scope="row">a</th><td class="figure">-1</td></tr>'
        '<tr><th scope="row">b</th><td class="words">none</td></tr></tbody></table>'
        "<p>After.</p><ul><li>x</li><li>y</li></ul></div>"
    )


def test_a_table_with_a_caption_of_its_own_leaves_the_sentence_alone():
    page = answered(["Before.", Laid("", [("a",)], "Own")])
    assert "<p>Before.</p><table><caption>Own</caption>" in page


def test_an_item_right_after_its_sentence_stands_below_it():
    assert "<p>They are:</p><ul><li>x</li></ul><p>Then.</p>" in answered(["They are:", "  x", "Then."])


def test_two_tables_after_each_other_have_one_caption():
    two = answered(["Once.", Laid("", [("a",)]), Laid("", [("b",)])])
    assert read(two) == ["Once.", "a", "b"]
    assert two.count("<caption>") == 1


def test_a_frame_of_text_is_a_table_with_the_name_of_its_index():
    frame = pd.DataFrame({"x": ["1"], "y": ["2"]}, index=pd.Index(["base"], name="scenario"))
    laid = framed(frame, "as printed")
    assert list(map(list, laid.rows)) == [["scenario", "x", "y"], ["base", "1", "2"]]
    assert spoken(["Heading", laid]) == "Heading\nas printed"


def test_the_pieces_escape_everything_they_are_given():
    assert read(printed(EVIL)) == [EVIL]
    assert read(listed(EVIL, [EVIL])) == [EVIL, EVIL]
    assert read(tabled(EVIL, ["a", EVIL], [(EVIL, EVIL)])) == [EVIL, "a", EVIL, EVIL, EVIL]


def test_an_answer_of_a_scenario_with_a_bad_name(model):
    company = fc.calibrate(model, first="2026Q1")
    runs = fc.simulate(company, [fc.Scenario(EVIL)], until="2026Q4", paths=50, seed=1)
    answer = fc.breakeven(runs, fc.Goal("profit", at_least=10, by="2026Q4", over="quarter"))
    assert EVIL in str(answer)
    heading, *cells, remark = read(answer)
    lines = str(answer).splitlines()
    assert (heading, remark) == (lines[0], lines[-1])
    assert cells[:7] == ["scenario", "by 2026Q4", "10% date", "50% date", "90% date", "never", "met in 2026Q4"]
    name, *figures = cells[7:]
    assert name == EVIL
    assert figures[0] == f"{answer.probability(EVIL, '2026Q4'):.0%}"
    assert "".join(figures).replace(" ", "") == lines[-2].strip().removeprefix(EVIL).replace(" ", "")


def test_a_scenario_is_its_name_its_reason_and_a_sentence_a_shock():
    scenario = fc.Scenario(EVIL, Add("sales", 5.0, start="2026Q2"), because="they said <b>so</b>")
    heading, sentence = read(scenario)
    assert heading == f"Scenario '{EVIL}': they said <b>so</b>"
    assert f"  - {sentence}" == str(scenario).splitlines()[1]
    assert read(fc.Scenario("base")) == ["Scenario 'base'", "Nothing is changed."]


def test_a_model_is_a_table_of_its_drivers_in_the_order_of_a_quarter(model):
    page = model._repr_html_()
    assert page.count("<svg") == 1
    assert page.index("</svg>") < page.index("<table")
    text = read(model)
    text = text[text.index("rate") + 1 :]  # after the drawing, of which this is the last word
    assert text[0] == f"3 lines in million {EVIL}, {len(model.parameters)} parameters"
    assert text[1:6] == ["line", "kind", "driver", "reads", "parameters"]
    at = text.index("Formula: profit = sales - cost")
    assert text[at - 2 : at + 2] == ["profit", "flow", "Formula: profit = sales - cost", "sales, cost"]
    value = model.parameters["sales.value"]
    assert f"value: {value.estimate} ({value.role})" in text


def test_a_simulation_shows_the_quantiles_of_the_last_quarter(model):
    company = fc.calibrate(model, first="2026Q1")
    more = fc.Scenario(EVIL, Add("sales", 50.0))
    runs = fc.simulate(company, [fc.Scenario("base"), more], until="2026Q4", paths=200, seed=1)
    text = read(runs)
    assert text[0] == f"{runs!r}. In 2026Q4: the median, and 10 % to 90 % below it"
    assert text[1:4] == ["line", "base", EVIL]
    low, middle, high = np.quantile(runs.values("sales", EVIL)[-1], [0.1, 0.5, 0.9])
    at = text.index("sales")
    assert text[at + 2] == f"{middle:,.4g}\n{low:,.4g} to {high:,.4g}"
    gone = replace(runs, series={"base": runs.series["base"], EVIL: {"cost": runs.series[EVIL]["cost"]}})
    text = read(gone)
    assert text[text.index("sales") + 2] == "-"


def test_a_history_shows_its_last_quarters_with_the_signs_of_its_table():
    quarters = fc.Quarter.parse("2025Q3"), fc.Quarter.parse("2025Q4")
    values, covariance = np.array([1500.0, np.nan]), np.diag([4.0, np.nan])
    entry = LineHistory(Line("sales"), values, covariance, ("derived", "missing"))
    object.__setattr__(entry.line, "name", EVIL)  # no line may be called so; if ever one is, it stays text
    history = fc.History(quarters, (entry,))
    text = read(history)
    assert text == [
        "1 line, 2025Q3 to 2025Q4; the last 2 quarters. * derived, ~ estimated, - missing",
        *("line", "2025Q3", "2025Q4", EVIL, "1,500*", "- "),
    ]


def test_facts_are_counted_line_by_line_and_the_newest_is_shown():
    facts = fc.load_kunlun().as_of("2025-08-31")
    text = read(facts)
    assert text[0] == f"{len(facts.facts):,} facts on {len(facts.lines)} lines, as known on 2025-08-31"
    at = text.index("revenue")
    of_revenue = [fact for fact in facts.facts if fact.line == "revenue"]
    newest = max(fact.published for fact in of_revenue)
    assert text[at + 1] == str(len(of_revenue))
    assert text[at + 4] == str(newest)
    named = replace(facts)
    object.__setattr__(named, "facts", (replace(facts.facts[0], item=EVIL, segment=""),))
    assert any(EVIL in one for one in read(named))


def test_a_company_is_a_table_of_its_parameters_and_grounds_stay_text():
    model = fc.Model(Path("sales", value=assume(fc.uniform(0, 10), role="lever", because=EVIL, low=0, high=20)))
    text = read(fc.calibrate(model, first="2026Q1"))
    assert text[0] == "1 parameter of 1 line, from 2026Q1"
    at = text.index("sales.value")
    assert text[at + 1 : at + 4] == ["1", "5", "9"]
    assert text[at + 4 :][-2:] == ["lever", EVIL]


def test_scenarios_are_shown_one_below_the_other():
    text = read(fc.Scenarios(fc.Scenario("base"), fc.Scenario(EVIL)))
    assert text == ["Scenario 'base'", "Nothing is changed.", f"Scenario '{EVIL}'", "Nothing is changed."]
