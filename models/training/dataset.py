"""Clips in memory (log-mels of recordings and synthesised sounds) and the batches cut, mixed and disturbed from them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.signal
import torch

from captions import Labels, label_clip, load_rules

# Whole sources that no training ever sees: what the figures of the model card are measured on.
HELD_OUT = tuple(
    f"debian:{name}"
    for name in (
        "crossfire-client", "gcompris-qt-data", "libreoffice-common", "scratch", "simutrans-pak64", "supertux-data", "triplea",
        "xemacs21-basesupport",
    )
)  # fmt: skip
FLOOR = -100.0
LN10 = float(np.log(10.0) / 10.0)


@dataclass
class Clip:
    mel: np.ndarray
    labels: Labels
    origin: str
    """Repository of a recording, "debian:<package>" or "synth:<family>"."""


def recordings(cache: Path) -> list[Clip]:
    stored = np.load(cache / "train.npz")
    mel, ends = stored["mel"], np.cumsum(stored["length"])
    rules = load_rules()
    clips = []
    for end, length, label, source in zip(ends, stored["length"], stored["label"].tolist(), stored["source"].tolist(), strict=True):
        labels = label_clip(source, label, rules)
        if labels.concepts or labels.captions:
            clips.append(Clip(mel[end - length : end], labels, source.split(":")[0]))
    return clips


def packaged(cache: Path) -> list[Clip]:
    """Recordings out of Debian packages."""
    stored = np.load(cache / "debian.npz")
    mel, ends = stored["mel"], np.cumsum(stored["length"])
    clips = []
    for end, length, package, text in zip(ends, stored["length"], stored["package"].tolist(), stored["labels"].tolist(), strict=True):
        concepts, captions = json.loads(text)
        clips.append(Clip(mel[end - length : end], Labels(concepts, captions), f"debian:{package}"))
    return clips


def all_clips(cache: Path) -> tuple[list[Clip], list[Clip]]:
    """-> (clips to train on, held-out clips)."""
    clips = [*recordings(cache), *packaged(cache), *synthesised(cache)]
    return [clip for clip in clips if clip.origin not in HELD_OUT], [clip for clip in clips if clip.origin in HELD_OUT]


def synthesised(cache: Path) -> list[Clip]:
    clips = []
    for path in sorted(cache.glob("synth-*.npz")):
        stored = np.load(path)
        mel, ends = stored["mel"], np.cumsum(stored["length"])
        for end, length, text in zip(ends, stored["length"], stored["labels"].tolist(), strict=True):
            concepts, captions = json.loads(text)
            clips.append(Clip(mel[end - length : end], Labels(concepts, captions), f"synth:{path.stem[6:]}"))
    return clips


def repaced(mel: np.ndarray, frames: int) -> np.ndarray:
    """The same sound in another number of frames."""
    if len(mel) == frames:
        return mel.astype(np.float32)
    at = np.linspace(0, len(mel) - 1, max(frames, 1))
    low = at.astype(int)
    share = (at - low).astype(np.float32)[:, None]
    return mel[low] * (1 - share) + mel[np.minimum(low + 1, len(mel) - 1)] * share


class Cutter:
    """Cuts a batch of crops [n, frames, 64] and their real lengths."""

    def __init__(self, clips: list[Clip], rng: np.random.Generator) -> None:
        self.clips, self.rng = clips, rng
        self.peak = [float(clip.mel.max()) for clip in clips]

    def crop(self, index: int, frames: int) -> tuple[np.ndarray, int]:
        mel, rng = self.clips[index].mel, self.rng
        # Sometimes a quarter slower or faster.
        pace = float(np.exp(rng.uniform(-0.22, 0.22))) if rng.random() < 0.4 else 1.0
        needed = round(frames * pace)
        if len(mel) > needed:
            for _ in range(4):
                start = rng.integers(0, len(mel) - needed + 1)
                piece = mel[start : start + needed]
                if piece.max() > self.peak[index] - 25:
                    break
            return repaced(piece, frames), frames
        piece = repaced(mel, min(frames, round(len(mel) / pace)))
        length = len(piece)
        out = np.full((frames, 64), FLOOR, np.float32)
        if length < frames and rng.random() < 0.3:
            # Sometimes with silence before and after it, which then counts as real frames.
            start = int(rng.integers(0, frames - length + 1)) if rng.random() < 0.5 else 0
            out[start : start + length] = piece
            return out, int(rng.integers(start + length, frames + 1))
        out[:length] = piece
        return out, max(length, 64)

    def batch(self, indices: np.ndarray, frames: int) -> tuple[np.ndarray, np.ndarray]:
        pieces, lengths = zip(*(self.crop(int(i), frames) for i in indices), strict=True)
        return np.stack(pieces), np.array(lengths)


class Disturber:
    """Mixing, room, noise floor, equaliser, codec, pitch and masking, each on some rows of a batch [n, frames, 64] in dB."""

    def __init__(self, rng: np.random.Generator, mixing: float = 0.2) -> None:
        self.rng, self.mixing = rng, mixing
        # Level flutter of noise in a mel band (a gamma variable); slices of one long table are random enough.
        self.flutter = torch.from_numpy(rng.gamma(4.0, 0.25, 1 << 22).astype(np.float32))

    def uniform(self, low: float, high: float, *shape: int) -> torch.Tensor:
        return torch.from_numpy(self.rng.uniform(low, high, shape).astype(np.float32))

    def some(self, count: int, share: float) -> torch.Tensor:
        return torch.from_numpy(self.rng.random(count) < share)

    def __call__(self, batch: np.ndarray, lengths: np.ndarray) -> tuple[torch.Tensor, torch.Tensor, np.ndarray, torch.Tensor]:
        """-> (dB, lengths, partner of each row, weight of the row itself against its partner)."""
        rng = self.rng
        count, frames, bins = batch.shape
        x = torch.from_numpy(batch)
        # Played a little faster or slower: the log-frequency axis moves.
        shift = torch.where(self.some(count, 0.35), torch.from_numpy(rng.integers(-3, 4, count)), 0)
        x = x.gather(2, (torch.arange(bins)[None] - shift[:, None]).clamp(0, bins - 1)[:, None].expand(-1, frames, -1))
        # Two sounds at once, up to 12 dB apart.
        partner = rng.permutation(count)
        ratio = self.uniform(-12, 12, count)
        active = self.some(count, self.mixing)
        peak = x.amax((1, 2))
        gain = torch.where(active, peak - peak[partner] - ratio, torch.tensor(-200.0))
        power = torch.exp(x * LN10)
        power += power[partner] * torch.exp(gain * LN10)[:, None, None]
        lengths = torch.from_numpy(np.where(active.numpy(), np.maximum(lengths, lengths[partner]), lengths))
        weight = torch.where(active, 1 / (1 + torch.pow(10.0, -ratio / 14)), torch.tensor(1.0))
        # A room: every band's energy dies away exponentially.
        rooms = np.flatnonzero(rng.random(count) < 0.2)
        if len(rooms):
            decay = np.exp(-13.8 / (rng.uniform(0.15, 2.0) * 100))
            wet = scipy.signal.lfilter([1.0 - decay], [1.0, -decay], power[rooms].numpy(), axis=1)
            power[rooms] += rng.uniform(0.1, 1.0) * torch.from_numpy(wet.astype(np.float32))
        # Background noise of some slope, 22 to 75 dB below the peak.
        level = torch.where(self.some(count, 0.45), peak - self.uniform(22, 75, count), torch.tensor(-200.0))
        slope = torch.linspace(0, 1, bins)[None] * self.uniform(-25, 5, count, 1)
        start = int(rng.integers(0, len(self.flutter) - power.numel())) if power.numel() < len(self.flutter) else 0
        flutter = self.flutter[start : start + power.numel()].view(power.shape)
        power += flutter * torch.exp((level[:, None] + slope) * LN10)[:, None]
        x = torch.log(power.clamp_(min=1e-10)) / LN10
        # Equaliser: a smooth random curve.
        curve = torch.from_numpy(rng.normal(0, 1, (count, 1, 6)).astype(np.float32)) * self.uniform(0, 7, count, 1, 1)
        x += torch.nn.functional.interpolate(curve, bins, mode="linear", align_corners=True)
        quiet = peak - 80
        for i in range(count):
            if rng.random() < 0.08:
                x[i, :, int(rng.integers(36, 60)) :] = FLOOR
            if rng.random() < 0.05:
                x[i, :, : int(rng.integers(2, 14))] = FLOOR
            if rng.random() < 0.5:
                width = int(rng.integers(1, 9))
                at = int(rng.integers(0, bins - width))
                x[i, :, at : at + width] = quiet[i]
            if rng.random() < 0.4 and frames > 90:
                width = int(rng.integers(2, frames // 8))
                at = int(rng.integers(0, frames - width))
                x[i, at : at + width] = quiet[i]
        return x.clamp_(min=FLOOR), lengths, partner, weight
