"""The documentation site names every page and every public name."""

import importlib
import importlib.util
import re
from pathlib import Path

import pytest
import yaml

import forecast as fc

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"

spec = importlib.util.spec_from_file_location("site_hooks", DOCS / "site_hooks.py")
hooks = importlib.util.module_from_spec(spec)
spec.loader.exec_module(hooks)


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
    text = (ROOT / "mkdocs.yml").read_text("utf-8")
    listed = set()

    def walk(part):
        if isinstance(part, str):
            listed.add(part)
        else:
            for inner in part.values() if isinstance(part, dict) else part:
                walk(inner)

    walk(yaml.safe_load(text)["nav"])
    assert listed == {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")}


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://unpkg.com/mermaid@11/dist/mermaid.min.js"></script>',
        '<link rel="stylesheet" href="https://fonts.googleapis.com/css?family=Roboto">',
        '<link rel="preconnect" href="//fonts.gstatic.com" crossorigin>',
        "<img alt='a badge' src='http://img.example/badge.svg'>",
        '<iframe width="560" src="https://video.example/1"></iframe>',
        '<object type="image/svg+xml" data="https://example.org/a.svg"></object>',
        '<svg><image href="https://example.org/a.png"/></svg>',
        "<style>@import 'https://example.org/a.css';</style>",
        "@font-face { src: url(https://example.org/a.woff2) }",
        '<pre class="mermaid"><code>flowchart LR</code></pre>',
    ],
)
def test_what_a_browser_would_fetch_from_elsewhere_is_found(text):
    assert len(hooks.fetches(f"<p>{text}</p>")) == 1


@pytest.mark.parametrize(
    "text",
    [
        '<a href="https://example.org/">a link</a>',
        '<link rel="canonical" href="https://example.org/forecast/">',
        '<script src="../assets/javascripts/bundle.js"></script>',
        '<img src="images/flow.svg" alt="see https://example.org">',
        '<svg xmlns="http://www.w3.org/2000/svg"><use href="#one"/></svg>',
        "<code>fc.report(runs).save('https://example.org')</code>",
        "a { background: url(../images/a.png) }",
    ],
)
def test_links_and_own_files_are_no_fetches(text):
    assert hooks.fetches(f"<p>{text}</p>") == []


def test_a_fetch_in_the_site_that_was_built_is_a_warning(tmp_path, caplog):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "index.html").write_text("<img src='https://example.org/a.png'>", encoding="utf-8")
    (tmp_path / "own.css").write_text("a { color: red }", encoding="utf-8")
    with caplog.at_level("WARNING", logger="mkdocs"):
        hooks.on_post_build(config={"site_dir": str(tmp_path)})
    told = "fetches from elsewhere: <img src='https://example.org/a.png"
    assert [one.getMessage() for one in caplog.records] == [f"{Path('deep/index.html')} {told}"]


def test_the_theme_fetches_no_fonts():
    assert re.search(r"^  font: false$", (ROOT / "mkdocs.yml").read_text("utf-8"), flags=re.MULTILINE)
