"""The JSON schema of a scenario file, made from the catalogue itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from forecast.distributions import FAMILIES
from forecast.drivers.reading import DRIVERS
from forecast.shocks.reading import SHOCKS

QUARTER = r"^\d{4}Q[1-4]$"
RANGE = r"^\d{4}Q[1-4](\.\.\d{4}Q[1-4])?$"
TARGET = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$"

FIELDS: dict[str, Any] = {
    "target": {"type": "string", "pattern": TARGET, "description": "line or line.parameter"},
    "size": {"$ref": "#/$defs/number"},
    "start": {
        "description": "the first quarter; a range of equally likely ones; or quarters with their probabilities",
        "oneOf": [
            {"type": "string", "pattern": RANGE},
            {
                "type": "object",
                "minProperties": 1,
                "propertyNames": {"pattern": QUARTER},
                "additionalProperties": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
            },
        ],
    },
    "end": {"type": "string", "pattern": QUARTER, "description": "the last quarter"},
    "ramp": {"type": "integer", "minimum": 0, "description": "quarters over which it is reached"},
    "probability": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
    "event": {"type": "string", "minLength": 1, "description": "shocks of one event happen together"},
    "decay": {"type": ["number", "null"], "exclusiveMinimum": 0, "description": "quarters after which half is left"},
    "lasts": {"type": "integer", "minimum": 1, "description": "quarters for which it acts"},
    "driver": {"$ref": "#/$defs/driver"},
}
"""What the fields of shocks may hold; a field of a user's own class may hold anything."""

WITHOUT_START = {"not": {"required": ["start"]}}
"""The shocks of a rule start when its condition is met."""


def scenario_schema(*, shocks: Iterable[type] = ()) -> dict[str, Any]:
    """The schema (draft 2020-12) of what ``read_scenarios`` reads; ``shocks`` adds classes of a user's own.

    It knows every key and every field. What it cannot know, such as whether a target exists, is checked against the
    model.
    """
    kinds = (*SHOCKS, *shocks)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Scenarios of forecast",
        "type": "object",
        "required": ["scenarios"],
        "additionalProperties": False,
        "properties": {"scenarios": {"type": "array", "items": {"$ref": "#/$defs/scenario"}}},
        "$defs": {
            "scenario": {
                "type": "object",
                "required": ["name"],
                "additionalProperties": False,
                "properties": {
                    "name": {"type": "string", "pattern": r"\S"},
                    "because": {"type": "string"},
                    "from": {"type": "string", "description": "an earlier scenario whose shocks it keeps"},
                    "weight": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
                    "shocks": {
                        "type": "array",
                        "items": {"oneOf": [{"$ref": "#/$defs/shock"}, {"$ref": "#/$defs/rule"}]},
                    },
                },
            },
            "shock": _one_of({kind.__name__: _fields(kind) for kind in kinds}),
            "rule": _one_of(
                {
                    "When": {
                        "type": "object",
                        "required": ["condition", "shocks"],
                        "additionalProperties": False,
                        "properties": {
                            "condition": {"type": "string", "pattern": "[<>]"},
                            "shocks": {
                                "type": "array",
                                "minItems": 1,
                                "items": {"$ref": "#/$defs/shock", "additionalProperties": WITHOUT_START},
                            },
                            "until": {"type": "string", "pattern": "[<>]"},
                        },
                    }
                }
            ),
            "number": {"oneOf": [{"type": "number"}, _one_of({name: _family(name) for name in FAMILIES})]},
            "driver": {"oneOf": [{"type": "string"}, _one_of({kind.__name__: {"type": "object"} for kind in DRIVERS})]},
        },
    }


def _one_of(named: dict[str, Any]) -> dict[str, Any]:
    """An object with one key, which is one of these names."""
    return {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
        "properties": named,
    }


def _fields(kind: type) -> dict[str, Any]:
    fields = [field for field in dataclasses.fields(kind) if field.init]
    open_ended = (dataclasses.MISSING, dataclasses.MISSING)
    return {
        "type": "object",
        "description": (kind.__doc__ or "").strip().split("\n")[0],
        "required": [field.name for field in fields if (field.default, field.default_factory) == open_ended],
        "additionalProperties": False,
        "properties": {field.name: FIELDS.get(field.name, {}) for field in fields},
        "not": {"required": ["end", "lasts"]},
    }


def _family(name: str) -> dict[str, Any]:
    needed = list(FAMILIES[name].arguments)
    ends = ["low_end", "high_end"]
    return {
        "type": "object",
        "required": needed,
        "additionalProperties": False,
        "properties": {argument: {"type": "number"} for argument in [*needed, *ends]},
    }
