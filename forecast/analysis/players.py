"""Players: which shocks tell two scenarios apart, how they form groups, and what a coalition of groups does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from forecast.errors import GoalError, Problems, did_you_mean
from forecast.scenario import Scenario, Shock, When

Groups: TypeAlias = Mapping[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Slot:
    """One shock's place: its number in the start, in the end, or in both; -1 where it is in one of them only.

    ``group`` is the player that brings its end about; -1 where both scenarios hold the same shock.
    """

    start: int
    end: int
    group: int


@dataclass(frozen=True, slots=True)
class Players:
    """Two scenarios slot by slot, in the order in which the shocks of every coalition act, and the groups' names."""

    start: Scenario
    end: Scenario
    slots: tuple[Slot, ...]
    names: tuple[str, ...]

    def name(self, mask: int) -> str:
        """What the scenario of a coalition is called."""
        if mask in (0, (1 << len(self.names)) - 1):
            return self.end.name if mask else self.start.name
        return f"{self.start.name}; {', '.join(name for i, name in enumerate(self.names) if mask >> i & 1)}"

    def places(self, mask: int) -> list[tuple[bool, int]]:
        """The shocks of a coalition in order: whether each comes from the end, and its number there or in the start.

        A shock that both scenarios hold comes from the end, as does one of a group in the coalition.
        """
        chosen = []
        for slot in self.slots:
            from_end = slot.group < 0 or bool(mask >> slot.group & 1)
            number = slot.end if from_end else slot.start
            if number >= 0:
                chosen.append((from_end, number))
        return chosen


def players(start: Scenario, end: Scenario, groups: Groups | None = None) -> Players:
    """The groups of shocks that lead from ``start`` to ``end``.

    A group adds shocks that only the end holds, takes out those that only the start holds, and changes those of the
    same class, target and window that differ otherwise. Each is a group of its own, but shocks that share an ``event``
    happen together and are one; ``groups`` puts shocks together by name, as shocks, targets or lines, and what it
    leaves is grouped as if it had not been given.

    The shocks of a coalition act in the order of the end. One that is taken out stands right after the one that it
    follows in the start. So that the empty coalition is the start itself, shocks of one target that stand in both in
    another order are refused.
    """
    problems = Problems()
    pairs = _in_order(_matched(start, end), len(start.shocks))
    _check_order(pairs, start, end, problems)
    apart = [place for place, (mine, theirs) in enumerate(pairs) if not _same(start, end, mine, theirs)]
    if not apart:
        problems.add(f"'{start.name}' and '{end.name}' do the same; there is nothing between them.")
    shocks = {place: _held(start, end, *pairs[place]) for place in apart}
    chosen = _asked(groups, shocks, pairs, start, problems)
    problems.raise_if_any(GoalError, f"the bridge from '{start.name}' to '{end.name}' cannot be built")
    names = list(dict.fromkeys(chosen.values()))
    events: dict[str, int] = {}
    member = {place: names.index(name) for place, name in chosen.items()}
    for place in apart:
        if place in member:
            continue
        event = next((shock.event for shock in reversed(shocks[place]) if not isinstance(shock, When)), None)
        if event is None or event not in events:
            names.append(_unlike(event or _told(*pairs[place], shocks[place]), shocks[place][-1], names))
            if event is not None:
                events[event] = len(names) - 1
            member[place] = len(names) - 1
        else:
            member[place] = events[event]
    slots = tuple(Slot(mine, theirs, member.get(place, -1)) for place, (mine, theirs) in enumerate(pairs))
    return Players(start, end, slots, tuple(names))


def _matched(start: Scenario, end: Scenario) -> list[tuple[int, int]]:
    """Numbers of the shocks in the start and the end that belong together, as ``start.diff(end)`` pairs; -1: none."""
    found = start.diff(end)
    free = (list(range(len(start.shocks))), list(range(len(end.shocks))))

    def take(side: int, shock: Shock | When) -> int:
        shocks = (start, end)[side].shocks
        number = next(number for number in free[side] if shocks[number] == shock)
        free[side].remove(number)
        return number

    pairs = [(take(0, shock), take(1, shock)) for shock in found.kept]
    pairs += [(take(0, mine), take(1, theirs)) for mine, theirs in found.changed]
    pairs += [(take(0, shock), -1) for shock in found.only_one]
    return pairs + [(-1, take(1, shock)) for shock in found.only_other]


