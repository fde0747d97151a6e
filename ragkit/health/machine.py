"""What the machine must have: room, packages, programs, and settings that others can't read or change."""

import re
import shlex
import shutil
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

from ragkit import wiring
from ragkit.config import Config
from ragkit.health.check import READ, WRITE, Check, guarded, others_may
from ragkit.health.versions import installed
from ragkit.parsing.readers import ocr
from ragkit.profile import load_profile

LEAST_FREE = 1_000_000_000
_EXTRAS = ("streamlit", "fastapi", "mcp", "xllamacpp", "sentence-transformers")
# A name that says so, or an address with a password in it.
_SECRET = re.compile(
    r"^[^#\n]*(?:\b\w*(?:password|passwd|secret|token|api_?key|authorization)\b[\w\"' ]*=|://[^/\s\"']*:[^/\s\"']*@)",
    re.IGNORECASE | re.MULTILINE,
)


def settings(config: Config) -> Check:
    """Tell what the settings chose."""
    models = config.models
    profile = load_profile(config.assistant.default)
    message = f"chat {models.chat}, embedding {models.embedding}, assistant {profile.name}"
    return Check(name="settings", level="ok", message=message)


def settings_file(file: Path) -> Iterator[Check]:
    """Yield a complaint if others may change the settings, or read a secret in them."""
    quoted = shlex.quote(str(file))
    if others_may(file, WRITE):
        message = f"other users of this machine can change {str(file)!r}"
        yield Check(name="settings", level="warning", message=message, fix=f"chmod go-w {quoted}")
    if others_may(file, READ) and file.is_file() and _SECRET.search(file.read_text("utf-8", "replace")):
        message = f"{str(file)!r} has something like a password in it, and other users of this machine can read it"
        yield Check(name="settings", level="warning", message=message, fix=f"chmod 600 {quoted}")


def sources(config: Config) -> Iterator[Check]:
    """Yield a fault for each source that can't be made, by a wrong name or option, or that has no file to read."""
    for name in config.sources:
        found = guarded("sources", partial(_source, name, config))
        if found.level != "ok":
            yield found


def _source(name: str, config: Config) -> Check:
    with closing(wiring.connector(name, config)) as connector:
        # Any other would ask the network.
        if config.sources[name].connector == "files":
            next(iter(connector.list()), None)
    return Check(name="sources", level="ok", message=name)


def extras() -> Check:
    """Tell which optional parts are installed."""
    have = [f"{package} {found}" for package in _EXTRAS if (found := installed(package))]
    return Check(name="extras", level="ok", message=", ".join(have) or "none installed")


def pandoc() -> Check:
    """Tell whether the formats can be read that pandoc reads."""
    if shutil.which("pandoc"):
        return Check(name="pandoc", level="ok", message="odt, epub and rtf files can be read")
    message = "odt, epub and rtf files can't be read"
    return Check(name="pandoc", level="warning", message=message, fix="Install pandoc from your system's packages.")


def scans() -> Check:
    """Tell whether pages that are pictures can be read, and in which languages."""
    if ocr.is_there():
        languages = ocr.languages().replace("+", ", ")
        return Check(name="scans", level="ok", message=f"scanned pages and pictures can be read ({languages})")
    message = "scanned pages and pictures can't be read"
    fix = "Install tesseract (tesseract-ocr) from your system's packages."
    return Check(name="scans", level="warning", message=message, fix=fix)


def disk(folder: Path, *, least: int = LEAST_FREE) -> Check:
    """Tell how much room there is for a store; less than `least` bytes is a warning."""
    nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(nearest).free
    message = f"{free / 1e9:.1f} GB free for {str(folder)!r}"
    if free < least:
        return Check(name="disk", level="warning", message=message, fix="Free some space.")
    return Check(name="disk", level="ok", message=message)
