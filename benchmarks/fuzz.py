"""A coverage-guided fuzzer on every reader, for a bounded time: inputs tried, findings, slowest input.

pip install -e ".[fuzz,dev]"
python benchmarks/fuzz.py --seconds 60 > benchmarks/results/fuzz.md     # a minute a reader
python benchmarks/fuzz.py --seconds 5 --strict                          # for CI: fails on a finding

A finding is anything but a value or the library's own error, or an input that takes more than ten
seconds of the processor or 2 GB. Inputs that led to findings are kept in ``--keep FOLDER``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SLOW, MEMORY, PATIENCE = 10.0, 2048, 90.0
"""Seconds of the processor for one input, megabytes, and seconds that a process may take longer than it should."""


def run_one(name: str, seconds: float, result: Path, keep: Path, seed: int, targets: Any) -> None:
    """Fuzz one reader in this process, which ends here; what was found so far is always in the file ``result``."""
    import atheris

    from forecast.errors import ForecastError

    target = targets.TARGETS[name][0]
    corpus = Path(tempfile.mkdtemp(prefix=f"corpus-{name}-"))
    for place, content in enumerate(targets.seeds(name)):
        (corpus / f"seed{place}").write_bytes(content)
    words = corpus.with_suffix(".words")
    escaped = ("".join(f"\\x{byte:02x}" for byte in word.encode()) for word in targets.WORDS)
    words.write_text("".join(f'"{word}"\n' for word in escaped), encoding="ascii")
    state = {"tried": 0, "values": 0, "refused": 0, "worst": 0.0, "findings": {}, "seconds": 0.0}
    began = time.monotonic()
    told = [began]

    def note(now: float) -> None:
        state["seconds"] = now - began
        result.write_text(json.dumps(state), encoding="utf-8")
        told[0] = now

    def try_one(data: bytes) -> None:
        before = time.process_time()
        problem = ""
        try:
            target(data)
            state["values"] += 1
        except ForecastError as error:
            state["refused"] += 1
            if not str(error).strip():
                problem = "an error without a message"
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)
            place = next((one for one in reversed(last) if "/forecast/" in one.filename), last[-1])
            problem = f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}: {str(error)[:200]}"
            state.setdefault("traces", {}).setdefault(problem[:60], traceback.format_exc()[-3000:])
        now, took = time.monotonic(), time.process_time() - before
        state["tried"] += 1
        state["worst"] = max(state["worst"], took)
        if took > SLOW:
            problem = problem or f"slow: {took:.1f} s"
        key = problem.partition(": ")[0] if problem else ""
        if problem and key not in state["findings"]:
            path = keep / f"{name}-{len(state['findings'])}"
            path.write_bytes(data)
            state["findings"][key] = f"{problem} ({path.name})"
            note(now)
        if now - told[0] > 1 or now - began > seconds:
            note(now)
        if now - began > seconds:
            os._exit(0)

    note(began)
    options = [f"-seed={seed}", f"-rss_limit_mb={MEMORY}", "-timeout=60", "-max_len=16384", f"-dict={words}"]
    options += ["-verbosity=0", f"-artifact_prefix={keep}/{name}-"]
    atheris.Setup([sys.argv[0], *options, str(corpus)], try_one)
    atheris.Fuzz()


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("--seconds", type=float, default=60.0, help="of every reader (default: 60)")
    asked.add_argument("--only", default="", help="readers, with commas between")
    asked.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "fuzz-findings")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--strict", action="store_true", help="exit code 1 on a finding")
    given = asked.parse_args()
    import atheris

    given.keep.mkdir(parents=True, exist_ok=True)
    sys.path.insert(0, str(ROOT))
    with atheris.instrument_imports(include=["forecast"]):
        from benchmarks.fuzz_parts import targets
        from benchmarks.fuzz_parts.preloading import preload
    preload()
    warnings.simplefilter("error")
    chosen = given.only.split(",") if given.only else list(targets.TARGETS)
    found = {name: _apart(name, given, targets) for name in chosen}
    print(table(found, {name: targets.TARGETS[name][1] for name in chosen}, given.seconds, given.seed))
    return int(given.strict and any(one["findings"] for one in found.values()))


def _apart(name: str, given: argparse.Namespace, targets: Any) -> dict:
    """One reader in a process of its own, which shares what has been imported."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-run-"))
    result, said = folder / "result.json", folder / "said.txt"
    child = os.fork()
    if not child:
        with said.open("w", encoding="utf-8") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        try:
            run_one(name, given.seconds, result, given.keep, given.seed, targets)
        except BaseException:
            traceback.print_exc()
        os._exit(1)
    deadline, code = time.monotonic() + given.seconds + PATIENCE, None
    while code is None:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
        elif time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            code = "it did not end"
        else:
            time.sleep(0.2)
    text = said.read_text(encoding="utf-8", errors="replace")
    if not result.exists():
        raise SystemExit(f"{name} did not start:\n{text[-3000:]}")
    state = json.loads(result.read_text(encoding="utf-8"))
    if code:
        what = next((line for line in text.splitlines() if "ERROR: libFuzzer" in line), text[-300:])
        state["findings"]["ended"] = f"the process ended ({code}): {what.strip()}"
    print(f"{name}: {state['tried']:,} tried, {len(state['findings'])} findings", file=sys.stderr)
    for trace in state.get("traces", {}).values():
        print(trace, file=sys.stderr)
    return state


def table(found: dict[str, dict], titles: dict[str, str], seconds: float, seed: int) -> str:
    lines = [
        "# Bad input: what the fuzzer tried",
        "",
        f"`python benchmarks/fuzz.py --seconds {seconds:g} --seed {seed}`, Python {platform.python_version()}, "
        "coverage-guided (atheris, libFuzzer), from sound files and the words of `fuzz_parts/targets.py`. "
        "A finding is anything but a value "
        f"or the library's own error, more than {SLOW:g} s of the processor for one input, or over {MEMORY} MB.",
        "",
        "| reader | inputs tried | values | refused | findings | worst time |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, one in found.items():
        lines.append(
            f"| {titles[name]} | {one['tried']:,} | {one['values']:,} | {one['refused']:,} | "
            f"{len(one['findings'])} | {one['worst']:.2f} s |"
        )
    whole = [sum(one[key] for one in found.values()) for key in ("tried", "values", "refused")]
    count = sum(len(one["findings"]) for one in found.values())
    worst = max(one["worst"] for one in found.values())
    lines.append(f"| **all** | **{whole[0]:,}** | {whole[1]:,} | {whole[2]:,} | **{count}** | **{worst:.2f} s** |")
    told = [f"- {name}: {text}" for name, one in found.items() for text in one["findings"].values()]
    return "\n".join([*lines, *(["", "Findings:", "", *told] if told else [])])


if __name__ == "__main__":
    raise SystemExit(main())
