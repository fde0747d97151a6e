"""The seal of an embedded Chroma: what its files were when the last writer had finished with them.

Merely opening Chroma commits to `chroma.sqlite3`, so of that file only what it counts is sealed.
"""

import json
import sqlite3
import struct
import zlib
from contextlib import closing
from pathlib import Path

_DATABASE = "chroma.sqlite3"
_FLUSHED = "index_metadata.pickle"
_COUNTS = (
    "SELECT count(*), max(id) FROM embeddings",
    "SELECT group_concat(seq_id) FROM (SELECT seq_id FROM max_seq_id ORDER BY segment_id)",
    "SELECT count(*), min(seq_id), max(seq_id) FROM embeddings_queue",
)
_Counts = list[list[object]]
# How hnswlib begins its header: version, offset, room for elements, elements, bytes of an element.
_HEADER = struct.Struct("<iQQQQ")


def take_seal(folder: Path) -> str:
    """Return what lies in the folder, with checksums; empty if there is no index, or one that can't be whole."""
    counts = _counts(folder)
    if counts is None or cut_short(folder):
        return ""
    files = {name: [*_stamp(file), _checksum(file)] for name, file in _files(folder).items()}
    return json.dumps({"files": files, "counts": counts})


def is_intact(folder: Path, seal: str, *, thorough: bool = False) -> bool:
    """Whether everything is as it was sealed.

    Files of the same size and time are believed; `thorough` compares their checksums too. A file with another time,
    such as a copy, is always compared.
    """
    if not seal:
        return False
    sealed = json.loads(seal)
    found = _files(folder)
    if found.keys() != sealed["files"].keys() or _counts(folder) != sealed["counts"]:
        return False
    return all(_is_same(found[name], *stamp, thorough=thorough) for name, stamp in sealed["files"].items())


def cut_short(folder: Path) -> str:
    """Return the name of a file that is shorter than it must be; empty if there is none.

    hnswlib writes its files without looking whether the system took them.
    """
    for pickle in folder.glob(f"*/{_FLUSHED}"):
        for name, size in _least_sizes(pickle.parent).items():
            file = pickle.with_name(name)
            if not file.exists() or file.stat().st_size < size:
                return name
    return ""


def _least_sizes(place: Path) -> dict[str, int]:
    header = place / "header.bin"
    begin = header.read_bytes()[: _HEADER.size] if header.exists() else b""
    if len(begin) < _HEADER.size:
        return {"header.bin": _HEADER.size}
    _, _, _, elements, width = _HEADER.unpack(begin)
    # A float for the norm of each vector; four bytes for the links of each, or for there being none.
    return {"data_level0.bin": elements * width, "length.bin": elements * 4, "link_lists.bin": elements * 4}


def is_flushed_since(folder: Path, seal: str) -> bool:
    """Whether the files of a flush are others than those that were sealed; without a seal, whether there are any."""
    sealed = json.loads(seal)["files"] if seal else {}
    found = _files(folder)
    return found.keys() != sealed.keys() or not all(
        _is_same(found[name], *stamp, thorough=False) for name, stamp in sealed.items()
    )


def _is_same(file: Path, size: int, time: int, checksum: int, *, thorough: bool) -> bool:
    found = _stamp(file)
    if found[0] != size:
        return False
    return (found[1] == time and not thorough) or _checksum(file) == checksum


def _files(folder: Path) -> dict[str, Path]:
    # Before its first flush an index is all in the database's queue; its files are made anew whenever it is opened.
    flushed = [pickle.parent for pickle in sorted(folder.glob(f"*/{_FLUSHED}"))]
    return {file.relative_to(folder).as_posix(): file for place in flushed for file in sorted(place.iterdir())}


def _stamp(file: Path) -> tuple[int, int]:
    found = file.stat()
    return found.st_size, found.st_mtime_ns


def _checksum(file: Path) -> int:
    total = 0
    with file.open("rb") as stream:
        while part := stream.read(1 << 20):
            total = zlib.crc32(part, total)
    return total


def _counts(folder: Path) -> _Counts | None:
    file = folder / _DATABASE
    if not file.exists():
        return None
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            return [list(connection.execute(sql).fetchone()) for sql in _COUNTS]
    except sqlite3.Error:
        return None
