"""Specifications: plain YAML in, plain YAML out, and every problem of a file in one error."""

import dataclasses
import os
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from forecast.distributions import normal
from forecast.errors import UNSEEN, FactsError, ModelError, Problems
from forecast.limits import raised
from forecast.specification import fields_of, from_spec, read_yaml, to_spec, write_yaml


@dataclasses.dataclass(frozen=True)
class Pump:
    power: Any
    name: str = "main"
    stages: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.power, int | float):
            raise TypeError("power must be a number")
        if self.power < 0:
            raise ModelError("the pump runs backwards", ["power is below 0."])


CATALOGUE = {"Pump": Pump}


def refusal(source, error=ModelError):
    with pytest.raises(error) as caught:
        read_yaml(source, error)
    return str(caught.value)


def noted(spec):
    problems = Problems()
    made = from_spec(spec, CATALOGUE, "driver 1", problems)
    assert (made is None) == bool(problems.found)
    return problems.found


def test_a_text_and_a_file_read_alike(tmp_path):
    path = tmp_path / "model.yaml"
    path.write_text("unit: million\nname: 昆仑\n", encoding="utf-8")
    expected = {"unit": "million", "name": "昆仑"}
    assert read_yaml(path, ModelError) == read_yaml(str(path), ModelError) == expected
    assert read_yaml("unit: million\nname: 昆仑\n", ModelError) == expected


def test_a_mapping_is_taken_as_read():
    plain = {"unit": "million", "drivers": ["a = b"]}
    assert read_yaml(plain, ModelError) is plain


def test_what_is_neither_file_nor_text_nor_mapping_is_refused():
    assert refusal(["a"]) == "a file is \"['a']\"; give its path, a text of several lines, or a mapping."


def test_a_file_that_is_not_there_is_named(tmp_path):
    path = str(tmp_path / "modle.yaml")
    assert refusal(path) == f"there is no file {path!r}. Give the path of a YAML file."
    assert refusal(str(tmp_path), FactsError) == f"there is no file {str(tmp_path)!r}. Give the path of a YAML file."


def test_a_text_without_a_line_break_is_taken_for_a_path_however_long():
    text = "drivers: [" + "a" * 5000 + "]"
    assert refusal(text) == f"there is no file {text[:200]!r}. Give the path of a YAML file."
    assert refusal("a\0b") == "there is no file 'a\\x00b'. Give the path of a YAML file."


def test_a_huge_file_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "huge.yaml"
    with path.open("wb") as file:
        os.truncate(file.fileno(), 1_000_001)
    assert refusal(path) == (
        "'huge.yaml' has 1,000,001 bytes; at most 1,000,000 are read. If it is right and you trust it, read it inside: "
        "with forecast.limits.raised(specification_bytes=1_000_001)."
    )


def test_a_huge_text_is_refused():
    text = "a: 1\n" + "#" * 1_000_000
    assert refusal(text) == (
        "the text has 1,000,005 characters; at most 1,000,000 are read. If it is right and you trust it, read it "
        "inside: with forecast.limits.raised(specification_bytes=1_000_005)."
    )
    with raised(specification_bytes=1_000_005):
        assert read_yaml(text, ModelError) == {"a": 1}


def test_a_file_that_is_not_utf8_is_refused(tmp_path):
    path = tmp_path / "latin.yaml"
    path.write_bytes("name: Umsatz für Köln\n".encode("latin-1"))
    assert refusal(path) == (
        "'latin.yaml' cannot be read as a text: it is not in UTF-8 (line 1). Save it as a text in UTF-8."
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: &x [1]\nb: *x\n", "line 2, column 4: aliases are not allowed; write it out."),
        ("a: 1\nb: 2\na: 3\n", "line 3, column 1: the key 'a' is given twice; keep one."),
        ("a:\n  b: {c: 1, c: 1}\n", "line 2, column 13: the key 'c' is given twice; keep one."),
        ("<<: {a: 1}\na: 2\n", "line 2, column 1: the key 'a' is given twice; keep one."),
        ("1: a\n1.0: b\n", "line 2, column 1: the key 1.0 is given twice; keep one."),
        ("a: [1\n", "line 2, column 1: expected ',' or ']', but got '<stream end>'."),
        ("? [1]\n: 2\n", "line 1, column 3: found unhashable key."),
        ("!!map [a]\n", "line 1, column 1: expected a mapping node, but found sequence."),
        (
            "a: !!python/object/apply:os.system [true]\n",
            "line 1, column 4: could not determine a constructor for the tag "
            "'tag:yaml.org,2002:python/object/apply:os.system'.",
        ),
        ("a: !!bool perhaps\n", "KeyError: 'perhaps'."),
        ("a: 2025-13-45\n", "ValueError: month must be in 1..12."),
    ],
)
def test_what_is_not_plain_yaml_is_refused(text, problem):
    assert refusal(text) == f"the text is not readable YAML: {problem}"


