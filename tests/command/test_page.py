"""The page on the command line tells the truth: its commands run, and it lists what there is."""

import re
import shlex
from pathlib import Path

from forecast.command import answer
from forecast.command.parser import COMMANDS
from forecast.command.settings import KEYS, read_settings

from .conftest import change

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "command_line.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL)


def test_the_commands_run_one_after_the_other(tmp_path, monkeypatch, run):
    monkeypatch.chdir(tmp_path)
    words = [shlex.split(line) for block in BLOCKS for line in block.splitlines()]
    assert len(words) == 18
    for program, *rest in words:
        assert program == "forecast"
        ran = run(*rest)
        assert (ran.code, ran.err) == (0, ""), rest
        assert ran.out
        if rest[0] == "new":
            change(tmp_path / "acme" / "company.yaml", "paths: 10000", "paths: 300")


def test_the_commands_of_the_readme_in_a_new_folder_run(folder, monkeypatch, run):
    monkeypatch.chdir(folder)
    block = re.search(r"## Questions\n\n```\n(.*?)```", (folder / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    asked = [shlex.split(line, comments=True)[1:] for line in block[1].splitlines()]
    assert [words[0] for words in asked] == [
        *("check", "reconcile", "simulate", "breakeven", "goal-seek"),
        *("sensitivity", "bridge", "honesty", "backtest"),
    ]
    for words in asked:
        assert run(*words).code == 0, words


def test_every_command_key_and_exit_code_stands_there(tmp_path):
    for command in COMMANDS:
        assert re.search(rf"`{command}`|forecast {command}\b", PAGE), command
    block = re.search(r"```yaml title=\"acme/company.yaml\"\n(.*?)```", PAGE, re.DOTALL)[1]
    (tmp_path / "company.yaml").write_text(block, encoding="utf-8")
    assert read_settings(tmp_path / "company.yaml").goals.by == "2027Q4"
    assert set(re.findall(r"^([a-z_]+):", block, re.MULTILINE)) == set(KEYS)
    codes = {answer.FINE, answer.WRONG, answer.MISUSED, answer.NOT_REACHED, answer.FAULT, answer.INTERRUPTED}
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)} == codes


def test_every_link_leads_to_a_file():
    links = re.findall(r"\]\(([^)#]+)", PAGE)
    assert links
    assert [link for link in links if not (DOCS / link).exists()] == []
