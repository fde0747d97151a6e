"""Nothing that ragkit loads reports to anybody."""

import os
import subprocess
import sys
from pathlib import Path


# Broken on purpose: without ORT_DISABLE_TELEMETRY in models/embedding/onnx_graph.py.
def test_onnx_runtime_notes_nothing_to_be_sent(tmp_path: Path) -> None:
    # It keeps what it is to send, and an id of the machine, in the user's cache.
    home = os.environ | {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    home.pop("ORT_DISABLE_TELEMETRY", None)
    subprocess.run([sys.executable, "-c", "import ragkit.models.embedding.minilm"], env=home, check=True, timeout=60)
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


# Broken on purpose: HF_HUB_DISABLE_TELEMETRY is not set in models/hub.py.
def test_the_hub_is_not_told_what_else_is_installed_nor_who_started_it() -> None:
    told = subprocess.run(
        [sys.executable, "-c", "import ragkit.models.hub, huggingface_hub.utils as u; print(u.build_hf_headers())"],
        env=os.environ | {"HF_HUB_DISABLE_TELEMETRY": "0", "AI_AGENT": "somebody"},
        check=True,
        timeout=60,
        capture_output=True,
        text=True,
    ).stdout
    assert "hf_hub/" in told
    assert "agent/" not in told
    assert "torch/" not in told
