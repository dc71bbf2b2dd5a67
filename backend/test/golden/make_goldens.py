"""Makes the files in fixtures/: what the reference implementation says about signals, texts and a tiny model.

    python -m venv venv && venv/bin/pip install -r requirements.txt && venv/bin/python make_goldens.py

Needs no network besides pip: the model has random weights and the tokenizer is trained here. The signal is made of
integer and exactly rounded arithmetic only, so that TypeScript makes the same samples (signal.ts). `--full DIR` writes
the complete features as float32 files besides, for a comparison by hand; they are too large to commit.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
from pathlib import Path

import numpy as np
import onnx
import tokenizers
import torch
import transformers
from onnx import TensorProto, helper, numpy_helper
from tokenizers import ByteLevelBPETokenizer, processors
from transformers import ClapConfig, ClapFeatureExtractor, ClapModel
from transformers.audio_utils import mel_filter_bank, spectrogram, window_function

HERE = Path(__file__).resolve().parent
FIXTURES = HERE / "fixtures"
RATE = 48_000
WINDOW = 10 * RATE
CLIPS_S = [0.3, 1, 2, 5, 10, 23]
ROWS = 48
MAX_TOKENS = 512
PAD = 1


def signal(count: int) -> np.ndarray:
    """A tone, a chirp and noise that changes level, with a stretch of digital silence every two seconds."""
    i = np.arange(count, dtype=np.int64)
    noise = np.empty(count, dtype=np.float64)
    state = 12_345
    for n in range(count):
        state = (1_664_525 * state + 1_013_904_223) % 2**32
        noise[n] = state / 2**31 - 1

    def wave(phase: np.ndarray) -> np.ndarray:
        x = 2 * phase - 1
        return 4 * x * (1 - np.abs(x))

    tone = wave((i * 440 % RATE) / RATE)
    chirp = wave((i * i * 100 % 2**31) / 2**31)
    level = np.where(i // 12_000 % 2 == 0, 2.0**-3, 2.0**-13)
    mixed = 0.5 * tone + 0.25 * chirp + level * noise
    mixed[(i % 96_000 >= 40_000) & (i % 96_000 < 52_000)] = 0
    return mixed.astype(np.float32)


def windows(samples: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """The windows that windows.ts cuts: every half window, the last one ending at the end."""
    if len(samples) <= WINDOW:
        return [(0, samples)]
    starts = list(range(0, len(samples) - WINDOW + 1, WINDOW // 2))
    if starts[-1] + WINDOW < len(samples):
        starts.append(len(samples) - WINDOW)
    return [(start, samples[start : start + WINDOW]) for start in starts]


def summary(features: np.ndarray, rng: np.random.Generator) -> tuple[dict, bytes]:
    """All frames enter through their means; some (the edges among them) are kept whole."""
    frames = len(features)
    edge = [0, 1, 2, frames - 3, frames - 2, frames - 1]
    chosen = sorted({*edge, *rng.choice(frames, min(ROWS, frames) - 6, replace=False).tolist()})
    data = np.concatenate(
        [features[chosen].ravel(), features.mean(axis=1, dtype=np.float64), features.mean(axis=0, dtype=np.float64)]
    )
    return {"frames": frames, "melBins": features.shape[1], "rows": chosen}, data.astype("<f4").tobytes()


def clap_feature_extractor() -> ClapFeatureExtractor:
    return ClapFeatureExtractor(
        feature_size=64,
        sampling_rate=RATE,
        hop_length=480,
        max_length_s=10,
        fft_window_size=1024,
        frequency_min=50,
        frequency_max=14_000,
        truncation="rand_trunc",
        padding="repeatpad",
    )


def make_features(samples: np.ndarray, full: Path | None) -> dict[str, list[np.ndarray]]:
    extractor = clap_feature_extractor()
    rng = np.random.default_rng(7)
    entries, blob, by_clip = [], b"", {}

    def add(name: str, clip_s: float, start: int, face: dict, features: np.ndarray) -> None:
        nonlocal blob
        entry, data = summary(features, rng)
        entries.append({"name": name, "clipS": clip_s, "startSample": start, "face": face, "offset": len(blob), **entry})
        blob += data
        if full:
            features.astype("<f4").tofile(full / f"{name}.f32")

    laion = dict(
        nFft=1024, winLength=1024, hopLength=480, melBins=64, fMinHz=50, fMaxHz=14_000,
        melScale="slaney", melNorm="slaney", power=2, logFloor=1e-10,
    )  # fmt: skip
    for clip_s in CLIPS_S:
        by_clip[str(clip_s)] = []
        for start, cut in windows(samples[: round(clip_s * RATE)]):
            features = extractor(cut, sampling_rate=RATE, return_tensors="np")["input_features"][0, 0]
            assert features.shape == (1001, 64)
            add(f"clap-{clip_s}s-from-{start}", clip_s, start, {"padding": "repeatpad", "mel": laion}, features)
            by_clip[str(clip_s)].append(features)

    # A front as the fused CLAP models have it, with other numbers throughout.
    bank = mel_filter_bank(1025, 128, 20, 16_000, RATE, norm=None, mel_scale="htk")
    other = spectrogram(
        samples[:RATE].astype(np.float64), window_function(2048, "hann"), 2048, 512, power=1.0, mel_filters=bank, log_mel="dB"
    ).T
    htk = dict(
        nFft=2048, winLength=2048, hopLength=512, melBins=128, fMinHz=20, fMaxHz=16_000,
        melScale="htk", melNorm=None, power=1, logFloor=1e-10,
    )  # fmt: skip
    add("htk-128", 1, 0, {"padding": "none", "mel": htk}, other)

    # A window shorter than the transform, as torch.stft and librosa place it.
    stft = torch.stft(
        torch.from_numpy(samples[:RATE].astype(np.float64)), 512, 160, 400,
        torch.hann_window(400, dtype=torch.float64), center=True, pad_mode="reflect", return_complex=True,
    ).numpy()  # fmt: skip
    bank = mel_filter_bank(257, 40, 60, 7_800, RATE, norm="slaney", mel_scale="slaney")
    short = 10 * np.log10(np.maximum(bank.T @ (np.abs(stft) ** 2), 1e-10)).T
    narrow = dict(laion, nFft=512, winLength=400, hopLength=160, melBins=40, fMinHz=60, fMaxHz=7_800)
    add("short-window", 1, 0, {"padding": "none", "mel": narrow}, short)

    (FIXTURES / "features.bin").write_bytes(blob)
    (FIXTURES / "features.json").write_text(json.dumps({"windows": entries}, indent=1) + "\n")
    return by_clip


def golden_texts() -> list[str]:
    things = ["dog", "rain on a tin roof", "church bell", "distant thunder", "snare drum", "old steam train", "crying baby"]
    forms = ["{}", "the sound of a {}", "A {}, far away.", "{}s", "no {}!", "({}) x2", "UPPER {}", "{}, 440 Hz & 3.5 kHz"]
    texts = [form.format(thing) for thing in things for form in forms]
    texts += ["", " ", "  leading", "trailing  ", "two  spaces", "tab\there", "line\nbreak", "\n", "a", "?", "...", "'s n't 'll"]
    texts += ["🎧", "🐶 bellt", "👩‍👩‍👧‍👦 family", "rain 🌧️🌧️ thunder ⛈", "🇩🇪 Glocke", "ok 👍🏽"]
    texts += ["Hund bellt", "Regen auf einem Blechdach", "Größe, Übung, Straße, ß", "Vögel zwitschern früh", "Kirchenglocke läutet"]
    texts += ["雨声", "狗叫", "钢琴和小提琴", "雷声滚滚,雨点打在屋顶上", "中文 English 混合 123", "雨の音", "빗소리", "дождь по крыше"]
    texts += ["صوت المطر", "קול הגשם", "เสียงฝน", "café", "cafe\u0301", "\u00a0no-break\u00a0", "\u3000全角", "ﬁne ligature", "½ + ¼"]
    texts += ["<s> not special", "a <mask> word", "</s>", "<pad>", "<unk>", "\\u0041", "C:\\sounds\\dog.wav", "a/b/c.mp3", "x" * 300]
    texts += ["1234567890", "3.14159", "12,000,000", "0x1F", "bpm:120-128", "key:Am", "len:<5s", "-thunder", '"exact words"']
    texts += ["don't can't won't I'm you're they've he'll she'd", "DON'T CAN'T", "it’s curly", "--- *** ///", "a\u200bb", "\ufeffbom"]
    texts += [" ".join(f"word{i % 97}" for i in range(600)), "rain " * 600, "雨" * 600, "🎵" * 200]
    rng = np.random.default_rng(11)
    words = "low high soft loud metal wooden wet dry slow fast engine wind water voice string brass glass".split()
    while len(texts) < 200:
        texts.append(" ".join(rng.choice(words, int(rng.integers(1, 25))).tolist()))
    assert len(texts) == len(set(texts)) == 200
    return texts


def make_tokens(texts: list[str], folder: Path) -> tokenizers.Tokenizer:
    """A byte-level BPE tokenizer with the parts of RoBERTa's, which CLAP uses, learnt from the texts themselves."""
    specials = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trained = ByteLevelBPETokenizer(add_prefix_space=False)
    trained.train_from_iterator(texts, vocab_size=1000, min_frequency=2, special_tokens=specials, show_progress=False)
    tokenizer = trained._tokenizer
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
    tokenizer.save(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_TOKENS)
    cases = [{"text": text, "ids": tokenizer.encode(text).ids} for text in texts]
    lines = ",\n".join(json.dumps(case, ensure_ascii=True, separators=(",", ":")) for case in cases)
    (FIXTURES / "tokens.json").write_text(f'{{"maxTokens":{MAX_TOKENS},"cases":[\n{lines}\n]}}\n')
    return tokenizer


