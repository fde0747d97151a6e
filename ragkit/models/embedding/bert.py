"""Builds the graph of a BERT sentence encoder from its weights: token ids in, vectors of unit length out.

Run as `python -m ragkit.models.embedding.bert WEIGHTS_FOLDER GRAPH TENSORS PRECISION`, in a process of its own: onnx
and the copies of the weights that it makes then stay out of the application. Nothing else of ragkit imports this
module.
"""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

# What ONNX Runtime 1.20, the oldest that is allowed, reads: IR 10. Opset 20 is the first with Gelu.
_IR_VERSION, _OPSET = 10, 20
# Where ONNX Runtime keeps the operations that ONNX doesn't have.
_RUNTIME = "com.microsoft"
# Of 127 that eight bits have. A processor without VNNI adds two products in sixteen bits. With 63 they always fit; with
# 104 they mostly do, and rounding takes a third less (docs/benchmarks.md, "Whole numbers").
_LARGEST = 104
_TINY = np.finfo(np.float32).tiny

Floats = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Shape:
    """The numbers of a BERT that its weights alone don't tell."""

    layers: int
    heads: int
    width: int
    epsilon: float

    @classmethod
    def read(cls, config: Path) -> "Shape":
        """Read a `config.json` of the transformers library.

        Raises:
            ValueError: it is of another kind than BERT with GELU and absolute positions.
        """
        found = json.loads(config.read_text("utf-8"))
        kind = (found["model_type"], found["hidden_act"], found.get("position_embedding_type", "absolute"))
        if kind != ("bert", "gelu", "absolute"):
            raise ValueError(f'"{config}" is not of a BERT with GELU and absolute positions: {kind}')
        return cls(
            layers=found["num_hidden_layers"],
            heads=found["num_attention_heads"],
            width=found["hidden_size"],
            epsilon=found["layer_norm_eps"],
        )


