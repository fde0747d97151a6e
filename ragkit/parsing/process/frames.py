"""Messages over a pipe: eight bytes of length, then the bytes. JSON inside, never pickle."""

from typing import BinaryIO

READY = b"ready"
"""What the child says when it has come so far that its clock runs anew."""

_LENGTH = 8


def write_frame(stream: BinaryIO, payload: bytes) -> None:
    """Write one message and flush."""
    stream.write(len(payload).to_bytes(_LENGTH, "big"))
    stream.write(payload)
    stream.flush()


def read_frame(stream: BinaryIO, *, limit: int) -> bytes:
    """Return the next message, waiting for it.

    Raises:
        EOFError: the other side is gone.
        ValueError: the message says that it is longer than `limit` bytes.
    """
    size = int.from_bytes(_read_exactly(stream, _LENGTH), "big")
    if size > limit:
        raise ValueError(f"a message of {size} bytes is over the limit of {limit}")
    return _read_exactly(stream, size)


def _read_exactly(stream: BinaryIO, size: int) -> bytes:
    payload = stream.read(size)
    if len(payload) < size:
        raise EOFError("the other side closed the pipe")
    return payload
