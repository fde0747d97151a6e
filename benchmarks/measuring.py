"""What the benchmarks share: timing two things in turn, ratios with their intervals, the table, and the machine."""

import argparse
import json
import os
import platform
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchmarks.told import cores_used

Time = tuple[float, float]  # seconds of the clock, seconds of all cores
Times = NDArray[np.float64]
T = TypeVar("T")
Parts = Mapping[str, Callable[[Path, argparse.Namespace], Iterable["Row"]]]

PACKAGES = (
    "chromadb",
    "langchain-chroma",
    "langchain-core",
    "langchain-text-splitters",
    "numpy",
    "onnxruntime",
    "sentence-transformers",
    "torch",
)
FLAGS = ("avx2", "fma", "avx512f", "avx512_vnni", "avx_vnni")
# Above so many runnable processes a core the clock says how busy the machine is, and not how fast the code.
BUSY = 1.5
RESAMPLES = 1_000
MILLISECONDS = 1_000.0
# From here on a figure has no use for more digits.
WHOLE = 100


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A median and the 95 % interval of the bootstrap around it."""

    median: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Row:
    """One measurement: `ragkit` and `naive` are medians, `ragkit_p95` and `naive_p95` what one in twenty exceeds.

    `ratio` is how many times more the naive pipeline takes: the median of the rounds' own, so a busy moment spoils
    one round and not all. `ragkit_cpu`, `naive_cpu` and `ratio_cpu` are of the seconds of all cores: they say nearly
    the same on a busy machine.
    """

    what: str
    unit: str
    n: int
    ragkit: float
    ragkit_p95: float | None = None
    naive: float | None = None
    naive_p95: float | None = None
    ragkit_cpu: float | None = None
    naive_cpu: float | None = None
    ratio: Interval | None = None
    ratio_cpu: Interval | None = None


def timed(work: Callable[[], object]) -> Time:
    """Return how long the work takes, by the clock and by the cores, those of ended children included."""
    clock, cores = time.perf_counter(), cores_used()
    work()
    return time.perf_counter() - clock, cores_used() - cores


def middle(values: ArrayLike) -> float:
    """Return the median."""
    return float(statistics.median(np.asarray(values, float).ravel()))


def interval(values: ArrayLike) -> Interval:
    """Return the median with its percentile bootstrap interval, the same for the same values."""
    rows = np.asarray(values, float)
    draws = np.random.default_rng(1).integers(len(rows), size=(RESAMPLES, len(rows)))
    low, high = np.percentile(np.median(rows[draws], axis=1), (2.5, 97.5))
    return Interval(median=middle(rows), low=float(low), high=float(high))


def in_turn(ours: Callable[[], object], naive: Callable[[], object], *, rounds: int) -> Times:
    """Time both in turn, after each has run once: an array of rounds, ours and naive, clock and cores."""
    return np.array([(timed(ours), timed(naive)) for _ in range(rounds + 1)])[1:]


def paired(what: str, times: Times, *, unit: str = "s", scale: float = 1.0) -> Row:
    """Return the row of what `in_turn` returned."""
    return Row(
        what=what,
        unit=unit,
        n=len(times),
        ragkit=middle(times[:, 0, 0]) * scale,
        naive=middle(times[:, 1, 0]) * scale,
        ragkit_cpu=middle(times[:, 0, 1]) * scale,
        naive_cpu=middle(times[:, 1, 1]) * scale,
        ratio=interval(times[:, 1, 0] / times[:, 0, 0]),
        ratio_cpu=interval(times[:, 1, 1] / times[:, 0, 1]),
    )


def alone(what: str, values: Sequence[float], *, unit: str = "s") -> Row:
    """Return the row of something that the naive pipeline does not do, or that is a count."""
    return Row(what=what, unit=unit, n=len(values), ragkit=middle(values))


def latencies(
    what: str, ours: Callable[[T], object], naive: Callable[[T], object], questions: Sequence[T], *, rounds: int
) -> Row:
    """Ask both the same questions, a share of them in each round, and give the milliseconds of one."""
    asked = [Asked(ours), Asked(naive)]
    for each in asked:
        each(questions[:2])
        each.milliseconds.clear()
    shares = [questions[first::rounds] for first in range(min(rounds, len(questions)))]
    times = np.array([[timed(partial(each, share)) for each in asked] for share in shares])
    times /= np.array([len(share) for share in shares])[:, None, None]
    mine, theirs = (np.percentile(each.milliseconds, (50, 95)).tolist() for each in asked)
    row = replace(paired(what, times, unit="ms", scale=MILLISECONDS), n=len(questions))
    return replace(row, ragkit=mine[0], ragkit_p95=mine[1], naive=theirs[0], naive_p95=theirs[1])


def asked_alone(what: str, ask: Callable[[T], object], questions: Sequence[T]) -> Row:
    """Ask one after the other, and give the milliseconds of one."""
    asked = Asked(ask)
    asked(questions)
    median, p95 = np.percentile(asked.milliseconds, (50, 95)).tolist()
    return Row(what=what, unit="ms", n=len(questions), ragkit=median, ragkit_p95=p95)


class Asked(Generic[T]):
    """Asks questions one after the other, and keeps how many milliseconds each took."""

    def __init__(self, ask: Callable[[T], object]) -> None:
        self._ask = ask
        self.milliseconds: list[float] = []

    def __call__(self, questions: Sequence[T]) -> None:
        """Ask them all."""
        for question in questions:
            begun = time.perf_counter()
            self._ask(question)
            self.milliseconds.append((time.perf_counter() - begun) * MILLISECONDS)


def parser(doc: str | None, parts: Parts, *, rounds: int) -> argparse.ArgumentParser:
    """Return a parser of the options that every benchmark has."""
    made = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(parts)}; none, all")
    made.add_argument("--rounds", type=int, default=rounds)
    made.add_argument("--json", type=Path, help="write the rows and the machine to this file too")
    return made


def run(options: argparse.Namespace, parts: Parts) -> None:
    """Measure the parts that were asked for, and print the table."""
    if unknown := set(options.parts) - set(parts):
        raise SystemExit(f"no part {', '.join(sorted(unknown))}; there are {', '.join(parts)}")
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as scratch:
        rows = [row for name in options.parts or parts for row in parts[name](Path(scratch), options)]
    found = {"load_before": before, "load_after": os.getloadavg()[0], **machine()}
    busy = max(found["load_before"], found["load_after"]) > BUSY * (os.cpu_count() or 1)
    print(table(rows, busy=busy))
    print("\n".join(f"{name}: {value}" for name, value in found.items()))
    if options.json:
        options.json.write_text(json.dumps({**found, "rows": [asdict(row) for row in rows]}, indent=2), "utf-8")


def machine() -> dict[str, Any]:
    """Return what the figures depend on."""
    information = Path("/proc/cpuinfo")
    flags = set(information.read_text("utf-8").split()) if information.exists() else set()
    return {
        "command": shlex.join(["python", "-m", f"benchmarks.{Path(sys.argv[0]).stem}", *sys.argv[1:]]),
        "cores": os.cpu_count(),
        "flags": " ".join(flag for flag in FLAGS if flag in flags),
        "python": platform.python_version(),
        "versions": ", ".join(f"{name} {version(name)}" for name in PACKAGES),
        "git": git("rev-parse", "--short", "HEAD") + (" and changes" if git("status", "--porcelain") else ""),
    }


def git(*words: str) -> str:
    """Return what git says here; nothing, if this is no checkout."""
    command = ["git", "-C", str(Path(__file__).parent), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def table(rows: Sequence[Row], *, busy: bool) -> str:
    """Return the rows as Markdown. On a busy machine the ratio of the clock is not given."""
    names = ("what", "n", "ragkit", "naive", "naive / ragkit", "CPU: ragkit", "naive", "naive / ragkit")
    lines = [f"| {' | '.join(names)} |", "|---" * len(names) + "|"]
    for row in rows:
        ours, naive = figure(row.ragkit, row.ragkit_p95, row.unit), figure(row.naive, row.naive_p95, row.unit)
        clock = "busy" if busy and row.unit in ("s", "ms") and row.ratio else ratio(row.ratio)
        cores = [figure(value, None, row.unit) for value in (row.ragkit_cpu, row.naive_cpu)]
        cells = [row.what, str(row.n), ours, naive, clock, *cores, ratio(row.ratio_cpu)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def figure(value: float | None, p95: float | None, unit: str) -> str:
    """Return a median, and the 95th percentile behind it."""
    if value is None:
        return ""
    return f"{number(value)} {unit}".strip() if p95 is None else f"{number(value)} / {number(p95)} {unit}"


def ratio(found: Interval | None) -> str:
    """Return a ratio with its interval."""
    return f"{number(found.median)} [{number(found.low)}, {number(found.high)}]" if found else ""


def number(value: float) -> str:
    """Return three digits of a number."""
    return f"{value:,.0f}" if value >= WHOLE or value == int(value) else f"{value:#.3g}"
