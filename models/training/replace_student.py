"""Puts a newly taught student into the shipped files: the own tower and the text side stay, but for the scale of the two halves.

Texts keep their place in the teacher's classes (`Basis`), so that only what the student hears changes, the cohort of background
sounds, and with these the spread that each half is divided by, and the calibration.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
from pathlib import Path

import numpy as np
import onnx
import onnx.compose
import onnx.utils
import torch
from onnx import numpy_helper
from tokenizers import Tokenizer

from dataset import HELD_OUT, packaged
from evaluate import embed
from export import FILES, as_int8, background_mels, calibrate, entry, session, to_onnx
from listener import LOWEST
from memory import clean_answers
from pair import OWN_DIMENSIONS, Basis, StudentHalf, load_student
from train_text import encode

HERE = Path(__file__).parent


def initializer(graph: onnx.GraphProto, name: str) -> onnx.TensorProto:
    return next(tensor for tensor in graph.initializer if tensor.name == name)


def kept(graph: onnx.GraphProto, name: str) -> np.ndarray:
    """A matrix that `shrink` has stored as int8 with scales."""
    values, scale = (numpy_helper.to_array(initializer(graph, f"{name}_{part}")) for part in ("int8", "scale"))
    return values.astype(np.float32) * scale


def keep(graph: onnx.GraphProto, name: str, values: np.ndarray) -> None:
    for tensor in as_int8(values, 0, name):
        initializer(graph, tensor.name).CopyFrom(tensor)


def classes_of(text: onnx.GraphProto) -> np.ndarray:
    """The axes [527, 256] that the classes' names are turned onto: the first memory's values."""
    (name,) = [t.name.removesuffix("_int8") for t in text.initializer if t.name.endswith("_int8") and t.dims[0] == 527]
    return kept(text, name)


def own_part(files: Path, target: Path) -> None:
    """The own tower alone, up to where both halves are joined."""
    model = onnx.load(files / "audio.onnx")
    join = [node for node in model.graph.node if node.op_type == "Concat"][-1]
    onnx.utils.extract_model(str(files / "audio.onnx"), str(target), ["input_features"], [join.input[0]])


def joined(own: Path, student: Path, target: Path) -> None:
    """Both halves out of one input, each of half the length."""
    first, second = (onnx.compose.add_prefix(onnx.load(path), f"{name}/") for path, name in ((own, "own"), (student, "student")))
    graph = first.graph
    given, halves = "input_features", [graph.output[0].name, second.graph.output[0].name]
    graph.node.extend(second.graph.node)
    graph.initializer.extend(second.graph.initializer)
    for node in graph.node:
        node.input[:] = [given if name in (f"own/{given}", f"student/{given}") else name for name in node.input]
    graph.input[0].name = given
    graph.initializer.append(numpy_helper.from_array(np.array(0.5**0.5, np.float32), "half_length"))
    graph.node.append(onnx.helper.make_node("Concat", halves, ["both"], axis=1))
    graph.node.append(onnx.helper.make_node("Mul", ["both", "half_length"], ["audio_embeds"]))
    del graph.output[:], graph.value_info[:]
    graph.output.append(onnx.helper.make_tensor_value_info("audio_embeds", onnx.TensorProto.FLOAT, ["batch", None]))
    onnx.checker.check_model(first)
    onnx.save(first, target)


def reweigh(graph: onnx.GraphProto, share: float) -> None:
    """The share of the own tower: two numbers, each the factor of a half."""
    makers = {output: node for node in graph.node for output in node.output}
    halves = next(node for node in graph.node if node.op_type == "Concat" and node.name == "/Concat").input
    for half, factor in zip(halves, (share, 1 - share), strict=True):
        constant = makers[makers[makers[half].input[0]].input[1]]
        constant.attribute[0].t.CopyFrom(numpy_helper.from_array(np.array(factor, np.float32)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=Path(os.environ.get("TRAUM_CACHE", ".cache")))
    parser.add_argument("--files", type=Path, default=HERE.parent / "compact-clap", help="the files that the rest is taken from")
    parser.add_argument("--student", default="student.pt", help="weights of the teacher's student")
    parser.add_argument("--share", type=float, help="of the own tower in a cosine; as it is where not given")
    parser.add_argument("--out", type=Path, default=HERE.parent / "compact-clap")
    parser.add_argument("--version", required=True)
    arguments = parser.parse_args()
    cache, files, out = arguments.cache, arguments.files, arguments.out
    out.mkdir(parents=True, exist_ok=True)
    manifest = json.loads((files / "manifest.json").read_text())
    text = onnx.load(files / "text.onnx")

    _, logits = clean_answers(cache)
    basis = Basis(np.maximum(logits, LOWEST).mean(0), classes_of(text.graph))
    own_part(files, cache / "own.onnx")
    half = StudentHalf(*load_student(cache / arguments.student), basis).eval()
    to_onnx(half, (torch.randn(1, 1, 301, 64) * 20 - 40,), cache / "student.onnx", ["input_features"], "half",
            {"input_features": {0: "batch", 2: "frames"}, "half": {0: "batch"}})  # fmt: skip
    joined(cache / "own.onnx", cache / "student.onnx", out / "audio.onnx")
    run = session(out / "audio.onnx")
    audio = lambda x: run.run(None, {"input_features": np.asarray(x)})[0]  # noqa: E731
    background = embed(audio, background_mels(cache)).astype("<f4")
    background.tofile(out / "background.f32")

    for name, part in zip(("own_spread", "known_spread"), np.split(background * 2**0.5, [OWN_DIMENSIONS], axis=1), strict=True):
        keep(text.graph, name, np.cov(part.T).astype(np.float32))
    if arguments.share:
        reweigh(text.graph, arguments.share)
    onnx.save(text, out / "text.onnx")
    for name in (FILES["tokenizer"], "words.txt"):
        if files != out:
            shutil.copy(files / name, out / name)

    asked, tokenizer = session(out / "text.onnx"), Tokenizer.from_file(str(out / "tokenizer.json"))
    onnx.utils.extract_model(
        str(out / "text.onnx"), str(cache / "own-text.onnx"), ["input_ids", "attention_mask"], ["/tower/Div_1_output_0"]
    )
    alone = session(cache / "own-text.onnx")

    def meant(batch: list[str], by: object = asked) -> torch.Tensor:
        ids, mask = encode(tokenizer, batch)
        return torch.from_numpy(by.run(None, {"input_ids": ids.numpy(), "attention_mask": mask.numpy()})[0])

    held = [clip for clip in packaged(cache) if clip.origin in HELD_OUT]
    calibration = calibrate(audio, meant, lambda batch: meant(batch, alone), held, background)
    manifest |= {"version": arguments.version, "calibration": calibration}
    manifest["files"] |= {name: entry(out / path) for name, path in FILES.items()}
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    print(json.dumps(calibration))


if __name__ == "__main__":
    main()
