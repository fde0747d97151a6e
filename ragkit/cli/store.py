"""`ragkit store`: look after a store."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import typer
from rich.text import Text

from ragkit.cli.console import out, plain, print_json
from ragkit.cli.opening import workspace
from ragkit.cli.progress import counting
from ragkit.cli.terminal import resumable, waiting
from ragkit.errors import ConfigError
from ragkit.filters import And, Equals, Filter, narrowed, parse_filter
from ragkit.store.backup import Manifest
from ragkit.store.catalog.damage import repair_command
from ragkit.store.catalog.reading import Stats
from ragkit.store.forgetting import Forgotten
from ragkit.text.plural import counted


def stats(*, store: Path | None, config: Path | None, as_json: bool) -> int:
    """Print counts and sizes."""
    opened = workspace(store, config)
    folder = opened.config.store.path
    with opened.maintenance() as kept:
        found = kept.stats()
    if as_json:
        print_json(asdict(found))
    else:
        _print(folder, found)
    return 0


def check(*, store: Path | None, config: Path | None, as_json: bool) -> int:
    """Print what is wrong with the catalog, or with the index; 1 if something is."""
    opened = workspace(store, config)
    folder = opened.config.store.path
    with opened.maintenance() as kept:
        kept.require_whole()
        found, lacking = kept.examine(), kept.count_unembedded()
    if as_json:
        print_json(asdict(found))
    elif found.fault:
        out.print(Text(plain(f"{found.fault}. Nothing is lost. Run: {repair_command(folder)}")))
    else:
        out.print(f"The index is whole: {counted(found.indexed, 'vector')}.")
    if lacking and not as_json:
        out.print(waiting(lacking))
    return 1 if found.fault else 0


def repair(*, store: Path | None, config: Path | None, as_json: bool) -> int:
    """Rebuild the vector index, embed what lacks its vector, and print how many vectors there are."""
    with workspace(store, config) as opened, counting("Embedding") as bar:
        vectors = opened.repair(on_progress=bar)
    if as_json:
        print_json({"vectors": vectors})
    else:
        out.print(f"Rebuilt the index: {counted(vectors, 'vector')}.")
    return 0


def backup(*, file: Path, store: Path | None, config: Path | None, as_json: bool) -> int:
    """Write an archive and print what is in it."""
    manifest = workspace(store, config).backup(file)
    return _told(manifest, f"Wrote {file}", as_json=as_json)


def restore(*, file: Path, store: Path | None, config: Path | None, as_json: bool) -> int:
    """Unpack an archive, build its index, and print what is in it."""
    manifest = workspace(store, config).restore(file)
    return _told(manifest, f"Restored {file}", as_json=as_json)


def reindex(*, embedder: str | None, store: Path | None, config: Path | None, as_json: bool) -> int:
    """Build the vectors for another embedder and print how many."""
    opened = workspace(store, config, embedding=embedder)
    with resumable(), counting("Embedding") as bar:
        report = opened.reindex(on_progress=bar)
    if as_json:
        print_json(asdict(report))
        return 0
    again = f" Done before: {counted(report.resumed, 'document')}." if report.resumed else ""
    built = f"Built {counted(report.chunks, 'vector')} of {counted(report.documents, 'document')}"
    out.print(f"{built}, {report.embedded} of them anew.{again}")
    if embedder and embedder != opened.config.models.embedding:
        out.print(Text(plain(f'Now set embedding = "{embedder}" below [models] in ragkit.toml.')))
    return 0


def forget(
    *,
    source: str | None,
    document: str | None,
    where: Sequence[str],
    purge: bool,
    yes: bool,
    store: Path | None,
    config: Path | None,
    as_json: bool,
) -> int:
    """Delete the chosen documents and print how many there were; 1 if there were none, or the answer was no."""
    selected = _selection(source, document, where)
    with workspace(store, config).maintenance() as kept:
        if not (yes or _confirmed(len(kept.documents(viewer=kept.owner, where=selected)))):
            return 1
        with kept.writing():
            forgotten = kept.forget(selected)
            if purge:
                kept.compact()
    if as_json:
        print_json(asdict(forgotten) | {"purged": purge})
    else:
        _print_forgotten(forgotten, purged=purge)
    return 0 if forgotten.documents + forgotten.failures else 1


def compact(*, store: Path | None, config: Path | None, as_json: bool) -> int:
    """Write the store anew and print its size before and after."""
    with workspace(store, config).maintenance() as kept:
        before = kept.stats().bytes
        with kept.writing():
            kept.compact()
        after = kept.stats().bytes
    if as_json:
        print_json({"bytes_before": before, "bytes": after})
    else:
        out.print(f"Compacted: {before / 1e6:.1f} MB before, {after / 1e6:.1f} MB now.")
    return 0


def _selection(source: str | None, document: str | None, where: Sequence[str]) -> Filter:
    named = [Equals(field, value) for field, value in (("source", source), ("uri", document)) if value]
    selected = narrowed(And(tuple(named)) if named else None, parse_filter(where))
    if selected is None:
        message = "nothing says what to forget. Give --source NAME, --document URI or --where key=value."
        raise ConfigError(message, setting="forget")
    return selected


def _print_forgotten(forgotten: Forgotten, *, purged: bool) -> None:
    if not forgotten.documents + forgotten.failures:
        out.print("Nothing in the store is selected by that.")
        return
    texts = f"{counted(forgotten.documents, 'document')} with {counted(forgotten.chunks, 'chunk')}"
    counts = f"{texts}, and {counted(forgotten.failures, 'failure')}"
    bytes_left = "" if purged else " Their bytes stay in the files until: ragkit store compact."
    out.print(f"Forgot {counts}.{bytes_left} A source that still has them brings them back.")


def _confirmed(documents: int) -> bool:
    if not documents:
        # What failed may still be selected; no document is lost with it.
        return True
    if not sys.stdin.isatty():
        message = f"{counted(documents, 'document')} would be deleted, and nobody can be asked. Add: --yes"
        raise ConfigError(message, setting="yes")
    return typer.confirm(f"Delete {counted(documents, 'document')} from the store?")


def _told(manifest: Manifest, done: str, *, as_json: bool) -> int:
    if as_json:
        print_json(asdict(manifest))
    else:
        counts = f"{counted(manifest.documents, 'document')}, {counted(manifest.chunks, 'chunk')}"
        out.print(Text(plain(f"{done}: {counts}, made at {manifest.made_at}.")))
    return 0


def _print(folder: Path, found: Stats) -> None:
    embedder = json.loads(found.fingerprint)["embedder"]
    rows = {
        "store": str(folder),
        "documents": f"{found.documents}, {counted(found.failures, 'failure')}",
        "chunks": f"{found.chunks}, {found.indexed} of them in the vector index",
        "size": f"{found.bytes / 1e6:.1f} MB",
        "embedder": f"{embedder['model']}, {embedder['dimension']} dimensions",
    }
    if found.unembedded:
        rows["waiting"] = waiting(found.unembedded)
    rows |= {f"source {name}": counted(count, "document") for name, count in found.sources.items()}
    width = max(map(len, rows))
    for name, value in rows.items():
        out.print(Text(plain(f"{name:{width}}  {value}")))
