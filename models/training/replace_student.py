"""Puts a newly taught student into the shipped files: the own tower and the text tower stay as they are.

New are what the student hears, what labels teach above it (`labelled.py`), what texts mean in its ears (`memory.py`), the cohort of background sounds, and with it the spread
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

import labelled
from dataset import HELD_OUT, packaged
from evaluate import embed
from export import FILES, background_mels, calibrate, entry, heard_through, session, texts_of, to_onnx
from memory import clean_answers, keys, memories
from pair import DIMENSIONS, OWN_DIMENSIONS, Basis, Joined, Meaning, StudentHalf, ToldHalf, linear, load_student

HERE = Path(__file__).parent
GIVEN, OWN = "input_features", "own_audio"
"""What the graph is given, and what the own tower says."""


def matrix(graph: onnx.GraphProto, node: str) -> np.ndarray:
    """What a node multiplies by: a matrix that `shrink` has stored as int8 with scales."""
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    name = next(one for one in graph.node if one.name.endswith(node)).input[1]
    return stored[f"{name}_int8"].astype(np.float32) * stored[f"{name}_scale"]


def places(graph: onnx.GraphProto) -> str:
    """The output of the text tower: what everything behind it asks for."""
    return next(one for one in graph.node if one.name.endswith("turn/MatMul")).input[0]


def own_part(files: Path, target: Path) -> None:
    """The own tower alone, up to where what labels taught is added."""
    onnx.utils.extract_model(str(files / "audio.onnx"), str(target), ["input_features"], [OWN])


def joined(own: Path, heard: Path, joint: Path, target: Path) -> None:
    """The own tower and the student out of one input, and both into one vector."""
    first = onnx.load(own)
    second, last = (onnx.compose.add_prefix(onnx.load(path), f"{name}/") for path, name in ((heard, "student"), (joint, "joint")))
    graph = first.graph
    graph.node.extend(second.graph.node)
    graph.initializer.extend(second.graph.initializer)
    for node in graph.node:
        node.input[:] = [GIVEN if name == f"student/{GIVEN}" else name for name in node.input]
    graph.output.extend(second.graph.output)
    del graph.value_info[:]
    whole = onnx.compose.merge_models(first, last, [(OWN, "joint/own"), (second.graph.output[0].name, "joint/heard")])
    named(whole, "joint/audio_embeds", "audio_embeds")
    onnx.save(whole, target)


def named(model: onnx.ModelProto, old: str, new: str) -> None:
    """The output `old` of a model, called `new`."""
    for node in model.graph.node:
        node.output[:] = [new if name == old else name for name in node.output]
    model.graph.output[0].name = new
    onnx.checker.check_model(model)


def spoken(tower: Path, meaning: Path, target: Path) -> None:
    """The text tower with another meaning behind it."""
    first, second = onnx.load(tower), onnx.compose.add_prefix(onnx.load(meaning), "meaning/")
    joined = onnx.compose.merge_models(first, second, [(first.graph.output[0].name, second.graph.input[0].name)])
    named(joined, "meaning/text_embeds", "text_embeds")
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
    turn = matrix(text, "turn/MatMul")
    heard, shown, sources = labelled.recordings(cache, arguments.audio, heard_through(half.heard, cache / "heard.onnx"))
    taught = labelled.taught(heard, shown, sources, alone)
    heard_through(ToldHalf(half, linear(*map(torch.from_numpy, taught)), turn).eval(), cache / "student.onnx")
    to_onnx(Joined(), (torch.randn(1, OWN_DIMENSIONS), torch.randn(1, DIMENSIONS + OWN_DIMENSIONS)), cache / "joint.onnx", ["own", "heard"],
            "audio_embeds", {name: {0: "batch"} for name in ("own", "heard", "audio_embeds")})  # fmt: skip
    own_part(files, cache / "own.onnx")
    joined(cache / "own.onnx", cache / "student.onnx", cache / "joint.onnx", out / "audio.onnx")
    run = session(out / "audio.onnx")
    audio = lambda x: run.run(None, {"input_features": np.asarray(x)})[0]  # noqa: E731
    background = embed(audio, background_mels(cache)).astype("<f4")
    background.tofile(out / "background.f32")

    places_of = keys(cache, arguments.audio, arguments.text, alone)
    known = memories(cache, arguments.audio, basis, places_of, half.of_heard(torch.from_numpy(heard)).detach().numpy(), shown, sources)
    meaning = Meaning(turn, known, background, arguments.share).eval()
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
