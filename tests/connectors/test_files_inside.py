"""Nothing outside its folder is read by the folder connector, whatever lies in the folder (S3)."""

import os
import shutil
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from ragkit.documents import Listing
from ragkit.errors import ConnectorError, ResourceRejected
from ragkit_connectors.files import FilesConnector
from ragkit_connectors.folders import NotReadable, read_below

CANARY = b"canary 7f3a: nobody gave this folder away"


def write(root: Path, *paths: str, text: str = "text") -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def reads(connector: FilesConnector) -> dict[str, bytes | str]:
    """What each listed file gives: its bytes, or the name of the error."""
    found: dict[str, bytes | str] = {}
    for listing in connector.list():
        try:
            found[listing.uri] = connector.fetch(listing).body
        except ConnectorError as error:
            found[listing.uri] = type(error).__name__
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.txt").write_bytes(CANARY)
    write(tmp_path / "docs", "a.md", text="inside")
    return tmp_path / "docs"


# Broken on purpose: with `(real / uri).read_bytes()` in `_read`, "file" and "absolute" give the canary.
LINKS = {
    "file": ("link.md", "../outside/secret.txt"),
    "absolute": ("link.md", "{outside}/secret.txt"),
    "folder": ("link", "../outside"),
    "root": ("link", "/"),
    "device": ("link.md", "/dev/zero"),
    "process": ("link.md", "/proc/self/environ"),
    "nothing": ("link.md", "not-there"),
    "self": ("link.md", "link.md"),
    "parent": ("sub", ".."),
}


@pytest.mark.parametrize("case", LINKS)
def test_a_link_out_is_refused_where_everyone_sees_it(folder: Path, case: str) -> None:
    name, target = LINKS[case]
    (folder / name).symlink_to(target.format(outside=folder.parent / "outside"))
    assert reads(FilesConnector(folder)) == {"a.md": b"inside", name: "ResourceRejected"}


def test_links_within_the_folder_neither_loop_nor_repeat(folder: Path) -> None:
    (folder / "loop").symlink_to(".")
    (folder / "again.md").symlink_to("a.md")
    assert reads(FilesConnector(folder)) == {"a.md": b"inside"}


def test_a_link_to_a_hidden_file_within_is_read(tmp_path: Path) -> None:
    # This is how Kubernetes mounts a ConfigMap.
    write(tmp_path, "..2026/a.md", text="inside")
    (tmp_path / "..data").symlink_to("..2026")
    (tmp_path / "a.md").symlink_to("..data/a.md")
    assert reads(FilesConnector(tmp_path)) == {"a.md": b"inside"}


# Broken on purpose: with `inside = uri` in `_read`, nothing says why.
@pytest.mark.parametrize("swapped", ["sub/b.md", "sub"])
def test_a_swap_for_a_link_between_list_and_fetch_is_refused(folder: Path, swapped: str) -> None:
    write(folder, "sub/b.md")
    connector = FilesConnector(folder, include=["sub/**"])
    listing = next(connector.list())
    shutil.move(folder / swapped, folder / "aside")
    outside = folder.parent / "outside"
    (outside / "b.md").write_bytes(CANARY)
    (folder / swapped).symlink_to(outside / "b.md" if swapped.endswith(".md") else outside)
    with pytest.raises(ResourceRejected, match="leads out of the folder"):
        connector.fetch(listing)


# Broken on purpose: without O_NOFOLLOW for the parts of the path, "sub" gives the canary.
@pytest.mark.parametrize("path", ["sub/secret.txt", "link.md"])
def test_reading_follows_no_link_that_came_after_the_check(folder: Path, path: str) -> None:
    (folder / "sub").symlink_to("../outside")
    (folder / "link.md").symlink_to("../outside/secret.txt")
    with pytest.raises((NotReadable, NotADirectoryError)):
        read_below(folder, path, limit=1000)


