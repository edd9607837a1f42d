"""What the library is built on: stated on docs/dependencies.md, bounded below, under licences that we may pass on."""

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
TOOLS = {"test", "dev", "docs", "fuzz"}
"""Extras for work on the library; all others are for users."""

ALLOWED = {
    *("0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "HPND", "ISC", "MIT", "MIT-0", "MIT-CMU"),
    *("PSF-2.0", "Python-2.0", "Unlicense", "Zlib"),
}
COPYLEFT_BY_FILE = {"MPL-2.0"}
"""Allowed in tools, and at run time for these only (docs/dependencies.md, "Licences")."""
MAY_BE_MPL = {"certifi", "fqdn", "tqdm"}

SPOKEN = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "PSF": "PSF-2.0",
    "PSFL": "PSF-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "2-clause BSD": "BSD-2-Clause",
    "BSD 2-Clause License": "BSD-2-Clause",
    "BSD 3-Clause License": "BSD-3-Clause",
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "ISC license": "ISC",
}
UNSTATED = {"atheris": "Apache-2.0", "axe-playwright-python": "MIT"}
"""Packages whose metadata say nothing; read in the LICENSE of their repository."""


def rows():
    """Name -> (bound, licence, whole row) of every row of the page's tables."""
    found = {}
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and len(cells) == 5 and cells[0] != "name":
            name = canonicalize_name(cells[0])
            assert name not in found, f"two rows of {name}"
            found[name] = (cells[1], cells[3], line)
    return found


def requirements(*, tools=True):
    """Every requirement that is stated, our own extras aside."""
    texts = [*PROJECT["dependencies"]]
    texts += [text for extra, stated in EXTRAS.items() if tools or extra not in TOOLS for text in stated]
    return [one for one in map(Requirement, texts) if one.name != PROJECT["name"]]


def closure(wanted):
    """Every installed distribution that the requirements bring along, and the names that are not installed."""
    found, missing, left = {}, set(), [(canonicalize_name(one.name), frozenset(one.extras)) for one in wanted]
    seen = set()
    while left:
        name, extras = left.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            found[name] = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            missing.add(name)
            continue
        for text in found[name].requires or ():
            inner = Requirement(text)
            if inner.marker is None or any(inner.marker.evaluate({"extra": extra}) for extra in (*extras, "")):
                left.append((canonicalize_name(inner.name), frozenset(inner.extras)))
    return found, missing


def licences(name, metadata):
    """The licences of a distribution as SPDX names, one of a choice in a set: all sets are to be allowed."""
    text = metadata.get("License-Expression") or metadata.get("License") or ""
    first = text.strip().splitlines()[0].strip() if text.strip() else ""
    parts = [[SPOKEN.get(one, one) for one in part.split(" OR ")] for part in first.strip("()").split(" AND ")]
    if all(re.fullmatch(r"[A-Za-z0-9.+-]+", one) and one != "UNKNOWN" for part in parts for one in part):
        return [set(part) for part in parts]
    stated = [one.rsplit(" :: ", 1)[1] for one in metadata.get_all("Classifier", []) if one.startswith("License :: ")]
    stated = [one for one in stated if one != "OSI Approved"]
    if stated:
        return [{SPOKEN.get(one, one)} for one in stated]
    return [{UNSTATED.get(name, f"nothing known: {first[:60]!r}")}]


def refused(found, allowed):
    told = {}
    for name, distribution in found.items():
        fine = allowed | (COPYLEFT_BY_FILE if name in MAY_BE_MPL else set())
        bad = [one for one in licences(name, distribution.metadata) if not one & fine]
        if bad:
            told[name] = bad
    return told


def test_all_that_is_needed_may_be_passed_on():
    found, missing = closure(map(Requirement, PROJECT["dependencies"]))
    assert missing == set()
    assert {"numpy", "cmdstanpy", "python-dateutil"} <= set(found)
    assert refused(found, ALLOWED) == {}


