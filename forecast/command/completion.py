"""Completion: a script a shell, and the words that may come next."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from forecast.command.answer import Answer
from forecast.command.parser import parser
from forecast.command.progress import Progress

BASH = """\
_forecast() {
    local IFS=$'\\n'
    COMPREPLY=($(forecast __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
    if [[ ${#COMPREPLY[@]} -eq 0 ]]; then COMPREPLY=($(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")); fi
}
complete -o filenames -F _forecast forecast"""

ZSH = """\
#compdef forecast
_forecast() {
    local -a found
    found=("${(@f)$(forecast __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    if [[ -n "${found[*]}" ]]; then compadd -a found; else _files; fi
}
compdef _forecast forecast"""

FISH = """\
function __forecast
    set -l found (forecast __complete (commandline -opc)[2..] (commandline -ct) 2>/dev/null)
    if test -n "$found"; printf '%s\\n' $found; else; __fish_complete_path (commandline -ct); end
end
complete -c forecast -f -a '(__forecast)'"""

SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}


def script(asked: Namespace, progress: Progress) -> Answer:
    """The script to be sourced by the shell."""
    text = SCRIPTS[asked.shell]
    return Answer(text, {"shell": asked.shell, "script": text})


def candidates(words: Sequence[str]) -> list[str]:
    """What may stand in place of the last word; empty where files are meant.

    Commands, options and their choices come from the parser; the names of scenarios from the folder named before.
    """
    begun = words[-1] if words else ""
    whole = parser().commands
    if len(words) <= 1:
        return [name for name in whole if name.startswith(begun)]
    command = whole.get(words[0])
    if command is None:
        return []
    before = words[-2]
    taking = next((one for one in command._actions if before in one.option_strings and one.nargs != 0), None)
    if taking is not None:
        found = _scenarios(words[1:-1]) if taking.metavar == "NAME" else list(taking.choices or ())
        return [each for each in found if each.startswith(begun)]
    if begun.startswith("-"):
        options = [option for one in command._actions for option in one.option_strings if option.startswith("--")]
        return [option for option in options if option.startswith(begun) and option not in words[:-1]]
    stated = [one for one in command._actions if not one.option_strings and one.choices]
    return [str(each) for one in stated for each in one.choices or () if str(each).startswith(begun)]


def _scenarios(words: Sequence[str]) -> list[str]:
    """The names in the scenarios.yaml of the first folder among the words, or of this folder; none if unreadable."""
    from forecast.errors import ForecastError, legible
    from forecast.files import inside
    from forecast.specification import read_yaml

    folder = Path(next((word for word in words if not word.startswith("-") and Path(word).is_dir()), "."))
    try:
        content: Any = read_yaml(inside(folder, "scenarios.yaml", ForecastError), ForecastError)
        return [
            name for entry in content["scenarios"] if (name := str(entry["name"])) == legible(name) and "\n" not in name
        ]
    except (ForecastError, KeyError, TypeError):
        return []