class AudioTower(torch.nn.Module):
    def __init__(self, model: ClapModel):
        super().__init__()
        self.model = model

    def forward(self, input_features):
        return self.model.audio_projection(self.model.audio_model(input_features=input_features)[1])


class TextTower(torch.nn.Module):
    def __init__(self, model: ClapModel):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask):
        return self.model.text_projection(self.model.text_model(input_ids=input_ids, attention_mask=attention_mask)[1])


def spread_weights(model: ClapModel) -> None:
    """At their initial scale random weights hardly look at their input; these give every input a direction of its own."""
    generator = torch.Generator().manual_seed(6)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.ndim >= 2 and "relative_position" not in name:
                spread = 1.5 / float(np.sqrt(parameter[0].numel())) if "embeddings" not in name else 1.0
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * spread)


def export_towers(model: ClapModel, some: torch.Tensor, ids: torch.Tensor, folder: Path) -> tuple[AudioTower, TextTower]:
    (folder / "onnx").mkdir(exist_ok=True)
    batch, tokens = torch.export.Dim.DYNAMIC, torch.export.Dim.DYNAMIC
    audio, text = AudioTower(model).eval(), TextTower(model).eval()
    common = dict(dynamo=True, opset_version=18, external_data=False, optimize=True)
    torch.onnx.export(
        audio, (some,), str(folder / "onnx/audio_model.onnx"), input_names=["input_features"],
        output_names=["audio_embeds"], dynamic_shapes={"input_features": {0: batch}}, **common,
    )  # fmt: skip
    torch.onnx.export(
        text, (ids, (ids != PAD).long()), str(folder / "onnx/text_model.onnx"),
        input_names=["input_ids", "attention_mask"], output_names=["text_embeds"],
        dynamic_shapes={name: {0: batch, 1: tokens} for name in ("input_ids", "attention_mask")}, **common,
    )  # fmt: skip
    for file in (folder / "onnx").iterdir():
        strip_metadata(file)
    return audio, text