def test_all_that_users_may_add_may_be_passed_on():
    found, _ = closure(requirements(tools=False))
    assert {"pyarrow", "openpyxl", "ipywidgets"} <= set(found)
    assert refused(found, ALLOWED) == {}


def test_the_tools_are_free_too():
    found, _ = closure(requirements())
    assert refused(found, ALLOWED | COPYLEFT_BY_FILE) == {}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"License-Expression": "BSD-3-Clause AND 0BSD AND Zlib"}, [{"BSD-3-Clause"}, {"0BSD"}, {"Zlib"}]),
        ({"License-Expression": "Apache-2.0 OR BSD-2-Clause"}, [{"Apache-2.0", "BSD-2-Clause"}]),
        ({"License": "MPL-2.0 AND MIT"}, [{"MPL-2.0"}, {"MIT"}]),
        ({"License": "BSD 3-Clause License\n\nCopyright"}, [{"BSD-3-Clause"}]),
        ({"License": "Copyright (c) A", "Classifier": "License :: OSI Approved :: MIT License"}, [{"MIT"}]),
        ({"License": "GPL-3.0-or-later"}, [{"GPL-3.0-or-later"}]),
        ({"Classifier": "License :: OSI Approved :: GNU General Public License v3 (GPLv3)"}, None),
        ({"License": "ask our lawyers"}, None),
        ({}, None),
    ],
)
def test_a_licence_is_read_from_what_a_package_says(fields, expected):
    import email.message

    metadata = email.message.Message()
    for name, value in fields.items():
        metadata[name] = value
    found = licences("somebody", metadata)
    assert expected is None or found == expected
    if expected is None or "GPL-3.0-or-later" in expected[0]:
        assert not any(one & ALLOWED for one in found)


def test_the_page_lists_what_is_required_and_nothing_else():
    listed, stated = rows(), {}
    for one in requirements():
        bounds = ",".join(str(part) for part in sorted(one.specifier, key=str, reverse=True))
        assert stated.setdefault(canonicalize_name(one.name), bounds) == bounds, f"{one.name} has two bounds"
    row = "add the row | {0} | {1} | what for | its licence | MB |"
    problems = [row.format(name, stated[name]) for name in sorted(stated.keys() - listed.keys())]
    problems += [f"remove the row of {name}" for name in sorted(listed.keys() - stated.keys())]
    problems += [
        f"the row of {name} says {listed[name][0]}, pyproject.toml {stated[name]}"
        for name in sorted(stated.keys() & listed.keys())
        if listed[name][0] != stated[name]
    ]
    assert problems == [], "docs/dependencies.md: " + "; ".join(problems)


def test_the_page_states_the_licences_that_the_packages_state():
    for name, (_, stated, _) in rows().items():
        try:
            found = licences(name, importlib.metadata.metadata(name))
        except importlib.metadata.PackageNotFoundError:
            continue
        families = {"BSD" if one.startswith("BSD") else one for part in found for one in part}
        assert ("BSD" if stated.startswith("BSD") else stated) in families, f"{name}: {stated} on the page, {found}"


def test_every_requirement_has_a_lower_bound_and_an_upper_one_only_with_a_reason():
    listed = rows()
    for one in requirements():
        operators = {part.operator for part in one.specifier}
        assert operators & {">=", "==", "~="}, f"{one.name} has no lower bound"
        if operators & {"<", "<=", "==", "~=", "!="}:
            assert "upper bound:" in listed[canonicalize_name(one.name)][2], f"{one.name}: say why, on the page"
    assert "<" not in PROJECT["requires-python"]


def test_the_rows_say_which_extra_a_user_needs():
    for extra, stated in EXTRAS.items():
        if extra not in TOOLS:
            for one in map(Requirement, stated):
                if one.name != PROJECT["name"] and canonicalize_name(one.name) not in {
                    canonicalize_name(Requirement(text).name) for text in PROJECT["dependencies"]
                }:
                    assert f"`{extra}`" in rows()[canonicalize_name(one.name)][2], f"{one.name} belongs to `{extra}`"
