"""The folder of a sweep, of which one file is hostile."""

from __future__ import annotations

import functools
import shutil
import tempfile
from pathlib import Path
from typing import Any

import forecast as fc


@functools.cache
def made() -> dict[str, bytes]:
    """The files of a small sweep, by name in its folder; one of its two scenarios fails."""
    luck = fc.drivers.Path("luck", value=fc.normal(0, 1))
    push = fc.drivers.Path("push", value=fc.assume(0.0, role="lever"))
    model = fc.Model(push, luck, fc.drivers.Formula("profit = luck + push"))
    company = fc.calibrate(model, first="2026Q1")
    asked: dict[str, Any] = {"median": fc.Quantile("profit", 0.5, at="2026Q2")}
    levers = {"push.value": [0.0, 0.5]}
    scenarios = [fc.Scenario("base"), fc.Scenario("lost", fc.shocks.Set("no_such_line", 1.0))]
    folder = tempfile.mkdtemp(prefix="sweep-")
    fc.sweep(
        {"acme": company}, scenarios, asked, levers=levers, until="2026Q2", paths=20, seed=7, folder=folder,
        backend="threads", workers=1,
    )  # fmt: skip
    files = {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(Path(folder).rglob("*"))
        if file.is_file() and file.name != ".lock"
    }
    shutil.rmtree(folder)
    return files


def put(home: Path, files: dict[str, bytes]) -> None:
    shutil.rmtree(home, ignore_errors=True)
    for name, content in files.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def read(home: Path) -> None:
    """Everything that may be asked of the folder without the companies."""
    found = fc.open_sweep(home)
    str(found)
    assert isinstance(found.failures, tuple)
    found.to_frame()