def make_tiny_clap(features: dict[str, list[np.ndarray]], tokenizer: tokenizers.Tokenizer, folder: Path) -> None:
    torch.manual_seed(5)
    model = ClapModel(
        ClapConfig(
            text_config=dict(
                vocab_size=1000, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
                max_position_embeddings=514, pad_token_id=PAD, bos_token_id=0, eos_token_id=2, type_vocab_size=1,
            ),
            audio_config=dict(
                spec_size=256, patch_embeds_hidden_size=8, hidden_size=64, depths=[1, 1, 1, 1],
                num_attention_heads=[1, 1, 2, 2], num_mel_bins=64, enable_fusion=False, mlp_ratio=2.0,
            ),
            projection_dim=32,
        )
    ).eval()  # fmt: skip
    spread_weights(model)
    some = torch.from_numpy(np.stack([features["1"][0], features["5"][0]])[:, None])
    ids = torch.tensor([[0, 300, 301, 2, PAD], [0, 302, 303, 304, 2]])
    audio, text = export_towers(model, some, ids, folder)

    def unit(vector: torch.Tensor) -> list[float]:
        return [round(value, 7) for value in (vector / vector.norm()).tolist()]

    golden = {"audio": {}, "text": []}
    with torch.no_grad():
        for clip, cuts in features.items():
            golden["audio"][clip] = [unit(audio(torch.from_numpy(cut)[None, None])[0]) for cut in cuts]
        for phrase in [*golden_texts()[:12], "", "🐶 bellt", "雷声滚滚,雨点打在屋顶上", "rain " * 600]:
            encoded = torch.tensor([tokenizer.encode(" ".join(phrase.split())).ids])
            golden["text"].append({"text": phrase, "vector": unit(text(encoded, torch.ones_like(encoded))[0])})
    (FIXTURES / "embeddings.json").write_text(json.dumps(golden, ensure_ascii=True, separators=(",", ":")) + "\n")


