"""How well the towers find sounds: the dev queries and whole held-out sources."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch


@torch.no_grad()
def embed(model: Callable, mels: list[np.ndarray]) -> np.ndarray:
    """Vectors of windows of any lengths (windows of one length run as one batch)."""
    out: list[np.ndarray | None] = [None] * len(mels)
    groups: dict[int, list[int]] = {}
    for i, mel in enumerate(mels):
        groups.setdefault(len(mel), []).append(i)
    for indices in groups.values():
        for start in range(0, len(indices), 16):
            part = indices[start : start + 16]
            vectors = model(torch.from_numpy(np.stack([mels[i] for i in part]).astype(np.float32))[:, None])
            for i, vector in zip(part, np.asarray(vectors), strict=True):
                out[i] = vector
    return np.stack(out)


def ranked(scores: np.ndarray, relevant: np.ndarray) -> tuple[float, float, float]:
    """Scores and relevance over sounds -> (hit at 1, hit in 5, average precision at 10)."""
    hits = relevant[np.argsort(-scores, kind="stable")[:10]]
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(hits[0]), float(hits[:5].any()), float((precision * hits).sum() / min(10, relevant.sum()))


def dev_scores(audio: Callable, texts: Callable, cache: Path, audio_dir: Path) -> list[tuple[str, float, float, float]]:
    stored = np.load(cache / "dev.npz")
    ends = np.cumsum(stored["length"])
    mels = [stored["mel"][end - length : end] for end, length in zip(ends, stored["length"], strict=True)]
    vectors, owner, files = embed(audio, mels), stored["owner"], stored["clip"].tolist()
    queries = list(csv.DictReader(open(audio_dir / "dev-queries.csv", newline="")))
    rows = []
    for query, vector in zip(queries, np.asarray(texts([q["query"] for q in queries])), strict=True):
        best = np.full(len(files), -2.0)
        np.maximum.at(best, owner, vectors @ vector)
        wanted = set(query["relevant"].split(";"))
        rows.append((query["query"], *ranked(best, np.array([file in wanted for file in files]))))
    return rows


def dev_report(audio: Callable, texts: Callable, cache: Path, audio_dir: Path) -> str:
    r1, r5, ap = np.mean([row[1:] for row in dev_scores(audio, texts, cache, audio_dir)], axis=0)
    return f"dev R@1 {r1:.3f} R@5 {r5:.3f} mAP {ap:.3f}"


# What a person would try first: word -> the concepts of sounds that it should find.
COMMON = {
    "dog": "dog puppy", "cat": "cat cat_purr cat_hiss", "birds": "bird crow owl parrot seagull pigeon rooster cuckoo", "rain": "rain",
    "thunder": "thunder", "waves": "waves", "wind": "wind", "fire": "fire", "car": "car engine", "train": "train subway train_horn",
    "siren": "siren", "clock": "clock", "keyboard": "keyboard", "footsteps": "footsteps footsteps_hard footsteps_gravel footsteps_grass "
    "footsteps_snow footsteps_water footsteps_metal footsteps_wood running", "speech": "speech male_speech female_speech child_speech",
    "crying": "crying", "laughter": "laughter", "applause": "applause clap", "piano": "piano electric_piano", "guitar": "guitar electric_guitar",
    "violin": "violin", "flute": "flute recorder", "trumpet": "trumpet", "drums": "drums snare kick tom drum_loop", "bass": "bass_guitar synth_bass",
    "synth": "synth synth_lead synth_pad", "bell": "bell church_bell", "alarm": "alarm alarm_clock car_alarm", "phone": "telephone dial",
    "glass": "glass glass_break", "explosion": "explosion",
}  # fmt: skip


def common_report(audio: Callable, texts: Callable, clips: list) -> str:
    """The right word among the common ones, for held-out clips that one of them names; and each word's own hits."""
    rows = [(clip, {word for word, names in COMMON.items() if set(clip.labels.concepts) & set(names.split())}) for clip in clips]
    rows = [(clip, words) for clip, words in rows if words]
    words = list(COMMON)
    scores = embed(audio, [clip.mel[:1001] for clip, _ in rows]) @ np.asarray(texts(words)).T
    truth = np.array([[word in own for word in words] for _, own in rows])
    order = np.argsort(-scores, axis=1)
    top1 = np.mean([truth[i, order[i, 0]] for i in range(len(rows))])
    top3 = np.mean([truth[i, order[i, :3]].any() for i in range(len(rows))])
    present = np.flatnonzero(truth.any(0))
    found = np.array([ranked(scores[:, k], truth[:, k]) for k in present])
    first = ", ".join(f"{words[k]} {hit:.0f}/{ap:.2f}" for k, (hit, _, ap) in zip(present, found, strict=True))
    r1, r5, ap = found.mean(0)
    return f"common words: top1 {top1:.3f} top3 {top3:.3f} R@1 {r1:.3f} R@5 {r5:.3f} mAP {ap:.3f} ({len(rows)} clips, {len(present)} words)\n  {first}"


