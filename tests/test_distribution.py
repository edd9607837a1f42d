"""What is handed out: the wheel and the sdist hold what they should, nothing else, and one makes the other."""

import os
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
NEEDED = (
    "forecast/py.typed",
    "forecast/command/template/company.yaml",
    "forecast/data/kunlun/facts.csv",
    "forecast/data/kunlun/model.yaml",
    "forecast/data/kunlun/sources.csv",
    "forecast/forecasters/widths.csv",
    "forecast/reporting/page/live.js",
    "forecast/reporting/page/page.css",
    "forecast/reporting/page/page.js",
    "forecast/reporting/page/template.html",
    f"forecast_scenarios-{VERSION}.dist-info/licenses/LICENSE",
)
ROOTS = (
    *(".ci", ".gitignore", "CHANGELOG.md", "LICENSE", "PKG-INFO", "README.md", "benchmarks", "data", "docs"),
    *("examples", "forecast", "mkdocs.yml", "pyproject.toml", "tests"),
)
STRAY = (
    ".pyc",
    ".pyo",
    ".pyd",
    ".so",
    ".orig",
    ".rej",
    ".swp",
    "~",
    ".log",
    ".pem",
    ".key",
    ".env",
    ".netrc",
    ".pypirc",
)


def build(target, *options):
    """Build with what is installed: nothing is fetched."""
    found = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(target), *options, str(ROOT)],
        capture_output=True,
        text=True,
        cwd=target,
        env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"},
    )
    assert found.returncode == 0, found.stdout + found.stderr
    return {path.suffix: path for path in target.iterdir()}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The sdist, and the wheel that is made from it."""
    return build(tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="module")
def wheel(made):
    with zipfile.ZipFile(made[".whl"]) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def sdist(made):
    with tarfile.open(made[".gz"]) as archive:
        members = [one for one in archive.getmembers() if one.isfile()]
        assert len(members) == len([one for one in archive.getmembers() if not one.isdir()]), "links"
        return {one.name.split("/", 1)[1]: archive.extractfile(one).read() for one in members}


def wanted():
    """Every file of the library in the checkout, and the reference company's, by name in the wheel."""
    kept = [path for path in (ROOT / "forecast").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    found = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in kept}
    company = ROOT / "data" / "kunlun"
    return found | {f"forecast/data/kunlun/{path.name}": path.read_bytes() for path in company.iterdir()}


def test_the_wheel_holds_the_library_and_its_data_and_nothing_else(wheel):
    library = {name: held for name, held in wheel.items() if ".dist-info/" not in name}
    assert library == wanted()
    assert [name for name in NEEDED if name not in wheel] == []
    assert {name.split("/", 1)[1] for name in wheel.keys() - library.keys()} == {
        *("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE"),
    }


def test_no_tests_no_leftovers_no_secrets(wheel, sdist):
    files = {name.rsplit("/", 1)[-1] for name in wheel}
    assert [name for name in files if name.startswith(("test_", "conftest"))] == []
    assert {name.split("/")[0] for name in wheel} == {"forecast", f"forecast_scenarios-{VERSION}.dist-info"}
    for name in [*wheel, *sdist]:
        assert not name.endswith(STRAY), name
        assert "__pycache__" not in name, name
        assert ".." not in name.split("/"), name
        assert not name.startswith("/"), name
    assert {name.split("/")[0] for name in sdist} == set(ROOTS)
    assert {name for name in sdist if name.startswith(".ci/")} == {".ci/oldest.txt", ".ci/run"}
    assert {name for name in sdist if name.split("/")[-1].startswith(".")} == {".gitignore"}


def test_no_path_of_the_machine_that_built_it(wheel, sdist):
    own = [f"{path}{os.sep}".encode() for path in (ROOT, Path.home(), Path(sys.prefix))]
    for name, held in [*wheel.items(), *sdist.items()]:
        assert not any(path in held for path in own), name


def test_both_are_small(made):
    # docs/dependencies.md: 0.8 MB; the sdist holds the pictures and notebooks of the documentation too
    assert 0.4e6 < made[".whl"].stat().st_size < 1.5e6
    assert 1e6 < made[".gz"].stat().st_size < 12e6


def test_the_wheel_made_from_the_sdist_is_that_of_the_checkout(made, tmp_path):
    direct = build(tmp_path, "--wheel")
    assert direct[".whl"].name == made[".whl"].name
    assert direct[".whl"].read_bytes() == made[".whl"].read_bytes()
