"""The README tells the truth: its main job prints what is shown, and its commands are those of CI."""

import re
import runpy
from pathlib import Path

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def test_the_main_job_prints_what_stands_there(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(Path(__file__).parents[1] / "examples" / "kunlun_breakeven.py"), run_name="__main__")
    (shown,) = re.findall(r"```text\n(.*?)```", README, flags=re.DOTALL)
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == shown.splitlines()


def test_there_are_exactly_two_set_up_commands():
    commands = [line for line in README.splitlines() if line.startswith("pip install")]
    assert commands == [
        "pip install -e . && python examples/kunlun_breakeven.py",
        'pip install -e ".[test]" && pytest',
    ]


def test_every_page_that_the_readme_names_exists():
    root = Path(__file__).parent.parent
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]
    assert links
    for link in links:
        assert (root / link).exists(), link
