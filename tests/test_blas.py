"""Linear algebra on one thread inside the library, and as it was outside."""

import inspect
import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

import forecast as fc
from forecast.blas import one_thread, steady

VERBS_WITHOUT_ALGEBRA = {
    *("assume", "beta", "fixed", "lognormal", "normal", "student_t", "triangular", "uniform"),
    *(
        "checks_to_yaml",
        "read_checks",
        "read_financials",
        "read_model",
        "read_scenarios",
        "scenarios_to_yaml",
        "unread",
    ),
    "open_sweep",
    *("explore", "fiscal_year_table", "kunlun_folder", "load_kunlun", "report", "write_results", "write_workbook"),
}


def threads():
    """The threads of every BLAS that is loaded."""
    return {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"}


def test_one_thread_inside_and_what_was_before_outside():
    with threadpool_limits(limits=2, user_api="blas"):
        with one_thread():
            assert threads() == {1}
            with one_thread():
                assert threads() == {1}
            assert threads() == {1}
        assert threads() == {2}
        with pytest.raises(ZeroDivisionError), one_thread():
            1 / 0  # noqa: B018
        assert threads() == {2}


def test_callers_in_several_threads_do_not_lift_it_for_each_other():
    entered, leave, seen = threading.Event(), threading.Event(), []

    def other():
        with one_thread():
            entered.set()
            leave.wait(10)
            seen.append(threads())

    with threadpool_limits(limits=2, user_api="blas"):
        caller = threading.Thread(target=other)
        with one_thread():
            caller.start()
            assert entered.wait(10)
        assert threads() == {1}
        leave.set()
        caller.join()
        assert seen == [{1}]
        assert threads() == {2}


def test_a_steady_function_is_the_same_function():
    @steady
    def product(first: np.ndarray, *, second: np.ndarray) -> np.ndarray:
        """Multiply."""
        assert threads() == {1}
        return first @ second

    assert product(np.eye(2), second=np.ones(2)).tolist() == [1.0, 1.0]
    assert (product.__name__, product.__doc__) == ("product", "Multiply.")
    assert list(inspect.signature(product).parameters) == ["first", "second"]


def test_every_verb_that_computes_is_steady():
    for name in fc.__all__:
        verb = getattr(fc, name)
        if inspect.isfunction(verb) and name not in VERBS_WITHOUT_ALGEBRA and not name.startswith("plot_"):
            assert hasattr(verb, "__wrapped__"), f"{name} is not @steady (forecast/blas.py)"
