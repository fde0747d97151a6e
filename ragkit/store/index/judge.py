"""What is wrong with a vector index, told by its seal, its files and its vectors."""

from pathlib import Path

from ragkit.store.catalog import reading, waiting
from ragkit.store.catalog.catalog import Catalog
from ragkit.store.index.base import Finding, Indexes

# So many vectors are searched for after a crash; `examine` takes them all.
PROBED = 2_000
_FLUSHED = "a writer was killed after it had begun to write its files"
_CHANGED = "its files are not what the last writer left"


class Judge:
    """Looks at the index that the catalog names, and changes nothing. Whoever asks holds the writer's lock."""

    def __init__(self, catalog: Catalog, indexes: Indexes, *, folder: Path) -> None:
        self._catalog = catalog
        self._indexes = indexes
        self._folder = folder

    def chunks(self) -> int:
        """Return how many vectors the index should hold once it is level."""
        with self._catalog.reading() as connection:
            return reading.count(connection, "chunks") - waiting.count(connection)

    def lacking(self) -> int:
        """Return how many of these it is still to get."""
        with self._catalog.reading() as connection:
            return reading.count(connection, "pending")

    def is_sealed(self, settings: dict[str, str]) -> bool:
        """Whether the index is as its last writer left it. Needs no lock."""
        name, seal = settings["collection"], settings.get("seal", "")
        return not settings.get("unsealed") and self._indexes.is_intact(name, seal)

    def fault(self) -> str:
        """Return what keeps the index from being written; empty if nothing does."""
        settings = self._catalog.meta()
        seal, name = settings.get("seal", ""), settings["collection"]
        # Before its first chunk it has nothing that could be broken.
        if settings.get("unsealed") or (not seal and self.chunks() > self.lacking()):
            # Two flushes may be mixed there: every vector is found, and the next flush writes hundreds of gigabytes.
            if self._indexes.is_flushed_since(name, seal):
                return _FLUSHED
            return self._indexes.probe(name, self._folder, most=PROBED).fault
        return "" if not seal or self._indexes.is_intact(name, seal) else _CHANGED

    def indexed(self) -> int:
        """Return how many of the catalog's vectors the index holds."""
        return self._indexes.probe(self._catalog.meta()["collection"], self._folder, most=0).indexed

    def examine(self) -> Finding:
        """Compare every byte with the seal and every vector with the catalog."""
        settings, chunks = self._catalog.meta(), self.chunks()
        name, seal = settings["collection"], settings.get("seal", "")
        if not chunks and not seal:
            return Finding(indexed=0, fault="")
        finding = self._indexes.probe(name, self._folder, most=chunks)
        if finding.fault or not seal or settings.get("unsealed"):
            return finding
        whole = self._indexes.is_intact(name, seal, thorough=True)
        return Finding(indexed=finding.indexed, fault="" if whole else _CHANGED)
