"""Writes models/compact-clap: both towers as ONNX, tokenizer, background cohort, calibration and the manifest."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

import labelled
from answers import Recordings
from audio_tower import AudioTower
from calibration import raw_share
from captions import load_lexicon
from dataset import HELD_OUT, Clip, packaged
from evaluate import embed
from features import WINDOW_SAMPLES, log_mel
from memory import Place, clean_answers, keys, memories, unit
from pair import AudioPair, Basis, Meaning, StudentHalf, TextPair, load_student, own_axes
from train_audio import Texts
from train_text import encode
from words import write_words

HERE = Path(__file__).parent
VERDICT_FROM = {"good": 0.925, "weak": 0.9}
"""Relevance of the best hit from which words count as answered; measured by `npm run bench -- honesty`."""
FILES = {"audio": "audio.onnx", "text": "text.onnx", "tokenizer": "tokenizer.json", "background": "background.f32"}
DESCRIPTION = "Small text-audio model trained by the Traum-Engine project: finds drums, instruments, animals, weather, machines, voices and effects by description."


def as_int8(values: np.ndarray, rest: int | tuple[int, ...], name: str) -> list[onnx.TensorProto]:
    """Rounded to 8 bits with a scale for each place of the other axes: `<name>_int8` and `<name>_scale`."""
    scale = np.maximum(np.abs(values).max(rest, keepdims=True) / 127.0, 1e-12).astype(np.float32)
    rounded = np.round(values / scale).astype(np.int8)
    return [onnx.numpy_helper.from_array(rounded, f"{name}_int8"), onnx.numpy_helper.from_array(scale, f"{name}_scale")]


def shrink(path: Path) -> None:
    """Stores large weights as int8 with one scale for each output and turns them back in the graph (folded when it is loaded)."""
    model = onnx.load(path)
    axis = {}
    for node in model.graph.node:
        if node.op_type in ("Conv", "MatMul", "Gemm") and len(node.input) > 1:
            axis[node.input[1]] = 0 if node.op_type == "Conv" or any(a.name == "transB" and a.i for a in node.attribute) else -1
    restored = []
    for tensor in list(model.graph.initializer):
        if tensor.data_type != onnx.TensorProto.FLOAT or np.prod(tensor.dims) < 2048:
            continue
        values, name = onnx.numpy_helper.to_array(tensor), tensor.name
        if name not in axis:
            tensor.CopyFrom(onnx.numpy_helper.from_array(values.astype(np.float16), name + "_half"))
            restored.append(onnx.helper.make_node("Cast", [name + "_half"], [name], to=onnx.TensorProto.FLOAT))
            continue
        rest = tuple(i for i in range(values.ndim) if i != axis[name] % values.ndim)
        model.graph.initializer.remove(tensor)
        model.graph.initializer.extend(as_int8(values, rest, name))
        restored += [
            onnx.helper.make_node("Cast", [name + "_int8"], [name + "_float"], to=onnx.TensorProto.FLOAT),
            onnx.helper.make_node("Mul", [name + "_float", name + "_scale"], [name]),
        ]
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(restored + nodes)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def quantise_rows(path: Path, table: str) -> None:
    """Stores an embedding table as int8 with one scale a row; only the rows that are looked up are turned back to floats."""
    model = onnx.load(path)
    tensor = next(t for t in model.graph.initializer if t.name == table)
    values = onnx.numpy_helper.to_array(tensor)
    model.graph.initializer.remove(tensor)
    model.graph.initializer.extend(as_int8(values, 1, table))
    nodes = []
    for node in model.graph.node:
        if node.op_type == "Gather" and node.input[0] == table:
            out, ids = node.output[0], node.input[1]
            nodes += [
                onnx.helper.make_node("Gather", [table + "_int8", ids], [out + "_int8"]),
                onnx.helper.make_node("Gather", [table + "_scale", ids], [out + "_scale"]),
                onnx.helper.make_node("Cast", [out + "_int8"], [out + "_float"], to=onnx.TensorProto.FLOAT),
                onnx.helper.make_node("Mul", [out + "_float", out + "_scale"], [out]),
            ]
        else:
            nodes.append(node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.save(model, path)


def to_onnx(module: torch.nn.Module, inputs: tuple, path: Path, names: list[str], output: str, axes: dict) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module, inputs, str(path), input_names=names, output_names=[output], dynamic_axes=axes,
                          opset_version=17, do_constant_folding=True, dynamo=False)  # fmt: skip
    if "input_ids" in names:
        quantise_rows(path, "tower.tokens.weight")
    shrink(path)


def session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def texts_of(run: onnxruntime.InferenceSession, tokenizer: Tokenizer) -> Place:
    """Where the graph places texts."""

    def some(batch: list[str]) -> np.ndarray:
        ids, mask = encode(tokenizer, batch)
        return run.run(None, {"input_ids": ids.numpy(), "attention_mask": mask.numpy()})[0]

    return lambda batch: np.concatenate([some(batch[at : at + 512]) for at in range(0, len(batch), 512)])


def entry(path: Path) -> dict:
    data = path.read_bytes()
    return {"path": path.name, "sha256": hashlib.sha256(data).hexdigest(), "sizeBytes": len(data)}


def heard_through(half: torch.nn.Module, path: Path) -> Callable[[np.ndarray], np.ndarray]:
    """The student's half, or another part that hears, as a graph of its own, which is written to `path`."""
    to_onnx(half, (torch.randn(1, 1, 301, 64) * 20 - 40,), path, ["input_features"], "half",
            {"input_features": {0: "batch", 2: "frames"}, "half": {0: "batch"}})  # fmt: skip
    run = session(path)
    return lambda x: run.run(None, {"input_features": np.asarray(x)})[0]


