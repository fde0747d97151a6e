"""A mail as Outlook saves it (MS-OXMSG), made for a test: a compound file (MS-CFB) of small streams."""

import struct

_SECTOR, _MINI = 512, 64
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_UNICODE = 0x001F
# What is kept where: the ids of the properties.
_IDS = {"subject": 0x0037, "body": 0x1000, "sender": 0x0C1F}
_LENGTHS = 32


def msg(**told: str) -> bytes:
    """Return a mail of `subject`, `sender` and `body`."""
    texts = {_IDS[name]: text.encode("utf-16-le") for name, text in told.items()}
    entries = (struct.pack("<HHIII", _UNICODE, id_, 6, len(text) + 2, 0) for id_, text in texts.items())
    streams = {f"__substg1.0_{id_:04X}{_UNICODE:04X}": text for id_, text in texts.items()}
    return _compound({**streams, "__properties_version1.0": bytes(_LENGTHS) + b"".join(entries)})


def _compound(streams: dict[str, bytes]) -> bytes:
    names = sorted(streams, key=lambda name: (len(name), name.upper()))
    mini, mini_fat, starts = b"", list[int](), list[int]()
    for name in names:
        body = streams[name]
        count = max(1, -(-len(body) // _MINI))
        starts.append(len(mini_fat))
        mini_fat += [*range(len(mini_fat) + 1, len(mini_fat) + count), _END]
        mini += body.ljust(count * _MINI, b"\0")
    directories, held = -(-(len(names) + 1) // 4), -(-len(mini) // _SECTOR)
    # In their order: the table of sectors, the directory, the table of small sectors, these.
    fat = [_FAT, *range(2, directories + 1), _END, _END, *range(directories + 3, directories + 2 + held), _END]
    root = _entry("Root Entry", 5, child=1, start=directories + 2, size=len(mini))
    # A tree that has but right branches.
    nodes = [
        _entry(name, 2, right=place + 1 if place < len(names) else _FREE, start=start, size=len(streams[name]))
        for place, (name, start) in enumerate(zip(names, starts, strict=True), 1)
    ]
    header = struct.pack("<8s16xHHHHH6xIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1,
                         0, 4096, directories + 1, 1, _END, 0)  # fmt: skip
    header += struct.pack("<109I", 0, *[_FREE] * 108)
    directory = b"".join([root, *nodes]).ljust(directories * _SECTOR, b"\0")
    return header + _table(fat) + directory + _table(mini_fat) + mini.ljust(held * _SECTOR, b"\0")


def _table(sectors: list[int]) -> bytes:
    return struct.pack("<128I", *sectors, *[_FREE] * (128 - len(sectors)))


def _entry(name: str, kind: int, *, right: int = _FREE, child: int = _FREE, start: int, size: int) -> bytes:
    encoded = name.encode("utf-16-le") + b"\0\0"
    return struct.pack("<64sHBBIII36xIQ", encoded, len(encoded), kind, 1, _FREE, right, child, start, size)
