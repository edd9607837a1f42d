"""Every fenced block of every page is true: code and commands run, files are read, outputs are those of today.

How each kind of block is run stands in docs/blocks.py. A block of another kind, or one that nothing would run,
fails here.
"""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(
    [*DOCS.rglob("*.md"), *(ROOT / name / "README.md" for name in (".", "benchmarks", "data/kunlun"))],
    key=lambda page: (-page.stat().st_size, page),
)
"""Long pages first, so that no worker is left alone with one."""

spec = importlib.util.spec_from_file_location("blocks", DOCS / "blocks.py")
blocks = importlib.util.module_from_spec(spec)
spec.loader.exec_module(blocks)

# Formulas, which no program reads.
FORMULAS = {("docs/decisions/0002-recursive-steps.md", 6)}
# What README.md shows far below the command that prints it: tests/test_readme.py compares them.
PRINTED_ELSEWHERE = {"README.md": 1}
# Run, with other numbers of paths, by tests/command/test_page.py.
COMMANDS_ELSEWHERE = {"docs/command_line.md"}
# Setting up, tests and benchmarks: neither can be run from within a test. .ci/run sets up, and runs these programs.
LEFT_ALONE = {
    ". .venv/bin/activate",
    "pip install -e . && python examples/kunlun_breakeven.py",
    'pip install -e ".[dev]"',
    'pip install -e ".[excel]"',
    'pip install -e ".[test]" && pytest',
    'pip install -e ".[fuzz,dev]"',
    "pytest benchmarks -n 0 -s",
    "python benchmarks/fuzz.py --seconds 60",
    "python benchmarks/fuzz.py --seconds 5 --strict",
    "python -m venv .venv",
    "python benchmarks/job.py --job job.py --peers PYTHON > benchmarks/results/job.md",
    "python benchmarks/run.py > benchmarks/results/kunlun_speed.md",
}


def named(page):
    return page.resolve().relative_to(ROOT.resolve()).as_posix()


def found(page):
    return blocks.blocks(page.read_text(encoding="utf-8"))


def trouble(name, number, block, found, shown):
    """Why nothing would run or compare a block; None where something does."""
    if block.kind not in blocks.KINDS:
        return f"the kind '{block.kind}' is none of {', '.join(blocks.KINDS)}"
    if block.kind == "text" and block not in shown.values():
        return "a text that no code above it prints; an indented block is for formulas"
    if block.kind in ("yaml", "csv") and not block.title:
        return "a file without a title that names it"
    if block.kind in ("sh", "bash", "zsh", "fish") and not blocks.commands(block):
        return "no command"
    if block.kind not in ("yaml", "csv") and block.title:
        return "a title, which files have"
    return None


def test_nothing_escapes():
    problems, texts = [], dict.fromkeys(PRINTED_ELSEWHERE, 0)
    for page in PAGES:
        name = named(page)
        shown = blocks.printed_of(found(page), page.read_text(encoding="utf-8"))
        for number, block in enumerate(found(page)):
            if (name, block.line) in FORMULAS:
                continue
            why = trouble(name, number, block, found(page), shown)
            if why and block.kind == "text" and name in PRINTED_ELSEWHERE:
                texts[name] += 1
            elif why:
                problems.append(f"{name}, line {block.line}: {why}")
    assert problems == []
    assert texts == PRINTED_ELSEWHERE


def test_what_is_left_alone_is_listed():
    lines = {line for page in PAGES for block in found(page) if block.kind == "sh" for line in blocks.commands(block)}
    alone = {re.sub(r"\s+#.*", "", line) for line in lines if line.startswith(blocks.NOT_RUN)}
    assert alone == LEFT_ALONE


@pytest.mark.parametrize("page", [page for page in PAGES if found(page)], ids=named)
def test_every_block_runs_and_prints_what_the_page_shows(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if named(page) in COMMANDS_ELSEWHERE:
        monkeypatch.setattr(blocks, "command", lambda line, paths: None)
    different = []
    for block, printed, shown in blocks.run(page, paths=500):
        if shown is not None and (difference := blocks.differs(shown.text, printed)):
            different.append(f"{named(page)}, line {block.line}\n{difference}")
    assert different == [], "\n".join([*different, f"python docs/blocks.py {named(page)} --write"])


@pytest.mark.parametrize("page", ["index.md", "tutorial.md"])
def test_numbers_in_the_words_stand_in_a_block(page):
    """Numbers of three characters or more, and percentages: each is printed or written in a block of the page."""
    text = (DOCS / page).read_text(encoding="utf-8")
    code = "\n".join(block.text for block in blocks.blocks(text)).replace("_", "")
    code += code.replace(",", "")
    words = re.sub(r"\]\([^)]*\)|`[^`\n]*`", "", blocks.FENCE.sub("", text))
    told = {one.rstrip(".,") for one in re.findall(r"(?<![\w.])\d[\d,.]+\d|(?<![\w.])\d[\d.]* %", words)}
    told = {one for one in told if not re.fullmatch(r"20\d\d", one)}
    missing = {one for one in told if one.replace(",", "") not in code and one.replace(" %", "%") not in code}
    assert missing <= EXPLAINED[page], missing
    assert told - missing


# Numbers of the prose that are no output, each for a reason.
EXPLAINED = {
    "index.md": {"3.11", "3.13", "300418", "28.5"},  # versions of Python, the share's number, 0.2845 in per cent
    "tutorial.md": {"0.73"},  # 0.7293
}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_to_a_file(page):
    text = blocks.FENCE.sub("", page.read_text(encoding="utf-8"))
    links = re.findall(r"\]\(([^)#\s]+)", text)
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


def test_a_wrong_output_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    page.write_text("```python\nprint(1 + 1)\nprint(3)\n```\n\n```text\n4\n3\n```\n", encoding="utf-8")
    (one, _) = blocks.run(page)
    assert blocks.differs(one[2].text, one[1]) == "--- the page\n+++ today\n@@ -1,2 +1,2 @@\n-4\n+2\n 3"


def test_dots_stand_for_lines_that_are_left_out():
    assert blocks.differs("a\n...\nd\n", "a\nb\nc\nd\n") == ""
    assert blocks.differs("...\nc\n...\n", "a\nb\nc\nd\n") == ""
    assert blocks.differs("a\n...\nc\n", "a\nb\nc\nd\n") != ""
    assert blocks.differs("a\nc\n", "a\nb\nc\n") != ""


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("forecast check nowhere", "'forecast check nowhere' ends with 1"),
        ("forecast completion bash  # exit code 3", "'forecast completion bash  # exit code 3' ends with 0"),
        ("rm -r acme", "'rm -r acme': nothing says how 'rm' is run; see NOT_RUN"),
    ],
)
def test_a_command_that_ends_otherwise_is_told(line, told, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AssertionError, match=f"^{re.escape(told)}"):
        blocks.command(line, None)


def test_a_fence_that_is_not_closed_is_an_error():
    with pytest.raises(ValueError, match=r"^3 lines begin a fence or end one"):
        blocks.blocks("```sh\nls\n```\n\n```python\n")


def test_a_part_of_a_file_is_read_as_a_whole_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    page.write_text('```yaml title="part of model.yaml"\n- revenue = sales\n- Grwth: {line: sales}\n```\n', "utf-8")
    with pytest.raises(Exception, match="Did you mean 'Growth'"):
        list(blocks.run(page))