def calibrate(audio: Callable, texts: Place, own_texts: Place, held: list[Clip], background: np.ndarray) -> dict:
    """
    Fits P(relevant) on the held-out sources: z = (cosine - mean) / deviation, those of the query over the background
    and, to the share `rawShare`, those of all unrelated pairs.
    """
    lexicon = load_lexicon()
    clips = [clip for clip in held if clip.labels.concepts]
    vectors = embed(audio, [clip.mel[:1001] for clip in clips])
    names = sorted({name for clip in clips for name in clip.labels.concepts})
    phrases = [(name, phrase) for name in names for phrase in lexicon[name].english[:5]]
    queries = texts([phrase for _, phrase in phrases])
    scores = queries @ vectors.T
    cohort = queries @ background.T
    truth = np.array([[name in clip.labels.concepts for clip in clips] for name, _ in phrases])
    # Related concepts (rain and thunder) are neither right nor wrong.
    anchors = {name: unit(own_texts(lexicon[name].english[:6]).mean(0)[None])[0] for name in names}
    close = np.array(
        [[max(anchors[name] @ anchors[other] for other in clip.labels.concepts) > 0.4 for clip in clips] for name, _ in phrases]
    )
    unrelated = scores[~truth & ~close]
    own, every = np.stack([cohort.mean(1), cohort.std(1)], 1), (unrelated.mean(), unrelated.std())
    share = raw_share(scores, own, every, truth, close)
    z = (1 - share) * (scores - own[:, :1]) / own[:, 1:] + share * (scores - every[0]) / every[1]
    keep = truth | ~close
    x, y = torch.from_numpy(z[keep]).float(), torch.from_numpy(truth[keep]).float()
    weight = torch.where(y > 0, 0.1 / y.mean(), 0.9 / (1 - y.mean()))  # as if one sound in ten were relevant
    slope, middle = torch.tensor(1.5, requires_grad=True), torch.tensor(2.0, requires_grad=True)
    optimizer = torch.optim.LBFGS([slope, middle], max_iter=100)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = F.binary_cross_entropy_with_logits(slope * (x - middle), y, weight=weight)
        loss.backward()
        return loss

    optimizer.step(closure)
    return {"mean": round(float(every[0]), 4), "std": round(float(every[1]), 4),
            "relevantZ": round(middle.item(), 3), "slope": round(slope.item(), 3), "rawShare": round(share, 2), "verdictFrom": VERDICT_FROM}  # fmt: skip


