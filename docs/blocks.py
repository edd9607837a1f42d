"""The fenced blocks of the documentation's pages, and how each kind is run; the tests use it.

``python docs/blocks.py docs/tutorial.md`` runs a page in an empty folder, prints what differs from the page, and with
``--write`` puts what was printed today into the page (not where lines are left out by ``...``).

A block says its kind and, where it is a file, its name:

- ``python`` runs, all blocks of a page in one namespace and one folder, in order.
- ``sh`` is a command a line. ``forecast`` runs and must end with 0, or with what its line says (``# exit code 3``);
  ``cp`` copies a file; what begins with a text of ``NOT_RUN`` is left alone.
- ``text`` right after one of these is what it prints. A line ``...`` stands for lines that are left out.
- ``yaml title="acme/model.yaml"``, and ``csv`` likewise, is a whole file: it is written there and read by its reader.
  ``title="add to acme/sources.csv"`` adds lines to a file. ``title="part of model.yaml"`` is a piece of one: some items
  of its list, read as if they were all.
- ``bash``, ``zsh`` and ``fish`` are lines for the start-up file of a shell: the ``forecast completion`` in them runs.
"""

from __future__ import annotations

import contextlib
import difflib
import io
import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

KINDS = ("python", "sh", "text", "yaml", "csv", "bash", "zsh", "fish")
NOT_RUN = ("python -m venv ", ". .venv/bin/activate", "pip install ", "pytest ", "python benchmarks/", "mkdocs ")

# What a page tells its reader to fetch, and the file of the repository that is laid there instead.
FETCHED = {"reading.md": {"CIK0000000001.json": "examples/files/company_facts.json"}}

FENCE = re.compile(
    r'^(?P<margin> *)```(?P<kind>[^\s`]*)(?: title="(?P<title>[^"\n]+)")?\n(?P<text>.*?)^(?P=margin)```$',
    flags=re.MULTILINE | re.DOTALL,
)


class Block(NamedTuple):
    """One fenced block: its kind, its title or an empty text, its lines, and where in the page they begin."""

    kind: str
    title: str
    text: str
    line: int
    place: tuple[int, int]


def blocks(markdown: str) -> list[Block]:
    """Every fenced block of a page, in order; a fence that this does not understand is a ValueError."""
    found = []
    for one in FENCE.finditer(markdown):
        text = re.sub(rf"^{one['margin']}", "", one["text"], flags=re.MULTILINE)
        line = markdown.count("\n", 0, one.start()) + 1
        found.append(Block(one["kind"], one["title"] or "", text, line, one.span("text")))
    fences = len(re.findall(r"^ *(?:```|~~~)", markdown, flags=re.MULTILINE))
    if fences != 2 * len(found):
        raise ValueError(f"{fences} lines begin a fence or end one, which is not two for each of {len(found)} blocks.")
    return found


def printed_of(found: list[Block], markdown: str) -> dict[int, Block]:
    """For each block that runs, by its number, the ``text`` that follows with at most a paragraph between them."""
    pairs = {}
    for number, (block, following) in enumerate(pairwise(found)):
        between = markdown[block.place[1] : following.place[0]]
        if block.kind in ("python", "sh") and following.kind == "text" and "\n#" not in between:
            pairs[number] = following
    return pairs


def run(page: Path, *, paths: int | None = None) -> Iterator[tuple[Block, str, Block | None]]:
    """Each block of a page, run in the present folder: the block, what it printed, and what the page shows as printed.

    ``paths`` is given to the commands of blocks beside which nothing is shown, to save time.
    """
    markdown = page.read_text(encoding="utf-8")
    for name, instead in FETCHED.get(page.name, {}).items():
        shutil.copy(Path(__file__).resolve().parents[1] / instead, name)
    found = blocks(markdown)
    shown = printed_of(found, markdown)
    names: dict[str, Any] = {"__name__": page.name}
    for number, block in enumerate(found):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            if block.kind == "python":
                code = "\n" * block.line + block.text  # so that an error names the line of the page
                exec(compile(code, page.name, "exec", dont_inherit=True), names)
            elif block.kind in ("sh", "bash", "zsh", "fish"):
                for line in commands(block):
                    command(line, paths if number not in shown else None)
            elif block.kind in ("yaml", "csv"):
                written(block, names)
        yield block, out.getvalue(), shown.get(number)


