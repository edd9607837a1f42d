"""JSON as it is printed: readable for people, harmless for terminals, whole for programs."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.escapes import as_json

TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
STEERING = "".join(map(chr, [*range(0x20), *range(0x7F, 0xA0)]))


@pytest.mark.parametrize("character", [*TURNING, *STEERING, "\u2028", "\u2029", "\ud800"])
def test_what_steers_or_turns_is_escaped_and_read_back(character):
    text = as_json({character: [character]})
    assert character not in text
    assert json.loads(text) == {character: [character]}


def test_other_scripts_stay_readable():
    assert as_json(["昆仑万维", "é", "תרחיש", "😀"]) == '["昆仑万维", "é", "תרחיש", "😀"]'


@given(st.recursive(st.text() | st.integers() | st.booleans() | st.none(), lambda one: st.lists(one, max_size=3)))
def test_a_program_reads_what_was_written(value):
    text = as_json(value, indent=1)
    assert json.loads(text) == value
    text.encode()  # a lone surrogate cannot be printed


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_json_lacks_is_refused(number):
    with pytest.raises(ValueError, match="JSON compliant"):
        as_json([number])
