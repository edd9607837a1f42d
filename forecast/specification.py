"""Specifications: objects as plain values in a YAML file, one to one, and back with every problem named."""

from __future__ import annotations

import dataclasses
import math
import sys
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from forecast.errors import UNSEEN, ForecastError, Problems, did_you_mean
from forecast.escapes import escaped
from forecast.files import text_of
from forecast.limits import how_to_raise, limits

LONGEST_NUMBER = 400
"""Characters of the longest number; the largest float has 309 digits."""

LARGEST = int(sys.float_info.max)
"""Whole numbers beyond this one are no floats."""

LONGEST_PROBLEM = 500
"""Characters of the longest complaint of the YAML reader, which quotes the file."""


class _Loader(yaml.SafeLoader):
    """Plain values only: no objects, no aliases (they can explode), no key given twice, and not endlessly many."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._values = 0
        self._depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        events: Any = self
        mark = events.peek_event().start_mark
        if self.check_event(yaml.AliasEvent):
            raise _refusal("aliases are not allowed; write it out", mark)
        most = limits()
        self._values += 1
        if self._values > most.specification_values:
            cure = how_to_raise("specification_values")
            raise _refusal(f"it holds more than {most.specification_values:,} values. {cure[:-1]}", mark)
        self._depth += 1
        if self._depth > most.specification_depth:
            raise _refusal(f"it is nested more than {most.specification_depth} deep", mark)
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1

    def construct_number(self, node: yaml.ScalarNode) -> Any:
        """A number of a size that a float can hold, and not so long that reading it takes long."""
        if len(node.value) > LONGEST_NUMBER:
            raise _refusal(f"a number has {len(node.value):,} characters", node.start_mark)
        kind = "float" if node.tag.endswith(":float") else "int"
        made: Any = getattr(self, f"construct_yaml_{kind}")(node)
        if abs(made) > LARGEST and made not in (math.inf, -math.inf):
            raise _refusal(
                f"the number {node.value[:20]}... is larger than any that can be reckoned with", node.start_mark
            )
        return made

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        made = super().construct_mapping(node, deep)
        seen: set[Hashable] = set()
        for entry, _ in node.value:
            key = self.construct_object(entry, deep=True)
            if key in seen:
                raise _refusal(f"the key {repr(key)[:60]} is given twice; keep one", entry.start_mark)
            seen.add(key)
        return made


_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_number)
_Loader.add_constructor("tag:yaml.org,2002:float", _Loader.construct_number)


def _refusal(problem: str, mark: Any) -> yaml.constructor.ConstructorError:
    return yaml.constructor.ConstructorError(None, None, problem, mark)


class _Dumper(yaml.SafeDumper):
    """Writes what ``_Loader`` reads: the same object at two places is written out twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_text(self, text: str) -> yaml.ScalarNode:
        """In quotes where it holds what is to be escaped; PyYAML itself writes line separators of Unicode plain."""
        return self.represent_scalar("tag:yaml.org,2002:str", text, '"' if UNSEEN.search(text) else None)


_Dumper.add_representer(str, _Dumper.represent_text)


def read_yaml(source: str | Path | Mapping[str, Any], error: type[ForecastError]) -> Any:
    """Plain values of a YAML file, or of a text with a line break in it; a mapping is taken as read already."""
    if isinstance(source, Mapping):
        return source
    if not isinstance(source, str | Path):
        raise error(f"a file is {str(source)[:60]!r}; give its path, a text of several lines, or a mapping.")
    if isinstance(source, str) and "\n" in source:
        text, name = source, "the text"
    else:
        text, name = _text_of(Path(source), error), Path(source).name
    most = limits().specification_bytes
    if len(text) > most:
        cure = how_to_raise("specification_bytes", len(text))
        raise error(f"{name} has {len(text):,} characters; at most {most:,} are read. {cure}")
    try:
        return yaml.load(text, Loader=_Loader)
    except Exception as problem:  # PyYAML lets KeyError, AttributeError and others through on broken files
        raise error(f"{name} is not readable YAML: {_detail(problem)}.") from None