# Broken on purpose: without O_NOFOLLOW for the file, the canary comes within the first thousand reads.
def test_a_file_swapped_all_the_time_never_gives_the_canary(folder: Path) -> None:
    (folder / "link").symlink_to("../outside/secret.txt")
    (folder / "file").write_text("inside")
    with ThreadPoolExecutor(1) as pool:
        swapping = pool.submit(swap, folder, until=time.monotonic() + 0.7)
        found = set()
        while not swapping.done():
            with suppress(NotReadable, OSError):
                found.add(read_below(folder, "a.md", limit=1000)[0])
    assert found == {b"inside"}


def swap(folder: Path, *, until: float) -> None:
    """Make a.md a link, then a file again, without a moment in which there is none."""
    while time.monotonic() < until:
        for name in ("link", "file"):
            shutil.copy(folder / name, folder / "next", follow_symlinks=False)
            (folder / "next").rename(folder / "a.md")


# Broken on purpose: without the st_nlink check the second name gives the canary.
def test_a_hard_link_is_refused(folder: Path) -> None:
    (folder / "hard.md").hardlink_to(folder.parent / "outside" / "secret.txt")
    assert reads(FilesConnector(folder)) == {"a.md": b"inside", "hard.md": "ResourceRejected"}


# Broken on purpose: without the look before os.open the socket's reason is another, and without O_NONBLOCK as well
# the pipe hangs until the timeout.
@pytest.mark.timeout(10)
def test_pipes_and_sockets_are_listed_and_never_opened(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(folder / "pipe.md")
    monkeypatch.chdir(folder)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.md")
        found = reads(FilesConnector(folder))
        with pytest.raises(ResourceRejected, match="is not a regular file"):
            FilesConnector(folder).fetch(Listing(uri="socket.md", revision="1"))
    assert found == {"a.md": b"inside", "pipe.md": "ResourceRejected", "socket.md": "ResourceRejected"}


@pytest.mark.timeout(10)
@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null", "/dev/stdin"])
def test_a_device_is_no_source(path: str) -> None:
    with pytest.raises(ResourceRejected, match="Give"):
        list(FilesConnector(path).list())


ODD_NAMES = [
    "line\nbreak.md",
    "-rf",
    "\u202egnp.md",
    "A.md",
    "ü" * 126 + ".md",
    "back\\slash.md",
    "%2e%2e.md",
    "a b'\".md",
]


def test_odd_names_are_names(folder: Path) -> None:
    write(folder, *ODD_NAMES)
    found = reads(FilesConnector(folder))
    assert found == {"a.md": b"inside"} | dict.fromkeys(ODD_NAMES, b"text")


def test_a_name_that_is_not_utf8_is_refused_by_its_reason(folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.md")).write_text("text")
    connector = FilesConnector(folder)
    listing = list(connector.list())[1]
    assert listing.uri == "caf\\xe9.md (the name is not UTF-8)"
    with pytest.raises(ResourceRejected, match="Rename it"):
        connector.fetch(listing)


# Broken on purpose: without `_is_path` and `_wanted`, some are read and the last two are a bare ValueError.
@pytest.mark.parametrize(
    "uri",
    [
        "../outside/secret.txt",
        "sub/../../outside/secret.txt",
        "/etc/passwd",
        "",
        ".",
        "a.md/",
        ".env",
        "a\0.md",
        "\ud800",
    ],
)
def test_a_uri_that_is_not_listed_is_refused(folder: Path, uri: str) -> None:
    write(folder, ".env")
    with pytest.raises(ResourceRejected, match="not among the files"):
        FilesConnector(folder).fetch(Listing(uri=uri, revision="1"))


def test_a_connector_of_one_file_gives_no_other(folder: Path) -> None:
    write(folder, "b.md")
    with pytest.raises(ResourceRejected, match="not among the files"):
        FilesConnector(folder / "a.md").fetch(Listing(uri="b.md", revision="1"))
