"""Trains the second tower: it learns to answer as the audio teacher does (listener.py, answers.py).

Its lower half is that of the own tower and stays as it is, so what that says of every piece is computed once; the upper half
starts from the own tower's and learns the teacher's 527 logits (what lies far below likely counts as silence) and, as further
guidance, its features. Reads whatever shards there are and looks for new ones as it goes. `--resume` goes on from the last
checkpoint.
"""

from __future__ import annotations

import argparse
import copy
import os
import queue
import threading
import time
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
import torch.nn.functional as F

from answers import unpacked
from audio_tower import AudioTower, pool
from train_audio import SYNC, meet

SHARED = 3
"""Blocks of the trunk that both towers share."""
LENGTHS = (4, 8, 13, 20, 32, 63)
"""Longest pieces of a batch, in steps of 16 frames."""
CLASSES, FEATURES = 527, 384
LOWEST = -8.0
"""Logits below this (a probability of 0.0003) all mean "not there"."""


class Student(torch.nn.Module):
    """The upper half of an own tower with the teacher's logits and features as outputs."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        own = AudioTower(width)
        self.upper, self.frame, self.attention = own.trunk[SHARED:], own.frame, own.attention
        self.hidden = torch.nn.Sequential(torch.nn.Linear(3 * 512, 768), torch.nn.ReLU(), torch.nn.Dropout(0.1))
        self.classes = torch.nn.Linear(768, CLASSES)
        self.features = torch.nn.Linear(768, FEATURES)

    def forward(self, lower: torch.Tensor, steps: torch.Tensor | None = None) -> torch.Tensor:
        """lower [batch, 4 * width, time, 4] (and how many of its steps are real) -> [batch, 768]."""
        x = self.upper(lower)
        return self.hidden(pool(x, self.frame, self.attention, None if steps is None else torch.div(steps + 1, 2, rounding_mode="floor")))


class Shards:
    """What the own tower's lower half says of all pieces so far, with the teacher's answers."""

    def __init__(self, folder: Path, own: AudioTower) -> None:
        self.folder, self.own, self.seen = folder, own.eval(), set()
        self.lower: list[np.ndarray] = []
        self.logits, self.features = np.zeros((0, CLASSES), np.float16), np.zeros((0, FEATURES), np.float16)
        self.index, self.steps = np.zeros(0, int), np.zeros(0, int)
        self.restore(folder.parent / "lower.npz")

    def save(self) -> None:
        """So that others need not compute the lower halves again."""
        np.savez(self.folder.parent / "lower.npz", lower=np.concatenate([x.transpose(1, 0, 2) for x in self.lower]), steps=self.steps,
                 logits=self.logits, features=self.features, index=self.index, seen=np.array(sorted(self.seen)))  # fmt: skip

    def restore(self, path: Path) -> None:
        if not path.exists():
            return
        stored = np.load(path)
        self.logits, self.features, self.index, self.steps = (stored[name] for name in ("logits", "features", "index", "steps"))
        self.lower = [x.transpose(1, 0, 2) for x in np.split(stored["lower"], np.cumsum(self.steps)[:-1])]
        self.seen = set(stored["seen"].tolist())

    @torch.no_grad()
    def refresh(self) -> int:
        for path in sorted(self.folder.glob("*.npz")):
            if path.name in self.seen or ".part" in path.name:
                continue
            stored = np.load(path)
            mel, ends = stored["mel"], np.cumsum(stored["length"])
            lower = [self.below(mel[end - length : end]) for end, length in zip(ends, stored["length"], strict=True)]
            self.seen.add(path.name)
            self.lower += lower
            self.logits = np.concatenate([self.logits, stored["logits"]])
            self.features = np.concatenate([self.features, stored["features"]])
            self.index = np.concatenate([self.index, stored["index"]])
            self.steps = np.concatenate([self.steps, [x.shape[1] for x in lower]])
        return len(self.steps)

    def below(self, mel: np.ndarray) -> np.ndarray:
        """8-bit mel [frames, 64] -> [channels, frames / 16, 4]."""
        return self.own.lower(torch.from_numpy(unpacked(mel))[None, None], SHARED)[0].numpy().astype(np.float16)


def batch(shards: Shards, longest: int, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Pieces of at most so many steps (and more than the next smaller length) -> lower halves, their rows."""
    at = LENGTHS.index(longest)
    low = LENGTHS[at - 1] if at else 0
    fit = np.flatnonzero((shards.steps > low) & (shards.steps <= longest))
    rows = rng.choice(fit, min(size, len(fit)), replace=False)
    channels, _, height = shards.lower[0].shape
    out = np.zeros((len(rows), channels, longest, height), np.float32)
    for k, row in enumerate(rows):
        lower = shards.lower[row]
        steps = lower.shape[1]
        out[k, :, :steps] = lower
        if rng.random() < 0.3 and steps > 8:
            width = int(rng.integers(1, steps // 6 + 1))
            place = int(rng.integers(0, steps - width))
            out[k, :, place : place + width] = 0
    return out, rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=Path(os.environ.get("TRAUM_CACHE", ".cache")))
    parser.add_argument("--start", default="restored.pt", help="own tower whose trunk is the beginning")
    parser.add_argument("--out", default="student.pt")
    parser.add_argument("--minutes", type=float, default=40)
    parser.add_argument("--batch", type=float, default=1000, help="steps of a batch, of 16 frames each")
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--student", help="weights of a student to go on from with a new schedule")
    parser.add_argument("--rank", type=int, default=0, help="this worker among --world; worker 0 reports and saves")
    parser.add_argument("--world", type=int, default=1, help="workers that average their weights every few steps")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    torch.set_flush_denormal(True)
    rng = np.random.default_rng([arguments.seed, arguments.rank])
    if arguments.world > 1:
        meeting = arguments.cache / f"meet-{arguments.out}"
        dist.init_process_group("gloo", init_method=f"file://{meeting}", rank=arguments.rank, world_size=arguments.world)
    own = AudioTower(arguments.width)
    own.load_state_dict(torch.load(arguments.cache / arguments.start)["state"])
    shards = Shards(arguments.cache / "answers", own)
    shards.refresh()

    student = Student(arguments.width)
    checkpoint = arguments.cache / f"{arguments.out}.checkpoint"
    begun = torch.load(arguments.cache / arguments.student) if arguments.student else None
    stored = torch.load(checkpoint, weights_only=False) if arguments.resume and checkpoint.exists() else None
    if begun is not None and stored is None:
        student.load_state_dict(begun["state"])
        scale = begun["scale"]
    elif stored is None:
        student.upper.load_state_dict(own.trunk[SHARED:].state_dict())
        student.frame.load_state_dict(own.frame.state_dict())
        student.attention.load_state_dict(own.attention.state_dict())
        # On which scale answers are learnt: fixed by the first shards.
        logits = np.maximum(shards.logits.astype(np.float32), LOWEST)
        features = shards.features.astype(np.float32)
        scale = {
            "logit_mean": torch.tensor(logits.mean(0)),
            "logit_std": torch.tensor(np.maximum(logits.std(0), 0.3)),
            "feature_mean": torch.tensor(features.mean(0)),
            "feature_std": torch.tensor(np.maximum(features.std(0), 1e-2)),
        }
    else:
        student.load_state_dict(stored["student"])
        scale = stored["scale"]
    student = student.to(memory_format=torch.channels_last)
    average = copy.deepcopy(student).eval()
    optimizer = torch.optim.AdamW(student.parameters(), lr=arguments.rate, weight_decay=0.01, betas=(0.9, 0.98))
    before, step = 0.0, 0
    if stored is not None:
        average.load_state_dict(stored["average"])
        optimizer.load_state_dict(stored["optimizer"])
        before, step = stored["elapsed"], stored["step"]
    mean, std = scale["logit_mean"].numpy(), scale["logit_std"].numpy()
    f_mean, f_std = scale["feature_mean"].numpy(), scale["feature_std"].numpy()

    ready: queue.Queue = queue.Queue(maxsize=4)

    def produce() -> None:
        while True:
            count = np.array(
                [((shards.steps > low) & (shards.steps <= high)).sum() for low, high in zip((0, *LENGTHS), LENGTHS, strict=False)]
            )
            share = count * np.array(LENGTHS) ** 0.7
            longest = int(rng.choice(LENGTHS, p=share / share.sum()))
            lower, rows = batch(shards, longest, int(min(128, arguments.batch // longest)), rng)
            logits = (np.maximum(shards.logits[rows].astype(np.float32), LOWEST) - mean) / std
            features = (shards.features[rows].astype(np.float32) - f_mean) / f_std
            ready.put(tuple(map(torch.from_numpy, (lower, shards.steps[rows], logits, features))))

    threading.Thread(target=produce, daemon=True).start()
    started, saved, refreshed, running = time.time(), 0.0, 0.0, None
    end = arguments.minutes * 60
    unused = torch.nn.Parameter(torch.zeros(1))
    while True:
        elapsed = before + time.time() - started
        if arguments.world > 1 and step % SYNC == 0:
            elapsed = meet(student, unused, elapsed, arguments.world)
            started = time.time() - elapsed + before
        if elapsed >= end and (arguments.world == 1 or step % SYNC == 0):
            break
        rate = arguments.rate * min(1.0, (step + 1) / 100) * (0.5 + 0.5 * np.cos(np.pi * elapsed / end))
        for group in optimizer.param_groups:
            group["lr"] = rate
        lower, steps, logits, features = ready.get()
        with torch.autocast("cpu", torch.bfloat16):
            hidden = student(lower.contiguous(memory_format=torch.channels_last), steps)
            said, felt = student.classes(hidden).float(), student.features(hidden).float()
        # What stands out in a sound counts more than the many classes that are as absent as ever.
        weight = 1 + torch.clamp(logits, 0, 4)
        loss_logits = (weight * F.smooth_l1_loss(said, logits, reduction="none", beta=1.0)).mean()
        centred = (F.normalize(said, dim=1) * F.normalize(logits, dim=1)).sum(1).mean()
        loss_features = F.smooth_l1_loss(felt, features)
        loss = loss_logits + (1 - centred) + 0.5 * loss_features
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(student.parameters(), 2.0)
        optimizer.step()
        step += 1
        if elapsed - refreshed > 60:
            refreshed = elapsed
            shards.refresh()
        if arguments.rank:
            continue
        keep = min(0.998, 1 - 1 / (step + 1)) if step > 10 else 0.0
        with torch.no_grad():
            for ours, theirs in zip(average.state_dict().values(), student.state_dict().values(), strict=True):
                if ours.dtype.is_floating_point:
                    ours.lerp_(theirs, 1 - keep)
        parts = np.array([loss_logits.item(), centred.item(), loss_features.item()])
        running = parts if running is None else 0.98 * running + 0.02 * parts
        if elapsed - saved > 60 or elapsed + 1 > end:
            saved = elapsed
            torch.save({"student": student.state_dict(), "average": average.state_dict(), "optimizer": optimizer.state_dict(),
                        "scale": scale, "elapsed": elapsed, "step": step, "width": arguments.width}, f"{checkpoint}.part")  # fmt: skip
            os.replace(f"{checkpoint}.part", checkpoint)
            print(f"{step} {elapsed:.0f}s pieces {len(shards.steps)} logits, cosine, features {running.round(4).tolist()}", flush=True)
    if arguments.rank:
        return
    torch.save({"state": average.state_dict(), "scale": scale, "width": arguments.width}, arguments.cache / arguments.out)


if __name__ == "__main__":
    main()
