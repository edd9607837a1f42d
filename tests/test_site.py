"""The documentation site names every page and every public name."""

import importlib
import re
from pathlib import Path

import yaml

import forecast as fc
from forecast.command import main

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


def described():
    pages = sorted((DOCS / "reference").glob("*.md"))
    return [path for page in pages for path in re.findall(r"^::: (\S+)$", page.read_text("utf-8"), flags=re.MULTILINE)]


def test_the_reference_has_every_public_name_once():
    names = {path.rsplit(".", 1)[1] for path in described()}
    modules = {"drivers", "errors", "forecasters", "shocks"}
    assert set(fc.__all__) - modules - {"__version__"} - names == set()
    assert set(fc.drivers.__all__) - names == set()
    assert set(fc.shocks.__all__) - names == set()
    assert len(described()) == len(set(described()))


def test_the_reference_describes_what_exists():
    for path in described():
        module, name = path.rsplit(".", 1)
        assert not isinstance(getattr(importlib.import_module(module), name), type(importlib)), path


def test_every_page_is_in_the_navigation():
    text = (ROOT / "mkdocs.yml").read_text("utf-8").replace("!!python/name:", "")
    listed = set()

    def walk(part):
        if isinstance(part, str):
            listed.add(part)
        else:
            for inner in part.values() if isinstance(part, dict) else part:
                walk(inner)

    walk(yaml.safe_load(text)["nav"])
    assert listed == {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")}


def test_the_commands_of_the_first_page_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    commands = re.findall(r"^forecast (.+)$", (DOCS / "index.md").read_text("utf-8"), flags=re.MULTILINE)
    assert [command.split()[0] for command in commands] == ["new", "check", "breakeven", "goal-seek", "report"]
    for command in commands:
        assert main([*command.split(), *(() if command.startswith("new") else ("--paths", "500"))]) == 0, command
    assert (tmp_path / "acme" / "report.html").stat().st_size > 50_000