def strip_metadata(file: Path) -> None:
    """The exporter notes the Python source line of every node, with this machine's paths."""
    model = onnx.load(file)
    del model.metadata_props[:]
    model.doc_string = ""
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    for values in (model.graph.value_info, model.graph.input, model.graph.output, model.graph.initializer):
        for value in values:
            value.doc_string = ""
            del value.metadata_props[:]
    del model.graph.value_info[:]
    del model.graph.metadata_props[:]
    del model.functions[:]
    onnx.checker.check_model(model)
    onnx.save(model, file)


def make_toys(folder: Path) -> None:
    """Graphs of a few nodes with the other faces that a manifest can describe. Each embedding has 8 numbers."""
    rng = np.random.default_rng(3)

    def weights(name: str, *shape: int, dtype=np.float32):
        return numpy_helper.from_array(rng.standard_normal(shape).astype(dtype), name)

    def axes(name: str, *values: int):
        return numpy_helper.from_array(np.array(values, dtype=np.int64), name)

    def value(name: str, kind: int, *shape):
        return helper.make_tensor_value_info(name, kind, shape)

    def save(name: str, nodes, inputs, outputs, initializers) -> None:
        graph = helper.make_graph(nodes, name, inputs, outputs, initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
        onnx.checker.check_model(model)
        onnx.save(model, folder / f"{name}.onnx")

    node = helper.make_node
    audio_nodes = [
        node("ReduceMean", ["input_features", "time"], ["mean"], keepdims=0),
        node("MatMul", ["mean", "audio_weights"], ["audio_embeds"]),
    ]
    text_nodes = [
        node("Gather", ["words", "input_ids"], ["tokens"]),
        node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        node("Unsqueeze", ["mask", "last"], ["mask3"]),
        node("Mul", ["tokens", "mask3"], ["kept"]),
        node("ReduceSum", ["kept", "second"], ["text_embeds"], keepdims=0),
    ]
    float32, float16, int64 = TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.INT64
    mel = value("input_features", float32, "batch", 1, "frames", 64)
    ids = [value(name, int64, "batch", "tokens") for name in ("input_ids", "attention_mask")]
    audio_out, text_out = value("audio_embeds", float32, "batch", 8), value("text_embeds", float32, "batch", 8)
    time, audio_weights = axes("time", 1, 2), weights("audio_weights", 64, 8)
    text_parts = [weights("words", 1000, 8), axes("last", 2), axes("second", 1)]
    save("joint", audio_nodes + text_nodes, [mel, *ids], [audio_out, text_out], [time, audio_weights, *text_parts])
    save("audio", audio_nodes, [mel], [audio_out], [time, audio_weights])
    save("text", text_nodes, ids, [text_out], text_parts)
    known = rng.standard_normal((1000, 8)).astype(np.float32)
    known[:5] = known[200:] = 0
    known_words = [numpy_helper.from_array(known, "words"), *text_parts[1:]]
    # Only single ASCII letters mean anything to this one.
    save("text-known-words", text_nodes, ids, [text_out], known_words)
    save(
        "audio-fp16",
        audio_nodes,
        [value("input_features", float16, "batch", 1, "frames", 64)],
        [value("audio_embeds", float16, "batch", 8)],
        [time, numpy_helper.from_array(numpy_helper.to_array(audio_weights).astype(np.float16), "audio_weights")],
    )
    # The eight loudest samples.
    save(
        "audio-waveform",
        [node("Abs", ["samples"], ["abs"]), node("TopK", ["abs", "eight"], ["audio_embeds", "where"], axis=1)],
        [value("samples", float32, "batch", "length")],
        [value("audio_embeds", float32, "batch", 8)],
        [axes("eight", 8)],
    )
    # Divides by zero: every embedding is NaN.
    save(
        "audio-nan",
        [
            *audio_nodes[:1],
            node("MatMul", ["mean", "audio_weights"], ["product"]),
            node("Sub", ["product", "product"], ["zero"]),
            node("Div", ["zero", "zero"], ["audio_embeds"]),
        ],
        [mel],
        [audio_out],
        [time, audio_weights],
    )


def write_manifest(folder: Path, name: str = "Tiny CLAP", dimension: int = 32) -> None:
    def file(path: str) -> dict:
        data = (folder / path).read_bytes()
        return {"path": path, "sha256": hashlib.sha256(data).hexdigest(), "sizeBytes": len(data)}

    manifest = {
        "schemaVersion": 1,
        "id": folder.name,
        "name": name,
        "version": "1.0.0",
        "description": "Random weights in the published layout; for tests only.",
        "license": "MIT",
        "source": "backend/test/golden/make_goldens.py",
        "dimension": dimension,
        "files": {
            "audio": file("onnx/audio_model.onnx"),
            "text": file("onnx/text_model.onnx"),
            "tokenizer": file("tokenizer.json"),
        },
        "audio": {
            "input": "mel", "inputName": "input_features", "outputName": "audio_embeds", "sampleRateHz": RATE,
            "windowS": 10, "padding": "repeatpad", "minFrames": 1001,
            "mel": {
                "nFft": 1024, "winLength": 1024, "hopLength": 480, "melBins": 64, "fMinHz": 50, "fMaxHz": 14000,
                "melScale": "slaney", "melNorm": "slaney", "power": 2, "logFloor": 1e-10,
            },
        },
        "text": {
            "idsName": "input_ids", "maskName": "attention_mask", "outputName": "text_embeds",
            "maxTokens": MAX_TOKENS, "padTokenId": PAD,
        },
        "calibration": {"mean": 0, "std": 0.1, "relevantZ": 2, "slope": 1.5},
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", type=Path, help="also write the complete features into this folder")
    full = parser.parse_args().full
    tiny, toys = FIXTURES / "tiny-clap", FIXTURES / "toys"
    for folder in (tiny, toys, *([full] if full else [])):
        folder.mkdir(parents=True, exist_ok=True)
    samples = signal(23 * RATE)
    features = make_features(samples, full)
    tokenizer = make_tokens(golden_texts(), tiny)
    make_tiny_clap(features, tokenizer, tiny)
    make_toys(toys)
    write_manifest(tiny)
    versions = {module.__name__: module.__version__ for module in (np, onnx, tokenizers, torch, transformers)}
    digest = hashlib.sha256(samples.tobytes()).hexdigest()
    about = {"python": platform.python_version(), **versions, "signalSha256": digest}
    (FIXTURES / "about.json").write_text(json.dumps(about, indent=2) + "\n")


if __name__ == "__main__":
    main()
