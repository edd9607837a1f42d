"""The README tells the truth: its Python runs, and its two set-up commands stand there as CI calls them."""

import re
from pathlib import Path

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def test_the_python_blocks_run_one_after_the_other(capsys):
    blocks = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert len(blocks) == 3
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), names)
    printed = capsys.readouterr().out
    assert "Probability that profit over the quarter >= 45 is first reached by" in printed
    assert "assistant.half_life" in printed


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
