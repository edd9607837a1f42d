"""Reality checks in a file: read, written, refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.errors import ScenarioError
from forecast.scenario import RealityCheck, When
from forecast.shocks import Hold, Scale, Set, checks_to_yaml, read_checks

FILE = """
checks:
- name: never more than all
  always: share.conversion <= 1
- name: no ARR, no revenue
  because: nothing comes of nothing
  given:
  - Set: {target: arr, size: 0}
  - When: {condition: cash < 0, shocks: [{Hold: {target: cost}}]}
  when: arr[-1] <= 0
  always: revenue <= 0 and revenue >= 0
"""

CHECKS = (
    RealityCheck("never more than all", always="share.conversion <= 1"),
    RealityCheck(
        "no ARR, no revenue",
        always="revenue <= 0 and revenue >= 0",
        when="arr[-1] <= 0",
        given=[Set("arr", 0), When("cash < 0", Hold("cost"))],
        because="nothing comes of nothing",
    ),
)


def test_a_file_is_one_to_one_with_python(tmp_path):
    assert read_checks(FILE) == CHECKS
    assert read_checks(checks_to_yaml(CHECKS, tmp_path / "checks.yaml")) == CHECKS
    assert read_checks(tmp_path / "checks.yaml") == CHECKS


LINES = st.sampled_from(["arr", "cash[-1]", "revenue.conversion", "2 * cost"])
CONDITIONS = st.builds(lambda a, sign, b: f"{a} {sign} {b}", LINES, st.sampled_from(["<", "<=", ">", ">="]), LINES)
SHOCKS = st.builds(Scale, st.just("arr"), st.floats(0.1, 2), start=st.sampled_from([None, "2026Q2"]))


@given(
    st.builds(
        lambda name, always, when, shocks, because: RealityCheck(
            name, always=always, when=when, given=shocks, because=because
        ),
        st.text(min_size=1).filter(lambda text: text.strip() and text.isprintable()),
        CONDITIONS,
        st.none() | CONDITIONS,
        st.lists(SHOCKS, max_size=2),
        st.sampled_from(["", "because"]),
    )
)
def test_any_check_survives_the_file(check):
    assert read_checks(checks_to_yaml([check])) == (check,)


def test_plain_data_are_read_like_their_text():
    plain = {"checks": [{"name": "solvent", "always": "cash >= 0", "given": [{"Set": {"target": "rent", "size": 1}}]}]}
    assert read_checks(plain) == (RealityCheck("solvent", always="cash >= 0", given=(Set("rent", 1),)),)


def test_all_problems_at_once():
    with pytest.raises(ScenarioError) as caught:
        read_checks(
            "checks:\n"
            "- 3\n"
            "- {name: a, allways: cash > 0}\n"
            "- {name: b, always: cash, when: cash}\n"
            "- {name: c, always: cash > 0, given: {Set: {}}}\n"
            "- {name: c, always: cash > 0, given: [{Sett: {target: a}}]}\n"
            "- {name: d, always: cash > 0}\n"
            "- {name: d, always: cash > 0}\n"
        )
    one = "has a part 'cash', which is not one comparison; write 'cash < 500', and join several by 'and'."
    assert str(caught.value) == (
        "the reality checks cannot be read\n"
        "  - check 1: seen '3'; it needs a 'name'.\n"
        "  - check 'a' has the unknown key 'allways'. Did you mean 'always'?\n"
        "  - check 'a' needs an 'always', the condition that must hold.\n"
        f"  - check 'b': always: the condition 'cash' {one}\n"
        f"  - check 'b': when: the condition 'cash' {one}\n"
        "  - check 'c': given is \"{'Set': {}}\"; write a list of shocks.\n"
        "  - check 'c': 'Sett' is unknown. Did you mean 'Set'?\n"
        "  - check 7: the name 'd' is taken; choose another."
    )


@pytest.mark.parametrize("content", ["scenarios: []\n", "checks: {}\n", "- a\n", "checks: []\nmore: 1\n"])
def test_a_file_of_something_else_is_refused(content):
    with pytest.raises(ScenarioError) as caught:
        read_checks(content)
    assert str(caught.value) == "a file of reality checks has one key, 'checks', with a list under it."
