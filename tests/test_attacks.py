"""Hostile files, each by name: refused in words, in bounded time and memory. ``tests/attacks.py`` has the files."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.attacks import ATTACKS

ROOT = Path(__file__).parents[1]
SECONDS, MEGABYTES = 10.0, 400.0
"""Of the processor, and above what was in use before; the whole process may take a gigabyte."""

VALUE = "a value"
SAID = {
    "aliases_that_explode": "line 2, column 8: aliases are not allowed; write it out",
    "merge_keys_that_explode": "aliases are not allowed",
    "yaml_of_half_a_million_values": r"it holds more than 50,000 values. .*raised\(specification_values=100_000\)",
    "yaml_nested_100_000_deep": "line 1, column 49: it is nested more than 40 deep",
    "yaml_that_runs_a_command": "could not determine a constructor for the tag",
    "a_whole_number_of_900_000_digits": "line 1, column 11: a number has 900,002 characters",
    "hours_and_minutes_without_end": "a number has 800,001 characters",
    "a_seed_larger_than_any_float": "line 3, column 7: the number 0xf+... is larger than any",
    "yaml_with_null_bytes": "unacceptable character #x0000",
    "yaml_in_utf_16": "it is in UTF-16. Save it as a text in UTF-8",
    "names_given_twice": "line 2, column 1: the key 'drivers' is given twice; keep one",
    "numbers_that_are_none": "seen: value = nan.(.|\n)*seen: mean = inf",
    "a_model_that_is_an_address": "there is no file 'https:/example.org/model.yaml'",
    "a_formula_nested_10_000_deep": "at most 4000 characters",
    "signs_nested_3_900_deep": "is not arithmetic over lines|nested more than 60 deep",
    "a_tower_of_powers": r"'9\*\*9\*\*9' uses an operator other than",
    "a_formula_that_imports": "is a call",
    "letters_that_only_look_alike": r"holds '\u0435' \(CYRILLIC SMALL LETTER IE\)",
    "a_condition_of_a_million_spaces": "has 1,000,007 characters; at most 4,000 are read",
    "a_million_columns": "has 1,000,000 columns or more; at most 1,000 columns are read",
    "a_million_columns_behind_a_break_in_quotes": "has 1,000,001 columns or more",
    "a_million_cells_in_one_row": "has 1,000,001 columns or more",
    "more_rows_than_any_company_has": r"at most 200,000 rows are read. .*raised\(table_rows=400_000\)",
    "a_hundred_thousand_wrong_rows": "10001 problems\n(.|\n)*and 9951 more",
    "a_hundred_thousand_sources_and_none_right": "10001 problems\n(.|\n)*'sauce000000' is not in the sources",
    "csv_with_null_bytes": "a null byte in line 2",
    "csv_in_utf_16": "it is in UTF-16. Save it as CSV in UTF-8",
    "csv_in_latin_1": r"it is not in UTF-8 \(line 2\). Save it as CSV in UTF-8",
    "quotes_that_do_not_end": "quotes that begin and do not end in line 1002",
    "a_row_longer_than_the_header": "row 2 has 11 cells, and the header names 10 columns",
    "columns_given_twice": "the column 'value' is there twice",
    "a_number_of_a_hundred_thousand_digits": "row 2: the value has 99,002 characters",
    "exponents_beyond_all_bounds": "'1e-999999999' has more than 40 digits(.|\n)*row 3: the value .* is not a number",
    "sums_that_overflow": r"row 2: the value 1.7e\+308 is not between 1e-30 and 1e\+30 in size",
    "the_year_0_and_the_year_9999": "0000Q1 ends in the year -1, which no calendar has",
    "a_year_mistyped_by_8_000": "from 1024Q3 .* to 9024Q3 .*: 32,001 quarters, and at most 1,000 quarters",
    "text_that_turns_direction": r"row 2: '\\u202eeunever' is not a line name",
    "digits_written_from_right_to_left": VALUE,
    "a_cell_of_brackets": r"column C '\({1000}\.\.\.'",
    "a_file_without_end": "is neither a file nor a folder",
    "a_pipe_that_nobody_fills": "is neither a file nor a folder",
    "a_model_that_is_a_pipe": "there is no file",
    "a_file_of_ten_gigabytes": "has 10,737,418,240 bytes; at most 64,000,000 are read",
    "a_table_that_is_an_address": "is neither a file nor a folder",
    "a_table_that_is_packed": "is neither CSV nor Parquet",
    "a_packed_table_under_another_name": "it is not in UTF-8",
    "mixed_time_zones": "which says no periods",
    "a_series_at_the_edge_of_floats": r"1e\+308 in 2020Q1.*no amount is larger than",
    "lists_in_the_cells_of_a_frame": r"the value '\[1, 2\]' is not a number",
    "a_workbook_that_unpacks_to_200_megabytes": "has more than 128,000,000 bytes once unpacked",
    "a_workbook_with_exploding_entities": "'xl/worksheets/sheet1.xml' that defines entities",
    "a_workbook_that_names_another_file": "'xl/worksheets/sheet1.xml' that defines entities",
    "a_workbook_in_utf_16": "is not in UTF-8",
    "a_workbook_with_a_cell_far_away": "20,001 rows",
    "a_workbook_with_an_impossible_column": "cannot be read as a workbook",
    "a_workbook_with_numbers_too_long": "cannot be read as a workbook",
    "a_workbook_of_a_million_cells": r"has more than 2,000,000 tags of XML. .*raised\(workbook_tags=4_000_000\)",
    "a_workbook_of_250_000_cells": "has 101,000 cells; at most 100,000 are read",
    "a_workbook_of_60_000_parts": "has more than 5,000 parts and is no workbook",
    "parquet_that_unpacks_to_a_gigabyte": "the facts: 10001 problems\n  - row 0: the period has 100,000 characters.",
    "parquet_of_a_billion_rows": "has 20,000,000 rows; at most 200,000 are read",
    "json_nested_100_000_deep": "cannot be read as JSON",
    "json_with_a_number_beyond_all_bounds": "is beyond all bounds",
    "json_with_a_figure_of_1e308": "'val' is 1E\\+308, which no company reports",
    "json_with_a_whole_number_of_5_000_digits": "cannot be read as JSON",
    "json_with_no_number": "'val' is nan, not finite",
    "json_with_the_year_1": "it has the date 0001-01-01, which no filing has",
    "json_with_names_given_twice": "the name 'facts' is given twice in one object",
    "json_with_lists_for_maps": "'us-gaap' of the company facts holds no tags",
    "json_that_is_not_there": "none.json'. Look at its name and folder.",
    "json_that_is_a_folder": "'facts.json' is not a plain file",
    "a_company_folder_that_is_one_loop": VALUE,
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("attacks")
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.attacks", str(folder)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        timeout=600,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert not list(folder.rglob("ran"))  # the command of yaml_that_runs_a_command
    return {name: rest for name, *rest in map(json.loads, ran.stdout.splitlines())}


@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured through /proc")
@pytest.mark.parametrize("name", ATTACKS)
def test_a_hostile_file_is_refused_in_words_time_and_memory(outcomes, name):
    kind, message, seconds, megabytes = outcomes[name]
    if SAID[name] == VALUE:
        assert kind == "value", message
    else:
        assert kind.endswith("Error"), message
        assert not kind.startswith("!"), (kind, message)
        assert re.search(SAID[name], message), message
    assert seconds < SECONDS
    assert megabytes < MEGABYTES


def test_every_attack_has_its_answer():
    assert set(SAID) == set(ATTACKS)
