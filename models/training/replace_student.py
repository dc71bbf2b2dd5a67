"""Puts a newly taught student into the shipped files: the own tower and the text tower stay as they are.

New are what the student hears, what texts mean in its ears (`memory.py`), the cohort of background sounds, and with it the spread
that each half is divided by, and the calibration.
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
from export import FILES, background_mels, calibrate, entry, heard_through, session, texts_of, to_onnx
from memory import clean_answers, keys, memories
from pair import Basis, Meaning, StudentHalf, load_student

HERE = Path(__file__).parent


def matrix(graph: onnx.GraphProto, node: str) -> np.ndarray:
    """What a node multiplies by: a matrix that `shrink` has stored as int8 with scales."""
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    name = next(one for one in graph.node if one.name.endswith(node)).input[1]
    return stored[f"{name}_int8"].astype(np.float32) * stored[f"{name}_scale"]


def places(graph: onnx.GraphProto) -> str:
    """The output of the text tower: what everything behind it asks for."""
    return next(one for one in graph.node if one.name.endswith("turn/MatMul")).input[0]


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


def spoken(tower: Path, meaning: Path, target: Path) -> None:
    """The text tower with another meaning behind it."""
    first, second = onnx.load(tower), onnx.compose.add_prefix(onnx.load(meaning), "meaning/")
    joined = onnx.compose.merge_models(first, second, [(first.graph.output[0].name, second.graph.input[0].name)])
    joined.graph.output[0].name = "text_embeds"
    for node in joined.graph.node:
        node.output[:] = ["text_embeds" if name == "meaning/text_embeds" else name for name in node.output]
    onnx.checker.check_model(joined)
    onnx.save(joined, target)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=Path(os.environ.get("TRAUM_CACHE", ".cache")))
    parser.add_argument("--files", type=Path, default=HERE.parent / "compact-clap", help="the files that the rest is taken from")
    parser.add_argument("--audio", type=Path, default=Path(os.environ.get("TRAUM_AUDIO", "../../../shared/audio")))
    parser.add_argument("--text", type=Path, default=Path(os.environ.get("TRAUM_TEXT", "../../../shared/text")))
    parser.add_argument("--student", nargs="+", default=["student.pt"], help="weights of the teacher's student; of several, their mean")
    parser.add_argument("--share", type=float, default=0.5, help="of the own tower in a cosine")
    parser.add_argument("--out", type=Path, default=HERE.parent / "compact-clap")
    parser.add_argument("--version", required=True)
    arguments = parser.parse_args()
    cache, files, out = arguments.cache, arguments.files, arguments.out
    out.mkdir(parents=True, exist_ok=True)
    manifest = json.loads((files / "manifest.json").read_text())
    text, tokenizer = onnx.load(files / "text.onnx").graph, Tokenizer.from_file(str(files / FILES["tokenizer"]))
    onnx.utils.extract_model(str(files / "text.onnx"), str(cache / "own-text.onnx"), ["input_ids", "attention_mask"], [places(text)])

    alone = texts_of(session(cache / "own-text.onnx"), tokenizer)
    _, logits = clean_answers(cache)
    basis = Basis.of(logits)
    half = StudentHalf(*load_student(*(cache / name for name in arguments.student)), basis).eval()
    hear = heard_through(half, cache / "student.onnx")
    own_part(files, cache / "own.onnx")
    joined(cache / "own.onnx", cache / "student.onnx", out / "audio.onnx")
    run = session(out / "audio.onnx")
    audio = lambda x: run.run(None, {"input_features": np.asarray(x)})[0]  # noqa: E731
    background = embed(audio, background_mels(cache)).astype("<f4")
    background.tofile(out / "background.f32")

    known = memories(cache, arguments.audio, basis, keys(cache, arguments.audio, arguments.text, alone), hear)
    meaning = Meaning(matrix(text, "turn/MatMul"), known, background, arguments.share).eval()
    to_onnx(meaning, (torch.randn(1, 256),), cache / "meaning.onnx", ["text"], "text_embeds",
            {"text": {0: "batch"}, "text_embeds": {0: "batch"}})  # fmt: skip
    spoken(cache / "own-text.onnx", cache / "meaning.onnx", out / "text.onnx")
    for name in (FILES["tokenizer"], "words.txt"):
        if files != out:
            shutil.copy(files / name, out / name)
    asked = texts_of(session(out / "text.onnx"), tokenizer)

    held = [clip for clip in packaged(cache) if clip.origin in HELD_OUT]
    calibration = calibrate(audio, asked, alone, held, background)
    manifest |= {"version": arguments.version, "calibration": calibration}
    manifest["files"] |= {name: entry(out / path) for name, path in FILES.items()}
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    print(json.dumps(calibration))


if __name__ == "__main__":
    main()
