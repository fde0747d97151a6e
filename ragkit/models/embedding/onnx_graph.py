"""Graphs of ONNX on this machine's processor."""

import os
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Read as it is imported: from then on it reports to Microsoft, and its `disable_telemetry_events` comes too late.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime  # type: ignore[import-untyped]  # ships no types

_ERRORS_ONLY = 3


class OnnxGraph:
    """A graph that takes rows of token ids and gives an array. Loads it at construction.

    `threads` is on how many a run is shared out; 0 lets ONNX Runtime decide. ONNX Runtime raises classes of its own.
    """

    def __init__(self, file: Path, *, threads: int = 0) -> None:
        # Somebody else may have imported it first.
        onnxruntime.disable_telemetry_events()
        options = onnxruntime.SessionOptions()
        options.log_severity_level = _ERRORS_ONLY
        options.intra_op_num_threads = options.inter_op_num_threads = threads
        # A spinning thread takes the core that another one needs: on a busy machine that costs more than it saves.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        self._wanted = frozenset(node.name for node in self._session.get_inputs())

    def run(self, **features: ArrayLike) -> NDArray[np.float32]:
        """Return the first of its outputs. A feature that it does not know is left out."""
        fed = {name: np.asarray(rows, np.int64) for name, rows in features.items() if name in self._wanted}
        return np.asarray(self._session.run(None, fed)[0], np.float32)
