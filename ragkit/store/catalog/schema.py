"""The file of the catalog, its tables, and the version that says which they are."""

import sqlite3
from collections.abc import Mapping, Sequence

FILE = "catalog.db"
SCHEMA_VERSION = 5

# How a text becomes the words that it is found by; whatever else counts words must cut them in the same way.
TOKENIZER = "porter unicode61 remove_diacritics 2"

# The pieces of schema 2. Once it is released none of them changes again, since the step from schema 1 is made of them.
# A document's number is what the tables for filters know it by: a rowid without a name is changed by VACUUM. Its text
# comes last, since SQLite has to go through all of it to what lies behind.
_DOCUMENTS = """
CREATE TABLE documents (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    uri TEXT NOT NULL,
    revision TEXT NOT NULL,
    title TEXT NOT NULL,
    media_type TEXT NOT NULL,
    metadata TEXT NOT NULL,
    access TEXT NOT NULL,
    updated_at TEXT,
    indexed_at TEXT NOT NULL,
    sections TEXT NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (source, uri)
);
"""

# AUTOINCREMENT: a row that is used again would be taken for the chunk that had it before.
_CHUNKS = """
CREATE TABLE chunks (
    row INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    start INTEGER NOT NULL,
    stop INTEGER NOT NULL,
    heading TEXT NOT NULL,
    page INTEGER,
    text TEXT NOT NULL,
    vector_id TEXT NOT NULL REFERENCES vectors (id)
);
CREATE INDEX chunks_by_document ON chunks (document_id, ordinal);
CREATE INDEX chunks_by_vector ON chunks (vector_id);
"""

# `removed` says which rows are gone, to those who have the others in memory.
_REMOVED = """
CREATE TABLE removed (seq INTEGER PRIMARY KEY AUTOINCREMENT, row INTEGER NOT NULL);
CREATE TRIGGER removed_trimmed AFTER INSERT ON removed BEGIN
    DELETE FROM removed WHERE seq <= new.seq - 100000;
END;
"""


def _words(*of_chunks: str) -> str:
    """Return what finds chunks by the words of these columns, and of their document's title."""
    # That title is why the table reads from a view.
    indexed = ", ".join(("title", *of_chunks))
    return f"""
CREATE VIEW searchable AS
    SELECT c.row, d.title, {", ".join(f"c.{name}" for name in of_chunks)}
    FROM chunks c JOIN documents d ON d.id = c.document_id;
CREATE VIRTUAL TABLE words USING fts5 (
    {indexed}, content = 'searchable', content_rowid = 'row', tokenize = '{TOKENIZER}'
);
CREATE TRIGGER chunk_added AFTER INSERT ON chunks BEGIN
    INSERT INTO words (rowid, {indexed}) SELECT * FROM searchable WHERE row = new.row;
END;
CREATE TRIGGER chunk_removed BEFORE DELETE ON chunks BEGIN
    INSERT INTO words (words, rowid, {indexed}) SELECT 'delete', * FROM searchable WHERE row = old.row;
    INSERT INTO removed (row) VALUES (old.row);
END;
"""


# What filters and permissions ask for, by value: `documents` alone would have to be read whole. The column `value` has
# no type, so that 2003 and '2003' stay apart; truth values are blobs, which SQL sorts behind every number and text.
_FILTERS = """
CREATE TABLE attributes (
    field TEXT NOT NULL, value NOT NULL, document INTEGER NOT NULL, PRIMARY KEY (field, value, document)
) WITHOUT ROWID;
CREATE INDEX attributes_by_document ON attributes (document);
CREATE TABLE readers (name TEXT NOT NULL, document INTEGER NOT NULL, PRIMARY KEY (name, document)) WITHOUT ROWID;
CREATE INDEX readers_by_document ON readers (document);
CREATE VIEW described AS
    SELECT j.key AS field, CASE j.type WHEN 'true' THEN x'01' WHEN 'false' THEN x'00' ELSE j.value END AS value,
        d.number AS document
    FROM documents d, json_each(d.metadata) j
    WHERE j.value IS NOT NULL AND j.key NOT IN ('source', 'uri', 'title', 'media_type', 'heading', 'page')
    UNION ALL SELECT 'source', source, number FROM documents
    UNION ALL SELECT 'uri', uri, number FROM documents
    UNION ALL SELECT 'title', title, number FROM documents
    UNION ALL SELECT 'media_type', media_type, number FROM documents;
CREATE VIEW admitting AS SELECT j.value AS name, d.number AS document FROM documents d, json_each(d.access) j;
CREATE TRIGGER document_added AFTER INSERT ON documents BEGIN
    INSERT OR IGNORE INTO attributes SELECT * FROM described WHERE document = new.number;
    INSERT OR IGNORE INTO readers SELECT * FROM admitting WHERE document = new.number;
END;
CREATE TRIGGER document_removed AFTER DELETE ON documents BEGIN
    DELETE FROM attributes WHERE document = old.number;
    DELETE FROM readers WHERE document = old.number;
END;
CREATE TRIGGER document_changed AFTER UPDATE ON documents BEGIN
    DELETE FROM attributes WHERE document = old.number;
    DELETE FROM readers WHERE document = old.number;
    INSERT OR IGNORE INTO attributes SELECT * FROM described WHERE document = new.number;
    INSERT OR IGNORE INTO readers SELECT * FROM admitting WHERE document = new.number;
END;
"""

