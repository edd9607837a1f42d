"""CSV files are taken apart as any reader of CSV does, or refused with the line."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.errors import FactsError
from forecast.financials.delimited import records_of
from forecast.limits import raised


def records(tmp_path, content, mark=","):
    path = tmp_path / "a.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return records_of(path, rows="table_rows", columns="table_columns", mark=mark)


def refusal(tmp_path, content):
    with pytest.raises(FactsError) as caught:
        records(tmp_path, content)
    return str(caught.value)


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)), max_size=5
    )
)
def test_what_the_standard_library_writes_is_read(tmp_path_factory, rows):
    made = io.StringIO()
    csv.writer(made).writerows(rows)
    found = records(tmp_path_factory.mktemp("csv"), made.getvalue().removeprefix("\ufeff"))
    trimmed = []
    for row in rows:
        kept = list(row)
        while kept and not kept[-1].strip():
            kept.pop()
        trimmed.append(kept)
    if not made.getvalue().startswith("\ufeff"):
        assert found == trimmed


def test_a_break_of_line_and_quotes_in_a_cell(tmp_path):
    assert records(tmp_path, 'a,"b\nc",""\n"say ""x""",d\r\n\n5" disk,e') == [
        ["a", "b\nc"], ['say "x"', "d"], [], ['5" disk', "e"],
    ]  # fmt: skip


@pytest.mark.parametrize(("content", "mark"), [("a;b\n1,5;2", ";"), ("a\tb\n1\t2", "\t"), ("a,b;c\n1,2", ",")])
def test_the_mark_is_the_one_that_the_first_lines_have_most_of(tmp_path, content, mark):
    assert records(tmp_path, content, "") == [line.split(mark) for line in content.split("\n")]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('a\n"b\nc', "quotes that begin and do not end in line 3"),
        ('a\n"b"c,d', "something behind closing quotes in line 2"),
        ("a\nb\0", "a null byte in line 2"),
        ("a\n" + "x" * 100_001, "a cell of more than 100,000 characters in line 2"),
        ("a\n" + "x" * 200_000, "a cell of more than 100,000 characters in line 2"),
    ],
)
def test_what_is_broken_is_refused_with_its_line(tmp_path, content, problem):
    assert refusal(tmp_path, content) == f"'a.csv' cannot be read as a table: {problem}. Save it as CSV in UTF-8."


def test_the_limits_count_filled_columns_and_all_rows(tmp_path):
    with raised(table_columns=2, table_rows=3):
        assert records(tmp_path, "a,b,,,\n1,2\n,,\n") == [["a", "b"], ["1", "2"], []]
        assert refusal(tmp_path, "a,b,c").startswith("'a.csv' has 3 columns in line 1; at most 2 columns are read.")
        assert refusal(tmp_path, "\n\n\n\n").startswith("'a.csv' has more than 3 rows; at most 3 rows are read.")
        assert refusal(tmp_path, "a" + "," * 40).startswith("'a.csv' has 41 columns or more; at most 2 columns")
