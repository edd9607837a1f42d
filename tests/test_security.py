"""Nothing of a file is executed or fetched, nothing is read outside a company folder, and nothing is a pickle."""

import ast
import json
import os
import shutil
import socket
import subprocess
import urllib.request
from pathlib import Path

import pytest

import forecast as fc
from benchmarks.fuzz_parts.targets import TARGETS, seeds
from forecast.command import main
from forecast.command.completion import candidates
from forecast.command.folder import KNOWN, look
from forecast.errors import FactsError, ForecastError

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "forecast").rglob("*.py"))
NETWORK = {"socket", "ssl", "urllib", "http", "requests", "httpx", "aiohttp", "ftplib", "smtplib", "fsspec", "asyncio"}
PROCESSES = {"subprocess", "pty", "multiprocessing", "ctypes"}
LOADERS = {
    ("yaml", "unsafe_load"),
    ("yaml", "full_load"),
    ("yaml", "UnsafeLoader"),
    ("yaml", "FullLoader"),
    ("yaml", "Loader"),
    ("np", "load"),
    ("np", "save"),
    ("pd", "read_pickle"),
    ("joblib", "load"),
    ("joblib", "dump"),
    ("os", "system"),
    ("os", "popen"),
}
OPENERS = {"open", "read_csv", "read_excel", "read_json", "read_table", "read_html", "read_sql", "read_feather", "load"}


@pytest.fixture
def acme(tmp_path):
    assert main(["new", str(tmp_path / "acme")]) == 0
    return tmp_path / "acme"


def test_no_module_can_reach_a_network_start_a_program_or_unpickle():
    # A sweep writes and reads its own dataset in the folder, or the bucket, that its caller names; no reader does.
    sweeps = {"fsspec"}
    for path in SOURCES:
        allowed = sweeps if path.parent.name == "sweeping" else set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
                found = {name.split(".")[0] for name in names} & (NETWORK | PROCESSES | {"pickle", "dill"})
                assert not found - allowed, path
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                assert (node.value.id, node.attr) not in LOADERS, f"{path}:{node.lineno}"
                assert node.attr not in ("to_pickle", "read_pickle"), f"{path}:{node.lineno}"


def test_pandas_opens_nothing_by_itself():
    # pandas.read_csv and its like take addresses and unpack what is packed; only bytes that were read here go in.
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "pd":
                assert node.attr not in OPENERS | {"read_parquet"}, f"{path}:{node.lineno}"


def test_every_reader_works_without_a_network_and_starts_no_program(monkeypatch):
    def refuse(*given, **options):
        raise AssertionError(f"something was reached for: {given}")

    for name in TARGETS:  # what is loaded on first use is loaded
        TARGETS[name][0](seeds(name)[0])
    for owner, name in (
        *((socket, name) for name in ("socket", "create_connection", "getaddrinfo")),
        *((subprocess, name) for name in ("Popen", "run")),
        *((os, name) for name in ("system", "popen", "fork", "execv", "posix_spawn")),
        (urllib.request, "urlopen"),
    ):
        monkeypatch.setattr(owner, name, refuse)
    for name in TARGETS:
        for content in seeds(name):
            TARGETS[name][0](content)


ADDRESSES = (
    "http://127.0.0.1:9/a.csv",
    "https://127.0.0.1:9/a.csv",
    "ftp://a/a.csv",
    "s3://a/a.csv",
    "file:///etc/passwd",
)


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("ending", ["csv", "json", "xlsx", "parquet", "yaml"])
def test_an_address_is_not_fetched(address, ending, monkeypatch):
    monkeypatch.setattr(socket, "socket", None)
    name = address.replace("csv", ending)
    for read in (fc.read_financials, fc.read_model, fc.read_scenarios):
        with pytest.raises(ForecastError):
            read(name)
    with pytest.raises(FactsError):
        fc.read_financials(name, mapping={"Revenue": "revenue"}, published_after=45)


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize("way", ["absolute", "relative", "through a folder"])
def test_no_file_of_a_company_folder_leads_outside(acme, name, way, tmp_path, capsys):
    outside = tmp_path / "outside"
    outside.mkdir()
    shutil.copy(acme / name if (acme / name).exists() else acme / "sources.csv", outside / name)
    (acme / name).unlink(missing_ok=True)
    if way == "through a folder":
        (acme / "deep").symlink_to("../outside")
        (acme / name).symlink_to(f"deep/{name}")
    else:
        (acme / name).symlink_to(outside / name if way == "absolute" else f"../outside/{name}")
    problem = f"it is a link that leads out of the folder, to '{(outside / name).resolve()}'"
    assert any(problem in str(trouble) for trouble in look(acme).troubles)
    capsys.readouterr()
    assert main(["check", str(acme)]) == 1
    assert problem in capsys.readouterr().out
    if name.endswith(".csv"):
        with pytest.raises(FactsError, match="leads out of the folder"):
            fc.read_financials(acme)
    if name == "scenarios.yaml":
        assert candidates(["simulate", str(acme), "--scenario", ""]) == []


def test_links_that_stay_inside_are_followed(acme):
    (acme / "facts.csv").rename(acme / "figures.csv")
    (acme / "facts.csv").symlink_to("figures.csv")
    assert look(acme).troubles == ()


def test_no_key_of_a_file_is_a_path_that_is_opened(acme):
    # What looks like a path in any text stays a text.
    text = (acme / "company.yaml").read_text(encoding="utf-8")
    (acme / "company.yaml").write_text(text + "scenario: ../../etc/passwd\n", encoding="utf-8")
    assert main(["check", str(acme)]) == 1
    (acme / "sources.csv").write_text("source,url\nx,file:///etc/passwd\n", encoding="utf-8")
    assert "file:///etc/passwd" not in "".join(str(trouble) for trouble in look(acme).troubles)


def test_names_from_a_file_cannot_steer_the_terminal(acme, capsys):
    path = acme / "company.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines = ['name: "\\e]0;owned\\a\\e[31mred \\u202Etxet"' if line.startswith("name:") else line for line in lines]
    path.write_text("\n".join(lines), encoding="utf-8")
    capsys.readouterr()
    main(["check", str(acme)])
    out = capsys.readouterr().out
    assert "\\x1b]0;owned\\x07\\x1b[31mred \\u202etxet" in out
    assert "\x1b" not in out


def test_names_from_a_file_cannot_steer_the_terminal_in_json_and_a_program_reads_them_whole(acme, capsys):
    path = acme / "company.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    name = "\x1b[31m\u6606\u4ed1 \u202etxet \u2066\x9b2J"
    written = r'name: "\e[31m\u6606\u4ed1 \u202Etxet \u2066\x9B2J"'
    path.write_text("\n".join(written if line.startswith("name:") else line for line in lines), encoding="utf-8")
    capsys.readouterr()
    main(["check", str(acme), "--json"])
    out = capsys.readouterr().out
    assert not set(out) & set("\x1b\u202e\u2066\x9b")
    assert "\u6606\u4ed1" in out  # Chinese stays Chinese
    assert json.loads(out)["company"] == name
