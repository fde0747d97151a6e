"""The answers on record: whether they can be read, are as they were written, and are their owner's alone."""

import shlex
from collections.abc import Iterator

from ragkit.config import Config
from ragkit.health.check import ANY, Check, others_may
from ragkit.store.catalog.journal import Inspection, Journal


def records(config: Config) -> Iterator[Check]:
    """Yield what is to be said of the records in the store's folder.

    Raises:
        StoreError: they can't be read.
    """
    journal = Journal(config.store.path)
    if not journal.exists:
        days = config.records.keep
        message = f"answers are recorded for {days} days; none yet" if days else "no answer is recorded"
        yield Check(name="records", level="ok", message=message)
        return
    yield _whole(journal.inspect(), journal, config)
    quoted = shlex.quote(str(journal.path))
    if others_may(journal.path, ANY):
        message = f"other users of this machine can read or change {str(journal.path)!r}"
        yield Check(name="records", level="warning", message=message, fix=f"chmod 600 {quoted}")
    if not config.records.keep:
        message = "answers are on record, but records.keep is 0: none is added, and none is erased after its time"
        yield Check(name="records", level="warning", message=message, fix=f"Set records.keep, or: rm {quoted}")
    elif not config.records.redact:
        message = "records.redact is off: what people write of themselves is recorded as it is"
        yield Check(name="records", level="warning", message=message, fix="Set records.redact = true.")


def _whole(found: Inspection, journal: Journal, config: Config) -> Check:
    if found.fault:
        store = shlex.quote(str(config.store.path))
        fix = f"ragkit records check --store {store}"
        return Check(name="records", level="fault", message=found.fault, fix=fix)
    size = f"{journal.path.stat().st_size / 1e6:.1f} MB"
    kept = f"kept for {config.records.keep} days" if config.records.keep else "kept"
    return Check(name="records", level="ok", message=f"{found.entries} entries, {size}, all as written, {kept}")
