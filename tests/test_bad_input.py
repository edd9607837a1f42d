"""Whatever stands in a file: a value comes out, or the library's own error with a message."""

import inspect

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import forecast as fc
from benchmarks.fuzz_parts import swept, targets
from benchmarks.fuzz_parts.targets import TARGETS, seeds
from forecast.errors import LONGEST_LINE, UNSEEN, ForecastError
from tests.strategies import mutated, pieces

EXAMPLES = {"folder": 8, "model_yaml": 12, "scenarios_yaml": 12, "facts_csv": 20, "series": 20, "workbook_file": 15}


def read(name, content):
    """The outcome: True for a value; an error of another kind is not caught, a warning is one."""
    try:
        TARGETS[name][0](content)
    except ForecastError as error:
        text = str(error)
        assert text.strip()
        assert UNSEEN.search(text) is None
        assert max(map(len, text.split("\n"))) <= 2 * LONGEST_LINE
        return False
    return True


def test_every_public_reader_is_fuzzed():
    classes = [(name, value) for name in fc.__all__ if inspect.isclass(value := getattr(fc, name))]
    readers = [name for name in fc.__all__ if name.startswith(("read_", "open_"))]
    readers += [f"{name}.{own}" for name, kind in classes for own in vars(kind) if own.startswith(("from_", "parse"))]
    assert {"read_model", "open_sweep", "Rates.from_facts", "History.from_frame", "Quarter.parse"} <= set(readers)
    text = inspect.getsource(targets) + inspect.getsource(swept)
    assert [one for one in readers if f"{one}(" not in text] == [], "add it to targets.py"


@pytest.mark.parametrize("name", TARGETS)
def test_what_the_fuzzer_starts_from_is_sound(name):
    assert [read(name, content) for content in seeds(name)] == [True] * len(seeds(name))


@pytest.mark.parametrize("name", TARGETS)
def test_a_damaged_file_is_a_value_or_the_librarys_own_error(name):
    @settings(
        max_examples=EXAMPLES.get(name, 40),
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.one_of(mutated(seeds(name)), st.lists(pieces, max_size=8).map(b"".join)))
    def holds(content):
        read(name, content)

    holds()
