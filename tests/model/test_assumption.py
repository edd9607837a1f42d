"""Assumptions: how a parameter is stated, bounded, and written to a file."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.distributions import fixed, normal, triangular, uniform
from forecast.errors import DistributionError, ModelError
from forecast.model import ROLES, Assumption, as_assumption, assume, parameter


def refusal(call, *arguments, error=ModelError, **options):
    with pytest.raises(error) as caught:
        call(*arguments, **options)
    return str(caught.value)


def test_a_number_a_distribution_and_what_stands_for_one_in_a_file_are_assumptions():
    assert as_assumption(0.3) == assume(0.3) == Assumption(fixed(0.3)) == Assumption(0.3)
    assert as_assumption(normal(0, 1)) == Assumption(normal(0, 1))
    assert as_assumption({"normal": {"mean": 0, "sd": 1}}) == Assumption(normal(0, 1))
    full = assume(triangular(2, 5, 12), role="lever", because="app-store terms", low=1, high=20)
    assert as_assumption(full) is full
    assert (
        as_assumption(
            {
                "value": {"triangular": {"low": 2, "mode": 5, "high": 12}},
                "role": "lever",
                "because": "app-store terms",
                "low": 1,
                "high": 20,
            }
        )
        == full
    )


def test_the_least_that_says_it_all_is_written():
    assert assume(0.3).spec() == 0.3
    assert assume(normal(0, 1)).spec() == {"normal": {"mean": 0.0, "sd": 1.0}}
    assert assume(0.3, because="S27").spec() == {"value": 0.3, "because": "S27"}
    assert assume(0.3, role="lever", low=-1).spec() == {"value": 0.3, "role": "lever", "low": -1}


@settings(deadline=None, derandomize=True)
@given(
    st.floats(-10, 10) | st.builds(normal, st.floats(-9, 9), st.floats(0.1, 9)),
    st.none() | st.sampled_from(ROLES),
    st.sampled_from(["judgement", "S27; page 3: 'about a third'"]),
    st.sampled_from([-math.inf, -1.0]),
    st.sampled_from([math.inf, 2]),
)
def test_what_is_written_reads_back_equal(value, role, because, low, high):
    stated = assume(value, role=role, because=because, low=low, high=high)
    assert as_assumption(stated.spec()) == stated


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"role": "levr"}, "'levr' is not a role. Did you mean 'lever'?"),
        ({"role": 3}, "3 is not a role. Known: 'constant', 'lever', 'uncertainty'."),
        ({"low": 2, "high": 1}, "an assumption may move from 2 to 1: low must be below high."),
        ({"low": 1, "high": 1}, "an assumption may move from 1 to 1: low must be below high."),
        ({"low": math.nan}, "an assumption may move from nan to inf: low must be below high."),
        ({"low": "0"}, "an assumption may move to '0'; low and high must be numbers."),
        ({"high": True}, "an assumption may move to True; low and high must be numbers."),
        ({"because": None}, "an assumption rests on None; write a sentence, or leave 'because' out."),
    ],
)
def test_a_badly_stated_assumption_is_refused(options, text):
    assert refusal(assume, 0.3, **options) == text


def test_unknown_keys_are_refused_with_the_nearest():
    assert refusal(as_assumption, {"value": 1, "becuase": "S27", "rolle": "lever"}) == (
        "an assumption has unknown keys ['becuase', 'rolle']. Did you mean 'because'? Did you mean 'role'?"
    )


def test_what_is_no_assumption_is_refused():
    assert refusal(as_assumption, "much", error=DistributionError) == (
        "'much' is neither a number nor a distribution. Write 0.3 or {normal: {mean: 0.3, sd: 0.1}}."
    )


def test_a_parameter_without_a_statement_is_to_be_fitted():
    share = parameter("cost", "target", None, role="lever", unit="of revenue", low=0, high=1)
    assert share.full_name == "cost.target"
    assert (share.estimate, share.role, share.basis, share.unit) == (None, "lever", "fitted", "of revenue")
    assert (share.low, share.high, share.lever_low, share.lever_high) == (0, 1, 0, 1)


def test_a_stated_parameter_is_cut_to_its_domain():
    share = parameter("cost", "target", normal(0.3, 0.1), role="lever", low=0, high=1)
    assert share.estimate == normal(0.3, 0.1).between(0, 1)
    assert share.basis == "judgement"
    assert parameter("cost", "target", 0.3, role="lever", low=0, high=1).estimate == fixed(0.3)


def test_the_statement_decides_role_and_ground():
    stated = assume(0.3, role="constant", because="S27")
    share = parameter("cost", "target", stated, role="lever", low=0, high=1)
    assert (share.role, share.basis) == ("constant", "S27")


@pytest.mark.parametrize(
    ("stated", "search", "lever"),
    [
        (0.3, None, (0, 1)),
        (0.3, (0.1, 0.5), (0.1, 0.5)),
        (assume(0.3, low=0.2), (0.1, 0.5), (0.2, 0.5)),
        (assume(0.3, high=0.9), (0.1, 0.5), (0.1, 0.9)),
        (assume(0.3, low=-5, high=5), (0.1, 0.5), (0, 1)),
        (assume(0.3, low=0.7, high=0.8), (0.1, 0.5), (0.7, 0.8)),
    ],
)
def test_the_range_of_a_goal_seek_lies_in_the_domain(stated, search, lever):
    share = parameter("cost", "target", stated, role="lever", low=0, high=1, search=search)
    assert (share.lever_low, share.lever_high) == lever


@pytest.mark.parametrize(("low", "floor", "roof"), [(0.6, "0.6", "0.5"), (0.5, "0.5", "0.5")])
def test_an_empty_range_of_a_goal_seek_is_refused(low, floor, roof):
    stated = assume(0.3, low=low)
    text = refusal(parameter, "cost", "target", stated, role="lever", low=0, high=1, search=(0.1, 0.5))
    assert text == (
        f"'cost.target' may be moved from {floor} to {roof}, which is nowhere: state low and high, "
        "both inside its domain [0, 1]."
    )


@pytest.mark.parametrize(("value", "shown"), [(1.06, "1.06"), (uniform(2, 3), "uniform(low=2, high=3)")])
def test_a_value_outside_the_domain_is_refused(value, shown):
    assert refusal(parameter, "drama_revenue", "start", value, role="uncertainty", low=0, high=1) == (
        f"'drama_revenue.start' is {shown}, outside its domain [0, 1]. State a value inside it."
    )