def background_mels(cache: Path, count: int = 512) -> list[np.ndarray]:
    """Log-mels of recordings of many sources."""
    recordings = Recordings(cache)
    chosen = np.random.default_rng(0).choice(recordings.usable, count, replace=False, p=recordings.weights())
    return [log_mel(recordings[i][:WINDOW_SAMPLES]) for i in chosen]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=Path(os.environ.get("TRAUM_CACHE", ".cache")))
    parser.add_argument("--audio", type=Path, default=Path(os.environ.get("TRAUM_AUDIO", "../../../shared/audio")))
    parser.add_argument("--text", type=Path, default=Path(os.environ.get("TRAUM_TEXT", "../../../shared/text")))
    parser.add_argument("--own", default="restored.pt", help="weights of the own tower")
    parser.add_argument("--student", nargs="+", default=["student.pt"], help="weights of the teacher's student; of several, their mean")
    parser.add_argument("--words", default="text.pt", help="weights of the text tower")
    parser.add_argument(
        "--turned-by", help="weights of the text tower that sounds were first embedded beside, so that they need not be anew"
    )
    parser.add_argument("--out", type=Path, default=HERE.parent / "compact-clap")
    parser.add_argument("--share", type=float, default=0.55, help="of the own tower in a cosine")
    parser.add_argument("--version", required=True)
    arguments = parser.parse_args()
    cache, out = arguments.cache, arguments.out
    out.mkdir(parents=True, exist_ok=True)

    stored = torch.load(cache / arguments.own)
    own, texts = AudioTower(stored["width"]).eval(), Texts(cache, arguments.words)
    own.load_state_dict(stored["state"])
    _, logits = clean_answers(cache)
    basis = Basis.of(logits)
    half = StudentHalf(*load_student(*(cache / name for name in arguments.student)), basis).eval()
    sources = (cache, arguments.audio)
    places = keys(*sources, arguments.text, lambda batch: texts(batch).numpy())
    first = Texts(cache, arguments.turned_by) if arguments.turned_by else texts
    known = unit(np.concatenate(keys(*sources, arguments.text, lambda batch: first(batch).numpy())))
    cohort = background_mels(cache)
    turn = own_axes(embed(lambda x: own(torch.from_numpy(np.asarray(x))).detach().numpy(), cohort), known)
    tower = AudioPair(own, turn, half).eval()
    to_onnx(tower, (torch.randn(1, 1, 301, 64) * 20 - 40,), out / "audio.onnx", ["input_features"], "audio_embeds",
            {"input_features": {0: "batch", 2: "frames"}, "audio_embeds": {0: "batch"}})  # fmt: skip
    run = session(out / "audio.onnx")
    audio = lambda x: run.run(None, {"input_features": np.asarray(x)})[0]  # noqa: E731
    background = embed(audio, cohort).astype("<f4")
    background.tofile(out / "background.f32")

    heard, shown, origins = labelled.recordings(*sources, heard_through(half.heard, cache / "heard.onnx"))
    known_texts = memories(*sources, basis, places, half.of_heard(torch.from_numpy(heard)).detach().numpy(), shown, origins)
    meaning = TextPair(texts.tower, Meaning(turn, known_texts, background, arguments.share)).eval()
    ids, mask = torch.tensor([[2, 5, 6, 7, 8]]), torch.ones(1, 5, dtype=torch.int64)
    axes = {0: "batch", 1: "tokens"}
    to_onnx(meaning, (ids, mask), out / "text.onnx", ["input_ids", "attention_mask"], "text_embeds",
            {"input_ids": axes, "attention_mask": axes, "text_embeds": {0: "batch"}})  # fmt: skip
    shutil.copy(cache / "tokenizer.json", out / "tokenizer.json")
    asked = texts_of(session(out / "text.onnx"), texts.tokenizer)
    held = [clip for clip in packaged(cache) if clip.origin in HELD_OUT]
    calibration = calibrate(audio, asked, lambda batch: texts(batch).numpy(), held, background)

    manifest = {
        "schemaVersion": 1, "id": "compact-clap", "name": "Compact CLAP", "version": arguments.version, "description": DESCRIPTION,
        "license": "MIT", "source": "trained by the Traum-Engine project", "dimension": int(background.shape[1]),
        "files": {**{name: entry(out / path) for name, path in FILES.items()},
                  "words": write_words(out, arguments.text)},
        "audio": {"input": "mel", "inputName": "input_features", "outputName": "audio_embeds", "sampleRateHz": 48000, "windowS": 10,
                  "padding": "none", "minFrames": 64,
                  "mel": {"nFft": 1024, "winLength": 1024, "hopLength": 480, "melBins": 64, "fMinHz": 50, "fMaxHz": 14000,
                          "melScale": "slaney", "melNorm": "slaney", "power": 2, "logFloor": 1e-10}},
        "text": {"idsName": "input_ids", "maskName": "attention_mask", "outputName": "text_embeds", "maxTokens": 64, "padTokenId": 0},
        "calibration": calibration,
    }  # fmt: skip
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    total = sum((out / name).stat().st_size for name in ("audio.onnx", "text.onnx", "tokenizer.json", "background.f32", "words.txt"))
    print(json.dumps(calibration), f"{total / 1e6:.2f} MB")


if __name__ == "__main__":
    sys.exit(main())
