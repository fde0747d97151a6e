"""Tables as text: one line for each row, " | " between cells, the header row first."""

import csv
import io

from ragkit.parsing.blocks import Parsed, table
from ragkit.parsing.readers.plain import decode

_SAMPLE = 64 * 1024
_LONGEST_CELL = 2**31 - 1


def read_csv(body: bytes) -> Parsed:
    """Return the rows; the delimiter is guessed among comma, semicolon, tab and bar."""
    text = decode(body)
    return _rows(text, _delimiter(text[:_SAMPLE]))


def read_tsv(body: bytes) -> Parsed:
    """Return the rows of tab-separated values."""
    return _rows(decode(body), "\t")


def _rows(text: str, delimiter: str) -> Parsed:
    csv.field_size_limit(_LONGEST_CELL)
    return Parsed(blocks=[table(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))])


def _delimiter(sample: str) -> str:
    try:
        return csv.Sniffer().sniff(sample, ",;\t|").delimiter
    except csv.Error:
        return ","