def test_a_bomb_of_aliases_does_not_explode():
    bomb = "a: &a [x, x]\n" + "".join(f"{new}: &{new} [*{old}, *{old}]\n" for old, new in pairwise("abcdefghi"))
    assert refusal(bomb) == "the text is not readable YAML: line 2, column 8: aliases are not allowed; write it out."


def test_deep_nesting_is_refused_and_not_a_crash():
    assert refusal("[" * 20_000 + "\n") == (
        "the text is not readable YAML: line 1, column 41: it is nested more than 40 deep."
    )
    assert read_yaml("[" * 39 + "1" + "]" * 39 + "\n", ModelError)


def test_many_keys_are_read_in_linear_time():
    text = "".join(f"k{i}: {i}\n" for i in range(20_000))
    assert len(read_yaml(text, ModelError)) == 20_000


steady = settings(deadline=None, derandomize=True, max_examples=150)
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@steady
@given(plain)
@example({"\x85": None, " \u2028 ": "a\u2029b"})
@example({"\u202e\u2066": ["\u202a", "昆仑\u2069\x1b\x9b\x7f\r"]})
@example(["no", "1e3", "2025-01-01", "~", "'", "a: b", "- c", "#d", " e ", "", "=", "<<", "0x1F", "1_000", ".inf"])
def test_what_is_written_reads_back(value):
    text = write_yaml({"value": value}, None)
    assert read_yaml(text + "\n", ModelError) == {"value": value}
    assert UNSEEN.search(text) is None


def test_other_scripts_stay_readable_and_what_turns_a_text_is_escaped():
    assert write_yaml({"昆仑": "a\u202eb"}, None) == '昆仑: "a\\u202eb"\n'


@steady
@given(st.text(alphabet="ab:-[]{}&*!?|>'\"%@#, \n\t0123456789.~", max_size=40))
def test_any_text_is_read_or_refused_with_the_error_asked_for(text):
    try:
        read_yaml(text + "\n", FactsError)
    except FactsError as caught:
        problem = caught
    else:
        return
    assert str(problem).startswith("the text is not readable YAML: ")


def test_the_same_object_at_two_places_is_written_twice():
    shared = {"normal": {"mean": 0.0, "sd": 1.0}}
    text = write_yaml([shared, shared], None)
    assert "&" not in text
    assert read_yaml(text, ModelError) == [shared, shared]


def test_writing_to_a_file_writes_what_is_returned(tmp_path):
    path = tmp_path / "out.yaml"
    assert write_yaml({"b": 1, "a": "昆仑"}, path) == "b: 1\na: 昆仑\n"
    assert path.read_text(encoding="utf-8") == "b: 1\na: 昆仑\n"


def test_an_object_stands_as_its_name_with_the_fields_that_differ():
    assert to_spec(Pump(3)) == {"Pump": {"power": 3}}
    assert to_spec(Pump(3.0, "spare", (Pump(1), normal(0, 1)))) == {
        "Pump": {
            "power": 3.0,
            "name": "spare",
            "stages": [{"Pump": {"power": 1}}, {"normal": {"mean": 0.0, "sd": 1.0}}],
        }
    }
    assert fields_of(Pump(2, "main", ())) == {"power": 2}


def test_numbers_of_numpy_are_written_as_plain_ones():
    spec = to_spec(Pump(np.float64(0.5), stages=(np.int64(2), {"x": np.float32(0.25)})))
    assert yaml.safe_load(yaml.safe_dump(spec)) == {"Pump": {"power": 0.5, "stages": [2, {"x": 0.25}]}}


def test_an_object_is_built_from_its_name_and_fields():
    problems = Problems()
    assert from_spec({"Pump": {"power": 2}}, CATALOGUE, "driver 1", problems) == Pump(2)
    assert problems.found == []


@pytest.mark.parametrize(
    ("spec", "found"),
    [
        ("Pump", ["driver 1: seen 'Pump'; write one name with its fields, as in 'Name: {...}'."]),
        (
            {"Pump": {}, "Fan": {}},
            ["driver 1: seen \"{'Pump': {}, 'Fan': {}}\"; write one name with its fields, as in 'Name: {...}'."],
        ),
        ({"Pmp": {"power": 1}}, ["driver 1: 'Pmp' is unknown. Did you mean 'Pump'?"]),
        ({"Pump": [1, 2]}, ["driver 1: Pump has '[1, 2]'; write its fields as 'field: value'."]),
        ({"Pump": None}, ["driver 1: Pump needs power."]),
        (
            {"Pump": {"powr": 1, "colour": 2}},
            [
                "driver 1: Pump has no field 'powr'. Did you mean 'power'?",
                "driver 1: Pump has no field 'colour'. Known: 'name', 'power', 'stages'.",
                "driver 1: Pump needs power.",
            ],
        ),
        ({"Pump": {"power": "strong"}}, ["driver 1: Pump cannot be read: power must be a number."]),
        ({"Pump": {"power": -1}}, ["driver 1: the pump runs backwards\n  - power is below 0."]),
    ],
)
def test_every_problem_of_a_specification_is_noted(spec, found):
    assert noted(spec) == found
