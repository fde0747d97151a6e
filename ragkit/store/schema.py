"""The tables of the catalog, and the version that says which they are."""

SCHEMA_VERSION = 1

# A chunk's vector is kept apart from the chunk, keyed by the hash of the embedded text: equal texts share one.
# `pending` holds the ids that are about to be written to the vector index, `garbage` those to be removed from
# it: after a crash they say what to tidy up.
SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE documents (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    uri TEXT NOT NULL,
    revision TEXT NOT NULL,
    title TEXT NOT NULL,
    media_type TEXT NOT NULL,
    text TEXT NOT NULL,
    sections TEXT NOT NULL,
    metadata TEXT NOT NULL,
    access TEXT NOT NULL,
    updated_at TEXT,
    indexed_at TEXT NOT NULL,
    UNIQUE (source, uri)
);

CREATE TABLE vectors (id TEXT PRIMARY KEY, vector BLOB NOT NULL);

CREATE TABLE chunks (
    row INTEGER PRIMARY KEY,
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

CREATE VIRTUAL TABLE words USING fts5 (
    heading, text, content = 'chunks', content_rowid = 'row', tokenize = 'porter unicode61 remove_diacritics 2'
);
CREATE TRIGGER chunk_added AFTER INSERT ON chunks BEGIN
    INSERT INTO words (rowid, heading, text) VALUES (new.row, new.heading, new.text);
END;
CREATE TRIGGER chunk_removed AFTER DELETE ON chunks BEGIN
    INSERT INTO words (words, rowid, heading, text) VALUES ('delete', old.row, old.heading, old.text);
END;

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
