"""Specifications: objects as plain values in a YAML file, one to one, and back with every problem named."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from forecast.errors import ForecastError, Problems, did_you_mean

LARGEST = 2_000_000
"""Bytes of the largest file read; a model is a few thousand."""


class _Loader(yaml.SafeLoader):
    """Plain values only: no objects, no aliases (they can explode), no key given twice."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):  # type: ignore[no-untyped-call]
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.constructor.ConstructorError(None, None, "aliases are not allowed; write it out", mark)
        return super().compose_node(parent, index)  # type: ignore[no-untyped-call]

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]  # type: ignore[no-untyped-call]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} is given twice; keep one", node.start_mark
                )
        return super().construct_mapping(node, deep)


def read_yaml(source: str | Path, error: type[ForecastError]) -> Any:
    """Plain values of a YAML file, or of a text with a line break in it."""
    if isinstance(source, str) and "\n" in source:
        text, name = source, "the text"
    else:
        path = Path(source)
        if not path.is_file():
            raise error(f"there is no file {str(path)!r}. Give the path of a YAML file.")
        if path.stat().st_size > LARGEST:
            raise error(f"{path.name} has {path.stat().st_size} bytes; at most {LARGEST} are read.")
        text, name = path.read_text(encoding="utf-8"), path.name
    try:
        return yaml.load(text, Loader=_Loader)
    except (yaml.YAMLError, RecursionError, ValueError) as problem:
        detail = " ".join(str(problem).split()) or type(problem).__name__
        raise error(f"{name} is not readable YAML: {detail}") from None


def write_yaml(value: Any, path: str | Path | None) -> str:
    """The YAML text of plain values, also written to ``path`` when given."""
    text = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=100)
    if path is not None:
        Path(path).write_text(text, encoding="utf-8")
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
    return thing


def fields_of(thing: Any) -> dict[str, Any]:
    """The fields of a dataclass that differ from their defaults."""
    return {
        field.name: to_spec(getattr(thing, field.name))
        for field in dataclasses.fields(thing)
        if field.init and _differs(getattr(thing, field.name), field.default)
    }


def _differs(value: Any, default: Any) -> bool:
    return type(value) is not type(default) or bool(value != default)


def from_spec(spec: Any, catalogue: Mapping[str, type], what: str, problems: Problems) -> Any:
    """Build ``{ClassName: {field: value}}`` with a class of the catalogue; problems are noted, None comes back."""
    if not isinstance(spec, Mapping) or len(spec) != 1:
        problems.add(
            f"{what}: seen {str(spec)[:80]!r}; write one name with its fields, as in 'Name: {{...}}'."
        )
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
        if key not in given
        and field.default is dataclasses.MISSING
        and field.default_factory is dataclasses.MISSING
    ]
    if missing:
        problems.add(f"{what}: {name} needs {', '.join(missing)}.")
    if unknown or missing:
        return None
    try:
        return kind(**given)
    except ForecastError as problem:
        problems.add(f"{what}: {problem}")
    except (TypeError, ValueError, AttributeError) as problem:
        problems.add(f"{what}: {name} cannot be read: {problem}.")
    return None