class Encoder:
    """A graph that grows: each method adds nodes and returns the name of what they give."""

    def __init__(self, tensors: Mapping[str, Floats], shape: Shape) -> None:
        self._tensors = tensors
        self._shape = shape
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}

    def build(self) -> onnx.ModelProto:
        """Return the model: `input_ids` and `attention_mask` of (texts, tokens) in, `vectors` of (texts, width) out."""
        mask = self._add("Cast", "attention_mask", to=TensorProto.FLOAT)
        state = self._embed()
        # Padding gets a score so low that softmax gives it nothing.
        closed = self._add("Sub", self._constant("one", np.float32(1)), self._unsqueeze(mask, 1, 2))
        bias = self._add("Mul", closed, self._constant("closed", np.float32(-10000)))
        for number in range(self._shape.layers):
            state = self._layer(state, bias, f"encoder.layer.{number}.")
        self._add("LpNormalization", self._mean(state, mask), name="vectors", axis=-1, p=2)
        return self._model()

    def _embed(self) -> str:
        words = self._add("Gather", self._weight("embeddings.word_embeddings.weight"), "input_ids")
        length = self._add("Shape", "input_ids", start=1, end=2)
        # Slice, because ONNX Runtime 1.31 breaks on Range and Gather: its fusion asks for 1-D starts.
        start = self._integers("start", 0)
        places = self._weight("embeddings.position_embeddings.weight")
        positions = self._add("Slice", places, start, length, start)
        # Every token is of segment 0.
        segment = self._constant("segment", self._tensors["embeddings.token_type_embeddings.weight"][0])
        total = self._add("Add", self._add("Add", words, segment), positions)
        return self._normalise(total, "embeddings.LayerNorm")

    def _layer(self, state: str, bias: str, prefix: str) -> str:
        seen = self._linear(self._attend(state, bias, prefix + "attention.self."), prefix + "attention.output.dense")
        state = self._normalise(self._add("Add", seen, state), prefix + "attention.output.LayerNorm")
        wide = self._add("Gelu", self._linear(state, prefix + "intermediate.dense"))
        narrow = self._linear(wide, prefix + "output.dense")
        return self._normalise(self._add("Add", narrow, state), prefix + "output.LayerNorm")

    def _attend(self, state: str, bias: str, prefix: str) -> str:
        # The scores' scale goes into the query's weights: one operation less over the largest matrix.
        scale = (self._shape.width // self._shape.heads) ** -0.5
        query = self._heads(self._linear(state, prefix + "query", scale=scale), (0, 2, 1, 3))
        key = self._heads(self._linear(state, prefix + "key"), (0, 2, 3, 1))
        value = self._heads(self._linear(state, prefix + "value"), (0, 2, 1, 3))
        scores = self._add("Add", self._add("MatMul", query, key), bias)
        seen = self._add("MatMul", self._add("Softmax", scores, axis=-1), value)
        together = self._add("Transpose", seen, perm=(0, 2, 1, 3))
        return self._add("Reshape", together, self._integers("together", 0, 0, self._shape.width))

    def _heads(self, state: str, order: tuple[int, ...]) -> str:
        heads = self._shape.heads
        apart = self._integers("apart", 0, 0, heads, self._shape.width // heads)
        return self._add("Transpose", self._add("Reshape", state, apart), perm=order)

    def _linear(self, state: str, name: str, *, scale: float = 1.0) -> str:
        factor = np.float32(scale)
        weight = self._constant(f"{name}.weight", self._tensors[f"{name}.weight"].T * factor)
        shift = self._constant(f"{name}.bias", self._tensors[f"{name}.bias"] * factor)
        return self._add("Add", self._add("MatMul", state, weight), shift)

    def _normalise(self, state: str, name: str) -> str:
        scale, shift = self._weight(f"{name}.weight"), self._weight(f"{name}.bias")
        return self._add("LayerNormalization", state, scale, shift, axis=-1, epsilon=self._shape.epsilon)

    def _mean(self, state: str, mask: str) -> str:
        axis = self._integers("tokens", 1)
        total = self._add("ReduceSum", self._add("Mul", state, self._unsqueeze(mask, 2)), axis, keepdims=0)
        return self._add("Div", total, self._add("ReduceSum", mask, axis, keepdims=1))

    def _unsqueeze(self, value: str, *axes: int) -> str:
        return self._add("Unsqueeze", value, self._integers("axes" + "".join(map(str, axes)), *axes))

    def _add(self, kind: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        name = name or f"{kind}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [name], name=f"node_{name}", **attributes))
        return name

    def _weight(self, name: str) -> str:
        return self._constant(name, self._tensors[name])

    def _integers(self, name: str, *values: int) -> str:
        return self._constant(name, np.array(values, np.int64))

    def _constant(self, name: str, value: NDArray[Any] | np.float32) -> str:
        if name not in self._constants:
            # ascontiguousarray would make a scalar 1-D; from_array copies what is transposed.
            self._constants[name] = numpy_helper.from_array(np.asarray(value), name)
        return name

    def _model(self) -> onnx.ModelProto:
        inputs = [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"])
            for name in ("input_ids", "attention_mask")
        ]
        output = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["texts", self._shape.width])
        graph = helper.make_graph(self._nodes, "encoder", inputs, [output], list(self._constants.values()))
        opsets = [helper.make_opsetid(domain, version) for domain, version in (("", _OPSET), (_RUNTIME, 1))]
        return helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)


class Int8Encoder(Encoder):
    """The same graph with the weights of its layers in whole numbers, each neuron's in steps of its own largest.

    What a layer is given becomes whole numbers too: in the feed-forward parts in steps of each token's own largest,
    because a few tokens have numbers so large that steps of the whole run leave little of the others; in attention in
    steps of the whole run, so that a text that runs with others has other vectors than alone. Words are looked up in
    float32.
    """

    def _linear(self, state: str, name: str, *, scale: float = 1.0) -> str:
        weight = self._tensors[f"{name}.weight"].T * np.float32(scale)
        shift = self._constant(f"{name}.bias", self._tensors[f"{name}.bias"] * np.float32(scale))
        if "attention" in name:
            return self._product(state, name, weight, shift)
        steps = self._add("ReduceMax", self._add("Abs", state), self._integers("features", -1), keepdims=1)
        # No token is divided by nothing.
        steps = self._add("Max", steps, self._constant("tiny", _TINY))
        product = self._product(self._add("Div", state, steps), name, weight, "")
        return self._add("Add", self._add("Mul", product, steps), shift)

    def _product(self, state: str, name: str, weight: Floats, shift: str) -> str:
        steps = np.maximum(np.abs(weight).max(axis=0), _TINY) / _LARGEST
        whole = self._constant(f"{name}.weight", np.rint(weight / steps).astype(np.int8))
        # Nothing for the zero: the weights lie around it.
        parts = whole, self._constant(f"{name}.steps", steps), "", shift
        return self._add("DynamicQuantizeMatMul", state, *parts, domain=_RUNTIME)

    def _attend(self, state: str, bias: str, prefix: str) -> str:  # noqa: ARG002  # its own mask below does this
        # One product for the three, and one operation for what follows: a tenth of the time of a short question.
        weight, shift = (
            np.concatenate([self._tensors[f"{prefix}{part}.{kind}"] for part in ("query", "key", "value")])
            for kind in ("weight", "bias")
        )
        together = self._product(state, f"{prefix}together", weight.T, self._constant(f"{prefix}together.bias", shift))
        mask = self._add("Cast", "attention_mask", to=TensorProto.INT32)
        parts = *self._split(together, 3), "", mask
        return self._add("MultiHeadAttention", *parts, num_heads=self._shape.heads, domain=_RUNTIME)

    def _split(self, value: str, count: int) -> list[str]:
        names = [f"Split_{len(self._nodes)}_{part}" for part in range(count)]
        self._nodes.append(helper.make_node("Split", [value], names, axis=-1, num_outputs=count))
        return names


ENCODERS = {"float32": Encoder, "int8": Int8Encoder}


def write_graph(folder: Path, graph: Path, tensors: Path, *, precision: str = "float32") -> None:
    """Write the graph of the weights in a folder. The tensors go to a file of their own beside it.

    ONNX Runtime maps that file instead of reading it: a third of the memory, and half of the start.
    """
    encoder = ENCODERS[precision](load_file(folder / "model.safetensors"), Shape.read(folder / "config.json"))
    model = encoder.build()
    onnx.save_model(model, graph, save_as_external_data=True, location=tensors.name, size_threshold=1024)
    for path in (graph, tensors):
        with path.open("rb+") as file:
            os.fsync(file.fileno())


if __name__ == "__main__":
    write_graph(*map(Path, sys.argv[1:4]), precision=sys.argv[4])
