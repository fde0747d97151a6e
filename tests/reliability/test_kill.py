"""R1: what `ingest` reported as stored survives SIGKILL. `make crash KILLS=300` runs more of the same."""

import itertools
import os
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.reliability.aims import FLUSHED, Aim, Call, Flush, Moment, Step
from tests.reliability.growing import FAILPOINTS, Growing

KILLS = int(os.environ.get("CRASH_KILLS", "60"))
OFTEN, SELDOM = 100, 1000
MISSED_AT_MOST = 0.005
pytestmark = [pytest.mark.real, pytest.mark.timeout(60 + KILLS * 12)]


def aims(store: Growing, chance: random.Random) -> Iterator[Aim]:
    """Yield ever new aims, all kinds in turn. A store that seldom flushes has no kills aimed at that."""
    # A new document passes the first two twice: with its words, and with its vectors.
    steps = itertools.cycle([Step(step, nth) for nth in (1, 2) for step in FAILPOINTS[: 6 if nth == 1 else 2]])
    while True:
        yield Moment(chance.uniform(0, 0.6))
        yield next(steps)
        yield Call("upsert", chance.randint(1, 3), chance.uniform(0, 0.05))
        yield next(steps)
        yield Call("delete", 1, chance.uniform(0, 0.01))
        if store.sync_threshold == OFTEN:
            yield Flush("")
            yield Flush(chance.choice(FLUSHED))


def killed(store: Growing, kills: int, *, seed: int) -> Growing:
    """Kill one writer after the other until there were enough kills."""
    for aim in itertools.islice(aims(store, random.Random(seed)), seed, seed + kills * 3):
        if len(store.kills) < kills:
            store.killed_round(aim)
    return store


def told(stores: list[Growing], seconds: float) -> str:
    """Return the kills by their kind, and what they did, as tables."""
    kills = [kill for store in stores for kill in store.kills]
    lost, unusable = sum(len(s.lost) for s in stores), sum(len(s.unusable) for s in stores)
    bound = f"{3 / len(kills):.1%}" if not lost + unusable else "-"
    lines = ["", "| killed | kills | hit | index rebuilt at the next search |", "|---|---|---|---|"]
    for name in sorted({kill.name for kill in kills}):
        each = [kill for kill in kills if kill.name == name]
        lines.append(f"| {name} | {len(each)} | {sum(k.hit for k in each)} | {sum(k.rebuilt for k in each)} |")
    acknowledged, most = sum(store.acknowledged for store in stores), max(store.chunks for store in stores)
    lines += [
        "",
        "| kills | most chunks | looked for | lost | wide | graph missed | unusable | bound a kill | seconds |",
    ]
    lines += ["|---|---|---|---|---|---|---|---|---|"]
    wide, missed, searched = (sum(getattr(store, name) for store in stores) for name in ("wide", "missed", "searched"))
    counts = [len(kills), most, acknowledged, lost, wide, f"{missed} of {searched}", unusable, bound, f"{seconds:.0f}"]
    lines.append("| " + " | ".join(map(str, counts)) + " |")
    return "\n".join(lines)


def test_what_was_reported_as_stored_survives_kills(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    begun = time.monotonic()
    growing, fresh = KILLS // 3, KILLS - 2 * (KILLS // 3)
    # With 300 kills the last writers have stores of more than 10,000 chunks.
    plan = [(Growing(tmp_path / f"every-{rows}", rows, turn=KILLS // 15), growing) for rows in (OFTEN, SELDOM)]
    # Large enough for several flushes.
    plan += [(Growing(tmp_path / f"fresh-{n}", (OFTEN, SELDOM)[n % 3 == 0], turn=3), 1) for n in range(fresh)]
    with ThreadPoolExecutor(max_workers=2) as pool:
        stores = list(pool.map(lambda job: killed(job[1][0], job[1][1], seed=job[0]), enumerate(plan)))
    with capsys.disabled():
        print(told(stores, time.monotonic() - begun))  # noqa: T201  # the table is what `make crash` is for
    # Broken on purpose: `_put` in ingest telling before `replace`, or `replace` committing before the index is written
    # while `_judge` believes every index, loses chunks here.
    assert [fault for store in stores for fault in [*store.lost, *store.unusable]] == []
    assert sum(len(store.kills) for store in stores) >= KILLS
    # Chroma's graph misses some four in ten thousand without any kill (docs/reliability.md).
    assert sum(store.missed for store in stores) <= MISSED_AT_MOST * sum(store.searched for store in stores)
