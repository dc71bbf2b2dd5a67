"""What labelled recordings teach a layer above the student: it says in the own text space what the student hears.

The own tower knows its recordings by heart and little of others; the student has learnt from a network that heard two million clips, and
never saw a label. One linear map from what it hears to where captions and concepts of labelled recordings lie generalises better than the own
tower where sounds are everyday ones, and worse for drums and synthesizers: both together are better than either.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from answers import Recordings, packed, unpacked
from captions import Labels, load_lexicon
from features import WINDOW_SAMPLES, log_mel
from memory import Place, captions, centres, labels, table

SEEDS = 3
STEPS, BATCH, RATE, SHARPNESS = 3000, 256, 1e-3, 12.0
DROPPED = 0.3
"""Share of what the student hears that is left out in each step."""


def recordings(cache: Path, audio: Path, hear: Callable[[np.ndarray], np.ndarray]) -> tuple[np.ndarray, list[Labels], np.ndarray]:
    """-> what is heard in the first 10 s of every labelled recording that may be learnt from, what is known of it, its source."""
    source = Recordings(cache)
    known = labels(cache, audio, [str(path) for path in source.path[source.usable]])
    chosen = [(at, one) for at, one in zip(source.usable, known, strict=True) if one.concepts or one.captions]
    heard = [hear(unpacked(packed(log_mel(source[at][:WINDOW_SAMPLES])))[None, None])[0] for at, _ in chosen]
    rows, own = zip(*chosen, strict=True)
    return np.stack(heard), list(own), source.origin[list(rows)]


def chances(shown: np.ndarray, origins: np.ndarray) -> np.ndarray:
    """How often each recording is drawn: those of big sources and of common concepts less often than their number."""
    _, place, count = np.unique(origins, return_inverse=True, return_counts=True)
    rare = np.maximum(shown.sum(0), 1) ** -0.5
    of_concepts = np.where(shown.any(1), (shown * rare).sum(1) / np.maximum(shown.sum(1), 1), np.median(rare))
    weight = count[place] ** -0.5 * of_concepts
    return weight / weight.sum()


def taught(heard: np.ndarray, own: list[Labels], origins: np.ndarray, place: Place) -> tuple[np.ndarray, np.ndarray]:
    """-> weight [256, n] and bias [256] of the layer: the mean of several, which differ by what they drew."""
    names = list(load_lexicon())
    shown, texts = table([one.concepts for one in own], names), captions(own)
    goals, said = torch.from_numpy(centres(place, names)), torch.from_numpy(place(texts))
    at = {text: k for k, text in enumerate(texts)}
    captioned = [[at[text] for text in one.captions] for one in own]
    mean, spread = heard.mean(0), heard.std(0) + 1e-3
    x, y = torch.from_numpy((heard - mean) / spread), torch.from_numpy(shown / np.maximum(shown.sum(1, keepdims=True), 1))
    drawn = chances(shown, origins)
    layers = [one_taught(x, y, captioned, goals, said, drawn, seed) for seed in range(SEEDS)]
    weight = np.mean([layer.weight.detach().numpy() for layer in layers], 0) / spread
    bias = np.mean([layer.bias.detach().numpy() for layer in layers], 0) - weight @ mean
    return weight.astype(np.float32), bias.astype(np.float32)


def one_taught(
    x: torch.Tensor, y: torch.Tensor, captioned: list[list[int]], goals: torch.Tensor, said: torch.Tensor, drawn: np.ndarray, seed: int
) -> nn.Linear:
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    layer = nn.Linear(x.shape[1], goals.shape[1])
    optimizer = torch.optim.AdamW(layer.parameters(), weight_decay=0.02)
    for step in range(STEPS):
        optimizer.param_groups[0]["lr"] = RATE * min(1, (step + 1) / 50) * (0.51 + 0.49 * np.cos(np.pi * step / STEPS))
        rows = rng.choice(len(x), BATCH, p=drawn)
        vectors = F.normalize(layer(F.dropout(x[rows], DROPPED)), dim=1)
        of_concepts = -(y[rows] * F.log_softmax(SHARPNESS * vectors @ goals.T, dim=1)).sum(1).mean()
        with_caption = [k for k, row in enumerate(rows) if captioned[row]]
        theirs = said[[rng.choice(captioned[rows[k]]) for k in with_caption]]
        # Which of the batch's captions is its own.
        of_captions = F.cross_entropy(SHARPNESS * vectors[with_caption] @ theirs.T, torch.arange(len(with_caption)))
        loss = of_concepts + 0.5 * of_captions
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"labels, seed {seed}: loss {loss.item():.2f}", flush=True)
    return layer