def _detail(problem: Exception) -> str:
    mark = getattr(problem, "problem_mark", None)
    if mark is None:
        return " ".join(f"{type(problem).__name__}: {problem}".split())[:LONGEST_PROBLEM]
    what = " ".join(str(getattr(problem, "problem", "")).split())[:LONGEST_PROBLEM]
    return f"line {mark.line + 1}, column {mark.column + 1}: {what}"


def _text_of(path: Path, error: type[ForecastError]) -> str:
    try:
        there = path.is_file()
    except (OSError, ValueError):
        there = False
    if not there:
        raise error(f"there is no file {str(path)[:200]!r}. Give the path of a YAML file.")
    return text_of(path, "specification_bytes", error, "Save it as a text in UTF-8.")


def write_yaml(value: Any, path: str | Path | None) -> str:
    """The YAML text of plain values, also written to ``path`` when given."""
    text = escaped(yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100))
    if path is not None:
        try:
            Path(path).write_text(text, encoding="utf-8")
        except (OSError, TypeError) as problem:
            raise ForecastError(f"{str(path)!r} cannot be written: {problem}.") from None
    return text


def to_spec(thing: Any) -> Any:
    """Plain values that stand for an object: ``{ClassName: {field: value}}``, defaults left out."""
    if hasattr(thing, "spec"):
        return thing.spec()
    if dataclasses.is_dataclass(thing) and not isinstance(thing, type):
        return {type(thing).__name__: fields_of(thing)}
    if isinstance(thing, Mapping):
        return {str(key): to_spec(value) for key, value in thing.items()}
    if isinstance(thing, tuple | list):
        return [to_spec(value) for value in thing]
    return thing.item() if isinstance(thing, np.generic) else thing


def fields_of(thing: Any) -> dict[str, Any]:
    """The fields of a dataclass that differ from their defaults."""
    said = {field.name: to_spec(getattr(thing, field.name)) for field in dataclasses.fields(thing) if field.init}
    defaults = {field.name: to_spec(field.default) for field in dataclasses.fields(thing)}
    return {name: value for name, value in said.items() if _differs(value, defaults[name])}


def _differs(value: Any, default: Any) -> bool:
    return type(value) is not type(default) or bool(value != default)


def from_spec(spec: Any, catalogue: Mapping[str, type], what: str, problems: Problems) -> Any:
    """Build ``{ClassName: {field: value}}`` with a class of the catalogue; problems are noted, None comes back."""
    if not isinstance(spec, Mapping) or len(spec) != 1:
        problems.add(f"{what}: seen {str(spec)[:80]!r}; write one name with its fields, as in 'Name: {{...}}'.")
        return None
    ((name, given),) = spec.items()
    if name not in catalogue:
        problems.add(f"{what}: {name!r} is unknown. {did_you_mean(str(name), catalogue)}")
        return None
    given = {} if given is None else given
    if not isinstance(given, Mapping):
        problems.add(f"{what}: {name} has {str(given)[:80]!r}; write its fields as 'field: value'.")
        return None
    kind = catalogue[name]
    known = {field.name: field for field in dataclasses.fields(kind) if field.init}
    unknown = [str(key) for key in given if key not in known]
    for key in unknown:
        problems.add(f"{what}: {name} has no field '{key}'. {did_you_mean(key, known)}")
    missing = [
        key
        for key, field in known.items()
        if key not in given and field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    ]
    if missing:
        problems.add(f"{what}: {name} needs {', '.join(missing)}.")
    if unknown or missing:
        return None
    try:
        return kind(**given)
    except ForecastError as problem:
        problems.add(f"{what}: {problem}")
    except (TypeError, ValueError, AttributeError, ArithmeticError, LookupError, RecursionError) as problem:
        problems.add(f"{what}: {name} cannot be read: {problem}.")
    return None
