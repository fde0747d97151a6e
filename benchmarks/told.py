"""What a process of its own tells the benchmark that started it."""

import json
import os
import re
import resource
import subprocess
import sys
import time
from pathlib import Path

QUESTION = "How long is the notice period for a flat?"
# What `getrusage` gives is never less than the size of the process that started this one.
_LARGEST = re.compile(r"VmHWM:\s+(\d+) kB")
_PER_MEGABYTE = 1024


def tell(**counts: float) -> None:
    """Print the clock, the seconds of all cores and the most megabytes so far."""
    told = {"clock": time.monotonic(), "cores": cores_used(), "megabytes": megabytes(os.getpid()), **counts}
    print(json.dumps(told), flush=True)


def cores_used() -> float:
    """Return the seconds that this process and its ended children have had of all cores."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in used)


def megabytes(process: int) -> float:
    """Return the largest resident size that a process has had; 0 if it has ended."""
    try:
        found = _LARGEST.search(Path(f"/proc/{process}/status").read_text("utf-8"))
    except OSError:
        return 0.0
    return int(found[1]) / _PER_MEGABYTE if found else 0.0


def of_children() -> float:
    """Return the largest sizes that the children which this process has now have had, summed up."""
    lists = [file.read_text("utf-8").split() for file in Path("/proc/self/task").glob("*/children")]
    return sum(megabytes(int(child)) for children in lists for child in children)


def cores_of_children() -> float:
    """Return the seconds of all cores that the children have had that this process has now."""
    lists = [file.read_text("utf-8").split() for file in Path("/proc/self/task").glob("*/children")]
    # Behind the name, which may hold anything, the twelfth and thirteenth field.
    stats = [
        Path(f"/proc/{child}/stat").read_text("utf-8").rpartition(")")[2].split() for each in lists for child in each
    ]
    return sum(int(ticks) for stat in stats for ticks in stat[11:13]) / os.sysconf("SC_CLK_TCK")


def fresh(pipeline: str, *words: object) -> dict[str, float]:
    """Run an action of `fresh_ragkit` or `fresh_naive`; `seconds` is from the start of the process to its telling."""
    begun = time.monotonic()
    command = [sys.executable, "-m", f"benchmarks.fresh_{pipeline}", *map(str, words)]
    printed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    told: dict[str, float] = json.loads(printed)
    return {**told, "seconds": told["clock"] - begun}