def _in_order(pairs: list[tuple[int, int]], count: int) -> list[tuple[int, int]]:
    """The pairs in the order of the end; one that the end does not hold right after the one before it in the start."""
    ordered = sorted((pair for pair in pairs if pair[1] >= 0), key=lambda pair: pair[1])
    by_start = {mine: (mine, theirs) for mine, theirs in pairs if mine >= 0}
    for number in range(count):
        if by_start[number][1] < 0:
            at = 0 if number == 0 else ordered.index(by_start[number - 1]) + 1
            ordered.insert(at, by_start[number])
    return ordered


def _check_order(pairs: list[tuple[int, int]], start: Scenario, end: Scenario, problems: Problems) -> None:
    held = [(mine, _targets(start.shocks[mine])) for mine, _ in pairs if mine >= 0]
    turned = {
        target
        for place, (number, targets) in enumerate(held)
        for later, others in held[place + 1 :]
        if later < number
        for target in targets & others
    }
    for target in sorted(turned):
        problems.add(
            f"the shocks on '{target}' that both hold act in another order in '{end.name}', which no group of shocks "
            "brings about; give them the same order."
        )


def _same(start: Scenario, end: Scenario, mine: int, theirs: int) -> bool:
    return mine >= 0 and theirs >= 0 and start.shocks[mine] == end.shocks[theirs]


def _held(start: Scenario, end: Scenario, mine: int, theirs: int) -> tuple[Shock | When, ...]:
    """The shock of the start and that of the end, as far as there are."""
    old = () if mine < 0 else (start.shocks[mine],)
    return old if theirs < 0 else (*old, end.shocks[theirs])


def _asked(
    groups: Groups | None,
    shocks: Mapping[int, tuple[Shock | When, ...]],
    pairs: Sequence[tuple[int, int]],
    start: Scenario,
    problems: Problems,
) -> dict[int, str]:
    """The group that the caller puts each slot into."""
    chosen: dict[int, str] = {}
    given: Any = {} if groups is None else groups
    if not isinstance(given, Mapping):
        problems.add(f"groups is {given!r}; give a dictionary, as in {{'conversion': ['drama_revenue.half_life']}}.")
        return chosen
    known = sorted({target for held in shocks.values() for shock in held for target in _targets(shock)})
    kept = [start.shocks[mine] for place, (mine, _) in enumerate(pairs) if mine >= 0 and place not in shocks]
    for name, members in given.items():
        if not isinstance(name, str) or not name.strip() or not isinstance(members, list | tuple) or not members:
            problems.add(f"the group {name!r} holds {members!r}; give a name, and a list of shocks, targets or lines.")
            continue
        for member in members:
            places = [place for place, held in shocks.items() if any(_means(member, shock) for shock in held)]
            for place in places:
                if chosen.setdefault(place, name) != name:
                    told = _told(*pairs[place], shocks[place])
                    problems.add(f"'{told}' is in the groups '{chosen[place]}' and '{name}'; put it into one.")
            if places:
                continue
            said = repr(member) if isinstance(member, str) else _told(-1, 0, (member,))
            if any(_means(member, shock) for shock in kept):
                problems.add(f"the group '{name}' holds {said}, which both scenarios do alike; leave it out.")
            else:
                near = did_you_mean(member if isinstance(member, str) else "", known)
                problems.add(f"the group '{name}' holds {said}, in which the two do not differ. {near}")
    return chosen


def _means(member: object, shock: Shock | When) -> bool:
    """Whether a member of a group, a shock or the name of a target or line, stands for this shock."""
    if isinstance(member, str):
        return any(member in (target, target.split(".")[0]) for target in _targets(shock))
    return member == shock


def _targets(shock: Shock | When) -> frozenset[str]:
    return frozenset(each.target for each in (shock.shocks if isinstance(shock, When) else (shock,)))


def _told(mine: int, theirs: int, held: Sequence[Any]) -> str:
    """A name for the group of one slot."""
    shock = held[-1]
    if isinstance(shock, When):
        said = f"When {shock.condition}"
    else:
        said = f"{type(shock).__name__} {getattr(shock, 'target', '')}".rstrip()
    return f"without {said}" if theirs < 0 else f"{said} changed" if mine >= 0 else said


def _unlike(name: str, shock: Shock | When, names: Sequence[str]) -> str:
    """The name, with the shock's window or else a number where another group has it already."""
    if name in names and not isinstance(shock, When):
        start, end = shock.timing.dates or shock.timing.start, shock.timing.end
        name += f"{f' from {start}' if start else ''}{f' until {end}' if end else ''}"
    number, told = 2, name
    while told in names:
        told, number = f"{name} ({number})", number + 1
    return told
