"""A model drawn: a box a line, an arrow a pair, dashes for earlier quarters; read back as XML, alone and complete."""

from collections import Counter
from xml.etree import ElementTree

import pytest

import forecast as fc
from forecast.drivers import Formula, Path
from forecast.model.drawing import draw

SVG = "{http://www.w3.org/2000/svg}"
MODEL = fc.Model(
    Path("sales", value=100.0),
    Path("fx", value=7.0, kind="rate"),
    Path("staff", value=10.0, kind="stock"),
    Formula("profit = sales * fx - staff - 0.1 * profit[-1]"),
)


def parts(model):
    """The shapes of the drawing, its lines' boxes and arrows without those of the legend."""
    root = ElementTree.fromstring(draw(model))
    graph = root.findall(f"{SVG}g")[0]
    return root, graph.findall(f"{SVG}rect"), graph.findall(f"{SVG}path"), graph.findall(f"{SVG}polygon")


def test_there_is_a_box_a_line_with_its_name_and_driver():
    root, boxes, _, _ = parts(MODEL)
    words = Counter(text.text for text in root.findall(f"{SVG}g")[0].findall(f"{SVG}text"))
    assert len(boxes) == 4
    assert words == {"sales": 1, "fx": 1, "staff": 1, "profit": 1, "Path": 3, "Formula": 1}


def test_there_is_an_arrow_a_pair_of_lines_dashed_where_only_earlier_quarters_are_read():
    _, _, arrows, heads = parts(MODEL)
    assert len(arrows) == len(heads) == 4
    assert sum("stroke-dasharray" in arrow.attrib for arrow in arrows) == 1
    both = fc.Model(Path("a", value=1.0), Formula("b = a - a[-1]"))
    assert ["stroke-dasharray" in arrow.attrib for arrow in parts(both)[2]] == [False]


def test_every_arrow_points_at_the_edge_of_the_box_that_reads():
    _, boxes, _, heads = parts(fc.Model(Path("a", value=1.0), Path("b", value=1.0), Formula("c = a + b")))
    low = max(boxes, key=lambda box: float(box.get("y")))
    top = float(low.get("x")) + float(low.get("width")) / 2, float(low.get("y"))
    points = [tuple(map(float, head.get("points").split()[0].split(","))) for head in heads]
    assert points == [pytest.approx(top, abs=0.11)] * 2


def test_kinds_are_told_apart_by_shape_and_not_by_colour():
    root, boxes, _, _ = parts(MODEL)
    graph = root.findall(f"{SVG}g")[0]
    names = [text.text for text in graph.findall(f"{SVG}text") if "font-size" not in text.attrib]
    look = {name: (box.get("rx"), box.get("stroke-width")) for name, box in zip(names, boxes, strict=True)}
    assert look["sales"] == ("2", "1")
    assert look["staff"] == ("2", "2.5")
    assert look["fx"] == ("18", "1")
    greys = {value for one in root.iter() for key, value in one.attrib.items() if key in ("fill", "stroke")} - {"none"}
    assert greys == {"#111", "#444", "#555", "#f4f4f4", "#fff"}


def test_title_and_description_say_the_same_in_words():
    root, *_ = parts(MODEL)
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text == "What moves what in a model of 4 lines"
    assert root.find(f"{SVG}desc").text == "profit reads sales, fx, staff, profit of earlier quarters."
    alone = ElementTree.fromstring(draw(fc.Model(Path("a", value=1.0))))
    assert alone.find(f"{SVG}title").text == "What moves what in a model of 1 line"
    assert alone.find(f"{SVG}desc").text == "Nothing is read."


def test_nothing_runs_and_nothing_is_fetched():
    names = {one.tag.removeprefix(SVG) for one in ElementTree.fromstring(draw(MODEL)).iter()}
    assert names == {"svg", "title", "desc", "rect", "g", "path", "polygon", "text"}
    assert "href" not in draw(MODEL)
    assert "url(" not in draw(MODEL)


def test_a_driver_with_a_bad_name_stays_text():
    evil = "<script>alert(1)</script>"
    bad = type(evil, (Path,), {})
    drawn = draw(fc.Model(bad("sales", value=1.0)))
    assert "<script" not in drawn
    assert evil in [one.text for one in ElementTree.fromstring(drawn).iter(f"{SVG}text")]


def test_lagged_arrows_may_lead_up_aside_and_to_the_line_itself():
    model = fc.Model(
        Formula("a = 0.5 * c[-1]"), Formula("b = a - 1"), Formula("c = b + 1"), Formula("d = 0.5 * e[-1]"),
        Formula("e = 0.5 * e[-1]"),
    )  # fmt: skip
    _, _, arrows, heads = parts(model)
    assert len(arrows) == len(heads) == 5
    assert sum("stroke-dasharray" in arrow.attrib for arrow in arrows) == 3


def test_all_of_the_kunlun_model_lies_within_the_drawing():
    model = fc.read_model(fc.kunlun_folder() / "model.yaml")
    root, boxes, arrows, _ = parts(model)
    assert len(boxes) == len(model.drivers)
    assert len(arrows) == len({(name, d.line) for d in model.drivers for name, _ in d.reads()})
    width, height = float(root.get("width")), float(root.get("height"))
    left, top = map(float, root.findall(f"{SVG}g")[0].get("transform")[10:-1].split())
    for box in boxes:
        x, y = left + float(box.get("x")), top + float(box.get("y"))
        assert x >= 0
        assert y >= 0
        assert x + float(box.get("width")) <= width
        assert y + float(box.get("height")) <= height


def test_it_is_saved_as_it_is_returned(tmp_path):
    target = tmp_path / "model.svg"
    assert MODEL.to_svg(target) == draw(MODEL) == target.read_text(encoding="utf-8") == MODEL.to_svg()