def concept_report(audio: Callable, clips: list, anchors: torch.Tensor, names: list[str]) -> str:
    """Zero-shot concept of each held-out clip (top 1, top 5 of all concepts) and retrieval of clips by concept."""
    clips = [clip for clip in clips if clip.labels.concepts]
    vectors = embed(audio, [clip.mel[:1001] for clip in clips])
    scores = vectors @ anchors.numpy().T
    truth = np.array([[name in clip.labels.concepts for name in names] for clip in clips])
    order = np.argsort(-scores, axis=1)
    top1 = np.mean([truth[i, order[i, 0]] for i in range(len(clips))])
    top5 = np.mean([truth[i, order[i, :5]].any() for i in range(len(clips))])
    found = np.mean([ranked(scores[:, k], truth[:, k]) for k in np.flatnonzero(truth.any(0))], axis=0)
    return f"held-out top1 {top1:.3f} top5 {top5:.3f} R@1 {found[0]:.3f} R@5 {found[1]:.3f} mAP {found[2]:.3f} ({len(clips)})"


# Words that are no phrase of the lexicon, with the concept they should come nearest to.
UNSEEN = {
    "spaniel": "dog", "terrier barking": "dog", "doggy": "dog", "poodle": "dog", "my neighbour's dog at night": "dog", "feline": "cat",
    "tabby cat wants food": "cat", "deluge": "rain", "cloudburst": "rain", "rain on a tin roof": "rain", "tempest": "thunder",
    "zephyr": "wind", "tide coming in": "waves", "seaside resort waves": "waves", "inferno": "fire", "embers": "fire", "sedan": "car",
    "limousine": "car", "choo choo": "train", "express train": "train", "constabulary siren": "siren", "grandfather clock": "clock",
    "hourglass clock tick": "clock", "word processor typing": "keyboard", "strolling": "footsteps", "pedestrian walking": "footsteps",
    "orator": "speech", "lecture": "speech", "bawling infant": "crying", "toddler crying": "crying", "guffaw": "laughter", "chortle": "laughter",
    "standing ovation": "applause", "pianoforte": "piano", "steinway": "piano", "ukelele strumming": "guitar", "stradivarius": "violin",
    "piccolo flute": "flute", "mariachi trumpet": "trumpet", "percussionist": "drums", "gong bath": "gong", "doorbell chime": "doorbell",
    "handset ringing": "telephone", "smartphone": "telephone", "shards of glass": "glass_break", "kaboom": "explosion", "blast of dynamite": "explosion",
    "nightingale": "bird", "wren": "bird", "starling singing": "bird", "cawing raven": "crow", "heifer": "cow", "stallion": "horse",
    "ewe": "sheep", "bullfrog": "frog", "hornets": "bee", "gale force": "wind", "torrent": "stream", "motorbike racing": "motorcycle",
    "jumbo jet": "airplane", "Regen auf dem Dach": "rain", "ein kleiner Hund bellt": "dog", "lautes Donnern": "thunder", "klingelndes Telefon": "telephone",
    "Vögel im Wald": "bird", "Klavier spielen": "piano", "schreiendes Baby": "crying", "Schritte im Flur": "footsteps", "zersplitterndes Glas": "glass_break",
}  # fmt: skip