def commands(block: Block) -> list[str]:
    """The commands of a block for a shell; of a start-up file the completion that it asks for."""
    if block.kind == "sh":
        return [line for line in block.text.splitlines() if line.strip() and not line.startswith("#")]
    return re.findall(r"forecast completion \w+", block.text)


def command(line: str, paths: int | None) -> None:
    """Run one line of a shell; AssertionError where it does not end as it says."""
    from forecast.command import main

    if line.startswith(NOT_RUN):
        return
    program, *words = shlex.split(line, comments=True)
    if program == "cp" and len(words) == 2:
        shutil.copy(*words)
        return
    assert program == "forecast", f"'{line}': nothing says how '{program}' is run; see NOT_RUN"
    said = re.search(r"# exit code (\d+)$", line)
    takes_paths = paths is not None and words[0] not in ("new", "completion", "reconcile")
    code = main([*words, *(("--paths", str(paths)) if takes_paths and "--paths" not in words else ())])
    assert code == (int(said[1]) if said else 0), f"'{line}' ends with {code}"


def written(block: Block, names: dict[str, Any]) -> None:
    """Write a file as its title says and read it by its reader; of a part only the reading."""
    import yaml

    import forecast as fc
    from forecast.command.settings import read_settings

    readers: dict[str, Any] = {
        "model.yaml": fc.read_model,
        "scenarios.yaml": fc.read_scenarios,
        "checks.yaml": fc.read_checks,
        "company.yaml": read_settings,
        "facts.csv": fc.read_financials,
    }
    lists = {"model.yaml": "drivers", "scenarios.yaml": "scenarios", "checks.yaml": "checks"}
    assert block.title, f"line {block.line}: a file has a title with its name"
    if block.title.startswith("part of "):
        name = block.title.removeprefix("part of ")
        whole = {lists[name]: yaml.safe_load(block.text)}
        readers[name](yaml.safe_dump(whole, allow_unicode=True, sort_keys=False))
        return
    path = Path(block.title.removeprefix("add to "))
    path.parent.mkdir(parents=True, exist_ok=True)
    if block.title.startswith("add to "):
        with path.open("a", encoding="utf-8") as file:
            file.write(block.text)
    else:
        path.write_text(block.text, encoding="utf-8")
    if path.name in readers:
        readers[path.name](path)


def differs(shown: str, printed: str) -> str:
    """How what is printed differs from what is shown; empty where it does not. A line ``...`` is any lines."""
    today = "".join(line.rstrip() + "\n" for line in printed.splitlines())
    lines = [line.rstrip() for line in shown.splitlines()]
    pattern = "".join("(?:.*\n)*?" if line == "..." else re.escape(line) + "\n" for line in lines)
    if re.fullmatch(pattern, today):
        return ""
    return "\n".join(difflib.unified_diff(shown.splitlines(), today.splitlines(), "the page", "today", lineterm=""))


def refresh(page: Path, *, write: bool) -> None:
    """Print how a page differs from what its blocks print today; with ``write`` put it there."""
    page = page.resolve()
    text = page.read_text(encoding="utf-8")
    changes = []
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for _, printed, shown in run(page):
            if shown is not None and (difference := differs(shown.text, printed)):
                print(f"{page.name}, line {shown.line}\n{difference}\n")
                if "\n...\n" not in f"\n{shown.text}":
                    today = "".join(line.rstrip() + "\n" for line in printed.splitlines())
                    changes.append((shown.place, today))
    if write:
        for (start, end), today in reversed(changes):
            text = text[:start] + today + text[end:]
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    os.environ.setdefault("MPLBACKEND", "agg")
    for name in [word for word in sys.argv[1:] if word != "--write"]:
        refresh(Path(name), write="--write" in sys.argv)