# A chunk whose vector is not made yet has an empty one. With this index it costs nothing to see that there are none.
_WAITING = "CREATE INDEX waiting ON vectors (id) WHERE vector = x'';\n"

# What read a document, and in which version. Of a document that an older ragkit has stored there is no row.
_PARSED = """
CREATE TABLE parsed (
    document INTEGER PRIMARY KEY REFERENCES documents (number) ON DELETE CASCADE, parser TEXT NOT NULL
);
"""

# The parts of the words with inner capitals that a chunk has; `lexical.parts_of` makes them.
_PARTS = "ALTER TABLE chunks ADD COLUMN parts TEXT NOT NULL DEFAULT '';\n"
PARTS_ANEW = (
    "UPDATE chunks SET parts = s.parts FROM (SELECT row, parts_of(title, heading, text) AS parts FROM searchable) s "
    "WHERE chunks.row = s.row AND chunks.parts <> s.parts"
)

# A chunk's vector is kept apart from the chunk, keyed by the hash of the embedded text: equal texts share one.
# `pending` holds the ids that are about to be written to the vector index, `garbage` those to be removed from
# it: after a crash they say what to tidy up.
SCHEMA = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

{_DOCUMENTS}
CREATE TABLE vectors (id TEXT PRIMARY KEY, vector BLOB NOT NULL);
{_WAITING}
{_CHUNKS}
{_PARTS}

{_REMOVED}
{_words("heading", "parts", "text")}

{_FILTERS}

{_PARSED}

CREATE TABLE pending (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE garbage (id TEXT PRIMARY KEY) WITHOUT ROWID;

CREATE TABLE failures (
    source TEXT NOT NULL,
    uri TEXT NOT NULL,
    revision TEXT NOT NULL,
    stage TEXT NOT NULL,
    error TEXT NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (source, uri)
) WITHOUT ROWID;

CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    finished_at TEXT NOT NULL,
    report TEXT NOT NULL
);
"""


def statements(script: str) -> list[str]:
    """Return the statements of a script, for `execute`: `executescript` would commit before it begins."""
    found, rest = [], ""
    for line in script.splitlines(keepends=True):
        rest += line
        if sqlite3.complete_statement(rest):
            found.append(rest.strip())
            rest = ""
    return found


# What schema 1 had of a document and of a chunk.
_DOCUMENT = "id, source, uri, revision, title, media_type, text, sections, metadata, access, updated_at, indexed_at"
_CHUNK = "row, id, document_id, ordinal, start, stop, heading, page, text, vector_id"

# From each schema to the next one. The new tables are made under their own names, as in a new store.
STEPS: Mapping[int, Sequence[str]] = {
    1: (
        "DROP TRIGGER chunk_added",
        "DROP TRIGGER chunk_removed",
        "DROP TABLE words",
        "DROP INDEX chunks_by_document",
        "DROP INDEX chunks_by_vector",
        "ALTER TABLE documents RENAME TO documents_1",
        "ALTER TABLE chunks RENAME TO chunks_1",
        *statements(_DOCUMENTS),
        *statements(_CHUNKS),
        f"INSERT INTO documents ({_DOCUMENT}) SELECT {_DOCUMENT} FROM documents_1 ORDER BY rowid",
        f"INSERT INTO chunks ({_CHUNK}) SELECT {_CHUNK} FROM chunks_1 ORDER BY row",
        "DROP TABLE chunks_1",
        "DROP TABLE documents_1",
        *statements(_REMOVED),
        *statements(_words("heading", "text")),
        "INSERT INTO words (words) VALUES ('rebuild')",
        *statements(_FILTERS),
        "INSERT OR IGNORE INTO attributes SELECT * FROM described",
        "INSERT OR IGNORE INTO readers SELECT * FROM admitting",
    ),
    2: tuple(statements(_WAITING)),
    3: tuple(statements(_PARSED)),
    4: (
        "DROP TRIGGER chunk_added",
        "DROP TRIGGER chunk_removed",
        "DROP TABLE words",
        *statements(_PARTS),
        PARTS_ANEW,
        "DROP VIEW searchable",
        *statements(_words("heading", "parts", "text")),
        "INSERT INTO words (words) VALUES ('rebuild')",
    ),
}