def word_report(texts: Callable) -> tuple[float, list[str]]:
    """Share of unseen words whose nearest concept is the wanted one, and the misses."""
    from captions import load_lexicon

    lexicon = load_lexicon()
    anchors = np.stack([np.asarray(texts(c.english[:6])).mean(0) for c in lexicon.values()])
    anchors /= np.linalg.norm(anchors, axis=1, keepdims=True)
    names = list(lexicon)
    missed = []
    for word, wanted in UNSEEN.items():
        order = np.argsort(-(anchors @ np.asarray(texts([word]))[0]))[:3]
        if names[order[0]] != wanted:
            missed.append(f"{word}: {', '.join(names[k] for k in order)}")
    return 1 - len(missed) / len(UNSEEN), missed


def main() -> None:
    """Figures of the exported files, run by ONNX Runtime on the windows the product cuts."""
    import argparse
    import json
    import os
    import time

    import onnxruntime
    from tokenizers import Tokenizer

    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--audio", type=Path, default=Path(os.environ.get("TRAUM_AUDIO", "../../../shared/audio")))
    parser.add_argument("--cache", type=Path, default=Path(os.environ.get("TRAUM_CACHE", ".cache")))
    parser.add_argument("--model", type=Path, default=Path(__file__).parent.parent / "compact-clap")
    parser.add_argument("--queries", action="store_true", help="print every query")
    arguments = parser.parse_args()
    manifest = json.loads((arguments.model / "manifest.json").read_text())
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    towers = {
        key: onnxruntime.InferenceSession(str(arguments.model / manifest["files"][key]["path"]), options) for key in ("audio", "text")
    }
    tokenizer = Tokenizer.from_file(str(arguments.model / manifest["files"]["tokenizer"]["path"]))

    def audio(x: torch.Tensor) -> np.ndarray:
        return towers["audio"].run(None, {"input_features": np.asarray(x)})[0]

    def texts(batch: list[str]) -> np.ndarray:
        vectors = []
        for text in batch:
            ids = np.array([tokenizer.encode(text).ids[: manifest["text"]["maxTokens"]]], np.int64)
            vectors.append(towers["text"].run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0])
        return np.stack(vectors)

    rows = dev_scores(audio, texts, arguments.cache, arguments.audio)
    if arguments.queries:
        for name, r1, r5, ap in rows:
            print(f"{name:32s} {r1:.0f} {r5:.0f} {ap:.2f}")
    r1, r5, ap = np.mean([row[1:] for row in rows], axis=0)
    print(f"dev: R@1 {r1:.3f} R@5 {r5:.3f} mAP@10 {ap:.3f} ({len(rows)} queries)")
    share, missed = word_report(texts)
    print(f"unseen words whose nearest concept is right: {share:.2f} ({len(UNSEEN)}); missed: {missed}")
    window = np.random.default_rng(0).normal(-40, 10, (1, 1, 1001, 64)).astype(np.float32)
    for name, call in (("audio, 10-s window", lambda: audio(window)), ("text", lambda: texts(["rain on a tin roof while a dog barks"]))):
        call()
        spent = []
        for _ in range(20):
            started = time.perf_counter()
            call()
            spent.append(time.perf_counter() - started)
        print(f"{name}: {1000 * min(spent):.1f} ms at best, {1000 * np.median(spent):.1f} ms median, one core")


if __name__ == "__main__":
    main()
