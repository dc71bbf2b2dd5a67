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
