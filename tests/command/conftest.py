"""A company folder as ``forecast new`` writes it, with few paths, and commands as a user types them."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from forecast.command import main


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def run(capsys):
    def run(*words):
        capsys.readouterr()
        code = main([str(word) for word in words])
        printed = capsys.readouterr()
        return Ran(code, printed.out, printed.err)

    return run


@pytest.fixture
def folder(tmp_path, run) -> Path:
    path = tmp_path / "acme"
    assert run("new", path).code == 0
    change(path / "company.yaml", "paths: 10000", "paths: 400")
    return path


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
