"""`ragkit store`: look after a store."""

import json
from dataclasses import asdict
from pathlib import Path

from rich.text import Text

from ragkit.cli.console import out, plain, print_json
from ragkit.cli.opening import workspace
from ragkit.store.backup import Manifest, back_up
from ragkit.store.backup import restore as unpack
from ragkit.store.reading import Stats


def stats(*, store: Path | None, config: Path | None, as_json: bool) -> int:
    """Print counts and sizes."""
    with workspace(store, config) as opened:
        found = opened.store.stats()
        folder = opened.config.store.path
    if as_json:
        print_json(asdict(found))
    else:
        _print(folder, found)
    return 0


def check(*, store: Path | None, config: Path | None, as_json: bool) -> int:
    """Print what is wrong with the index; 1 if something is."""
    with workspace(store, config) as opened:
        found = opened.store.examine()
        folder = opened.config.store.path
    if as_json:
        print_json(asdict(found))
    elif found.fault:
        out.print(Text(plain(f"{found.fault}. Nothing is lost. Run: ragkit store repair --store {folder}")))
    else:
        out.print(f"The index is whole: {found.indexed} vectors.")
    return 1 if found.fault else 0


def repair(*, store: Path | None, config: Path | None, as_json: bool) -> int:
    """Rebuild the vector index and print how many vectors it holds."""
    with workspace(store, config) as opened, opened.store.writing():
        vectors = opened.store.rebuild()
    if as_json:
        print_json({"vectors": vectors})
    else:
        out.print(f"Rebuilt the index: {vectors} vectors.")
    return 0


def backup(*, file: Path, store: Path | None, config: Path | None, as_json: bool) -> int:
    """Write an archive and print what is in it."""
    with workspace(store, config) as opened:
        manifest = back_up(opened.config.store.path, file)
    return _told(manifest, f"Wrote {file}", as_json=as_json)


def restore(*, file: Path, store: Path | None, config: Path | None, as_json: bool) -> int:
    """Unpack an archive, build its index, and print what is in it."""
    with workspace(store, config) as opened:
        manifest = unpack(file, opened.config.store.path)
        with opened.store.writing():
            opened.store.rebuild()
    return _told(manifest, f"Restored {file}", as_json=as_json)


def _told(manifest: Manifest, done: str, *, as_json: bool) -> int:
    if as_json:
        print_json(asdict(manifest))
    else:
        counts = f"{manifest.documents} documents, {manifest.chunks} chunks, made at {manifest.made_at}"
        out.print(Text(plain(f"{done}: {counts}.")))
    return 0


def _print(folder: Path, found: Stats) -> None:
    embedder = json.loads(found.fingerprint)["embedder"]
    rows = {
        "store": str(folder),
        "documents": f"{found.documents}, {found.failures} failures",
        "chunks": f"{found.chunks}, {found.indexed} of them in the vector index",
        "size": f"{found.bytes / 1e6:.1f} MB",
        "embedder": f"{embedder['model']}, {embedder['dimension']} dimensions",
    }
    rows |= {f"source {name}": f"{count} documents" for name, count in found.sources.items()}
    width = max(map(len, rows))
    for name, value in rows.items():
        out.print(Text(plain(f"{name:{width}}  {value}")))
