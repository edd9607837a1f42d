"""``forecast new``: a company folder that answers every question at once, to be filled with one's own figures."""

from __future__ import annotations

from argparse import Namespace
from importlib.resources import files
from pathlib import Path

from forecast.command.answer import Answer
from forecast.command.progress import Progress
from forecast.command.settings import FolderError
from forecast.escapes import as_json

NAME = "Lanternfish (invented)"


def start(asked: Namespace, progress: Progress) -> Answer:
    """Write the folder; nothing that is there already is written over."""
    path: Path = asked.folder
    name = " ".join((asked.name or NAME).split())
    if not name:
        raise FolderError("the name is empty; leave --name out, or write what the company is called.")
    if path.is_file():
        raise FolderError(f"'{path}' is a file; give the name of a folder.")
    if path.is_dir() and any(path.iterdir()):
        raise FolderError(f"the folder '{path}' is not empty; nothing was written. Choose another name.")
    progress.step("writing the folder")
    try:
        path.mkdir(parents=True, exist_ok=True)
        written = []
        for file in sorted(files("forecast.command").joinpath("template").iterdir(), key=lambda file: file.name):
            text = file.read_text(encoding="utf-8")
            shown = as_json(name) if file.name.endswith(".yaml") else name
            (path / file.name).write_text(text.replace("COMPANY_NAME", shown), encoding="utf-8")
            written.append(file.name)
    except (OSError, ValueError) as error:
        raise FolderError(f"the folder '{path}' cannot be written: {error}.") from None
    text = (
        f"{path}: {', '.join(written)}\n"
        f"The figures are invented; {path / 'README.md'} says what to replace. Try:\n"
        f"  forecast check {path}\n  forecast breakeven {path}\n  forecast goal-seek {path}"
    )
    return Answer(text, {"folder": str(path), "files": written}, {"company": name})
