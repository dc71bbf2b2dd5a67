"""Trains the second tower: it learns to answer as the audio teacher does (listener.py, answers.py --pieces).

First (`--apart`) its stages by themselves: each is given what the teacher says at one place, out of our bands, and learns what the
teacher says at the next; `--stages 0:5` and `5:15` are two such trainings side by side. Then the head, out of the teacher's own
frames. Then all of it together (`--still 2`: the first two stages, which cost half the time, stay as they are): the teacher's 527 logits (what
lies far below likely counts as silence) and features, features of every 320 ms and two hints from half-way. Reads whatever pieces
there are. `--resume` goes on from the last checkpoint; `--world 2 --rank 0` and `--rank 1` share one training.
"""

from __future__ import annotations

import argparse
import copy
import os
import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import nn

from answers import HINT_STEPS, RANGE_DB, unpacked
from listener import LOW_BLOCK, LOWEST, MIDDLE_BLOCK, Listener
from student import FEATURES, PLACES, SHORTEST, Student, floors

STEP = 32
"""Frames in a step of the last stage."""
LENGTHS = (2, 3, 4, 6, 8, 12, 16, 24, 32)
"""Longest pieces of a batch, in such steps."""
ALIKE = ((2, 3), (4, 5, 6), (7, 8, 9, 10), (11, 12), (13, 14, 15), (16,))
"""Places that are on one scale, because the later ones add to the first."""
LOW, MIDDLE = PLACES.index(LOW_BLOCK), PLACES.index(MIDDLE_BLOCK)
"""Stages that the two hints are about."""
SETTLED = 400
"""Steps after which the stages' normalisation stays as it is: what small batches have by chance is noise."""
PARTS = ("logits", "cosine", "features", "frames", "low", "middle")


class Shard:
    """Pieces of one file of answers.py."""

    def __init__(self, path: Path) -> None:
        self.values = dict(np.load(path))
        self.length = self.values["length"]
        self.start = {frames: np.concatenate([[0], np.cumsum(-(-self.length // frames))]) for frames in (1, 8, 16, STEP)}

    def __getitem__(self, at: tuple[str, int, int]) -> np.ndarray:
        name, frames, piece = at
        return self.values[name][self.start[frames][piece] : self.start[frames][piece + 1]]


class Pieces:
    """Some of the shards, by length of pieces."""

    def __init__(self, folder: Path, most: int, rng: np.random.Generator) -> None:
        paths = sorted(folder.glob("piece-*.npz"))
        self.shards = [Shard(paths[i]) for i in rng.permutation(len(paths))[:most]]
        self.of = np.concatenate([np.full(len(shard.length), i) for i, shard in enumerate(self.shards)])
        self.piece = np.concatenate([np.arange(len(shard.length)) for shard in self.shards])
        group = np.searchsorted(LENGTHS, -(-np.concatenate([shard.length for shard in self.shards]) // STEP))
        self.groups = [np.flatnonzero(group == k) for k in range(len(LENGTHS))]

    def rows(self, seconds: float, rng: np.random.Generator, least: int = 0) -> list[tuple[Shard, int]]:
        """Pieces of about the same length, none of a group below `least` steps; short ones more often than their share of the time."""
        share = np.array([len(group) for group in self.groups]) * np.array(LENGTHS) ** 0.45 * (np.array(LENGTHS) >= least)
        at = int(rng.choice(len(LENGTHS), p=share / share.sum()))
        count = max(4, int(seconds * 100 / STEP / max(LENGTHS[at], SHORTEST / STEP)))
        rows = rng.choice(self.groups[at], min(len(self.groups[at]), count), replace=False)
        return [(self.shards[self.of[row]], self.piece[row]) for row in rows]

    def crops(self, seconds: float, rng: np.random.Generator) -> dict[str, torch.Tensor]:
        """Log-mels of equal length."""
        mels = [shard["mel", 1, piece] for shard, piece in self.rows(seconds, rng, least=12)]
        length = min(map(len, mels)) // STEP * STEP
        starts = [rng.integers(0, len(mel) - length + 1) for mel in mels]
        return {"mel": decibels(np.stack([mel[at : at + length] for mel, at in zip(mels, starts, strict=True)]))}

    def batch(self, seconds: float, rng: np.random.Generator) -> dict[str, torch.Tensor]:
        """Whole pieces with their answers; those that are repeated have no hints."""
        rows = self.rows(seconds, rng)
        mels = [shard["mel", 1, piece] for shard, piece in rows]
        lengths = np.array([max(len(mel), SHORTEST) for mel in mels])
        hinted = np.where([len(mel) >= SHORTEST for mel in mels], lengths, 0)
        steps = -(-lengths.max() // STEP)
        out = {
            "mel": np.zeros((len(rows), lengths.max(), 64), np.uint8), "frames": np.zeros((len(rows), steps, FEATURES), np.float32),
            "low": np.full((len(rows), steps * 4, 8, 16), 128, np.uint8), "middle": np.full((len(rows), steps * 2, 8, 48), 128, np.uint8),
        }  # fmt: skip
        for k, (shard, piece) in enumerate(rows):
            out["mel"][k, : lengths[k]] = mels[k][np.arange(lengths[k]) % len(mels[k])]
            for name, frames in (("frames", STEP), ("low", 8), ("middle", 16)):
                if hinted[k]:
                    values = shard[name, frames, piece]
                    out[name][k, : len(values)] = values
        for name in ("logits", "features"):
            out[name] = np.stack([shard.values[name][piece] for shard, piece in rows]).astype(np.float32)
        mel = decibels(out.pop("mel"))
        return {"mel": mel, "length": torch.from_numpy(lengths), "hinted": torch.from_numpy(hinted)} | {
            k: torch.from_numpy(v) for k, v in out.items()
        }


def decibels(mel: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(mel)[:, None].float().mul_(RANGE_DB / 255).sub_(RANGE_DB).contiguous(memory_format=torch.channels_last)


def scale_of(pieces: Pieces) -> dict[str, torch.Tensor]:
    """On which scale answers are learnt: fixed by the first pieces."""
    scale = {}
    for name, least in (("logits", 0.3), ("features", 1e-2), ("frames", 1e-2)):
        values = np.concatenate([shard.values[name] for shard in pieces.shards[:10]]).astype(np.float32)
        values = np.maximum(values, LOWEST) if name == "logits" else values
        scale |= {f"{name}_mean": torch.tensor(values.mean(0)), f"{name}_std": torch.tensor(np.maximum(values.std(0), least))}
    return scale


def fit_bands(student: Student, listener: Listener, waves: list[np.ndarray], log_mel: Callable) -> None:
    """The student's 128 bands out of our 64: what comes nearest to the teacher's, in closed form."""
    ours, theirs = [], []
    for wave in waves:
        mel, bands = unpacked_range(log_mel(wave)), listener.bands(wave)
        length = min(len(mel), len(bands))
        ours.append(floors(torch.from_numpy(mel[:length])).numpy())
        theirs.append(bands[:length])
    x = np.concatenate(ours)
    x, y = np.concatenate([x, np.ones((len(x), 1))], 1), np.concatenate(theirs)
    weight = np.linalg.solve(x.T @ x + 10 * np.eye(x.shape[1]), x.T @ y)
    with torch.no_grad():
        student.bands.weight.copy_(torch.from_numpy(weight[:-1].T))
        student.bands.bias.copy_(torch.from_numpy(weight[-1]))


def unpacked_range(mel: np.ndarray) -> np.ndarray:
    return np.clip(mel - mel.max(), -RANGE_DB, 0).astype(np.float32)


class Middles:
    """What the teacher says on the way, out of the student's bands, on the scale that its hints are kept on."""

    def __init__(self, listener: Listener) -> None:
        self.blocks = listener.front.net.features.eval()
        self.scale: list[tuple[torch.Tensor, torch.Tensor]] = []

    def measure(self, student: Student, batches: list[torch.Tensor], hints: dict[str, np.ndarray]) -> None:
        said = [self.raw(student, mel) for mel in batches]
        for group in ALIKE:
            last = PLACES.index(group[-1])
            values = torch.cat([one[last].permute(0, 2, 3, 1).flatten(0, 2) for one in said])
            scale = (values.mean(0), values.std(0).clamp_min(1e-3))
            for stage, name in ((LOW, "low"), (MIDDLE, "middle")):
                if last == stage:
                    scale = tuple(torch.tensor(hints[f"{name}_{moment}"]).float() for moment in ("mean", "std"))
            self.scale += [scale] * len(group)
        # The last one says features, which keep their zero.
        self.scale[-1] = (torch.zeros_like(self.scale[-1][0]), self.scale[-1][1])

    @torch.no_grad()
    def raw(self, student: Student, mel: torch.Tensor, last: int = PLACES[-1]) -> list[torch.Tensor]:
        x = student.spectrum(mel).transpose(2, 3).contiguous(memory_format=torch.channels_last)
        said = []
        for place, block in enumerate(self.blocks[: last + 1]):
            x = block(x)
            if place in PLACES:
                said.append(x.transpose(2, 3))
        return said

    def loss(self, student: Student, batch: dict[str, torch.Tensor], stages: range) -> tuple[torch.Tensor, list[float]]:
        """Each stage's mean square error, in shares of the variance of what its block changes."""
        theirs = [
            (x - mean[None, :, None, None]) / std[None, :, None, None]
            for x, (mean, std) in zip(self.raw(student, batch["mel"], PLACES[stages[-1]]), self.scale, strict=False)
        ]
        losses = []
        for place in stages:
            x = theirs[place - 1] if place else student.spectrum(batch["mel"])
            target, block = theirs[place], student.stages[place].block
            ours = student.stages[place](x.contiguous(memory_format=torch.channels_last))
            if place == len(PLACES) - 1:
                ours = ours / self.scale[-1][1][None, :, None, None]
            changed = target - x if block and block.same else target
            losses.append((ours - target)[:, :, 2:-2].pow(2).mean() / changed.var())
        return sum(losses), [loss.item() for loss in losses]


def settled(student: Student) -> None:
    """Keeps the normalisation as it is."""
    for module in student.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()


def ground(path: Path, student: Student, pieces: Pieces, cache: Path, listener: Listener, middles: Middles, seconds: float) -> None:
    """What all stages stand on, made once: the bands, and the scale of what the teacher says on the way."""
    if not path.exists():
        from answers import Recordings, Waves
        from features import log_mel

        waves = Waves(Recordings(cache), np.random.default_rng(0))
        fit_bands(student, listener, [waves() for _ in range(120)], log_mel)
        rng = np.random.default_rng(0)
        middles.measure(student, [pieces.crops(seconds, rng)["mel"] for _ in range(12)], dict(np.load(cache / "hints.npz")))
        torch.save({"bands": student.bands.state_dict(), "scale": middles.scale}, path)
    stored = torch.load(path, weights_only=False)
    student.bands.load_state_dict(stored["bands"])
    middles.scale = stored["scale"]


def answers_loss(said: torch.Tensor, logits: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """What stands out in a sound counts more than the many classes that are as absent as ever."""
    of_logits = ((1 + torch.clamp(logits, 0, 4)) * F.smooth_l1_loss(said, logits, reduction="none")).mean()
    return of_logits, F.cosine_similarity(said, logits).mean()


def learn_head(student: Student, felt: nn.Linear, pieces: Pieces, scale: dict[str, torch.Tensor], steps: int = 1200) -> None:
    """The head by itself, out of the teacher's frames."""
    pooled = []
    for shard in pieces.shards:
        begins, frames = shard.start[STEP][:-1], shard.values["frames"].astype(np.float32)
        counts = np.diff(shard.start[STEP])[:, None].astype(np.float32)
        pooled.append(np.concatenate([np.add.reduceat(frames, begins) / counts, np.maximum.reduceat(frames, begins)], 1))
    x = torch.from_numpy(np.concatenate(pooled))
    wanted = {
        name: standard(torch.from_numpy(np.concatenate([shard.values[name] for shard in pieces.shards])), name, scale)
        for name in ("logits", "features")
    }
    parameters = [*student.hidden.parameters(), *student.classes.parameters(), *felt.parameters()]
    optimizer = torch.optim.AdamW(parameters, weight_decay=0.01)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = 2e-3 * min(1, (step + 1) / 100) * (0.51 + 0.49 * np.cos(np.pi * step / steps))
        rows = torch.randint(0, len(x), (256,))
        hidden = student.hidden(x[rows])
        of_logits, cosine = answers_loss(student.classes(hidden), wanted["logits"][rows])
        loss = of_logits + 1.5 * (1 - cosine) + 0.5 * F.smooth_l1_loss(felt(hidden), wanted["features"][rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"head: cosine {cosine.item():.3f}", flush=True)


def standard(values: torch.Tensor, name: str, scale: dict[str, torch.Tensor]) -> torch.Tensor:
    values = values.float()
    return ((torch.clamp(values, min=LOWEST) if name == "logits" else values) - scale[f"{name}_mean"]) / scale[f"{name}_std"]


def whole_loss(
    student: Student, felt: nn.Linear, batch: dict[str, torch.Tensor], scale: dict[str, torch.Tensor], hinted: float, still: int
) -> tuple[torch.Tensor, list[float]]:
    mel = batch["mel"]
    # A little equaliser.
    curve = F.interpolate(torch.randn(len(mel), 1, 5), 64, mode="linear", align_corners=True)[:, :, None]
    mel = torch.where(mel > 0.1 - RANGE_DB, mel + curve, mel)
    x, said = student.spectrum(mel), []
    for place, stage in enumerate(student.stages):
        with torch.set_grad_enabled(place >= still):
            x = stage(x, batch["length"])
        said.append(x)
    hidden = student.hidden(student.pool(x, batch["length"]))
    of_logits, cosine = answers_loss(student.classes(hidden), standard(batch["logits"], "logits", scale))
    of_features = F.smooth_l1_loss(felt(hidden), standard(batch["features"], "features", scale))

    def of_hint(ours: torch.Tensor, theirs: torch.Tensor, every: int) -> torch.Tensor:
        times = min(ours.shape[1], theirs.shape[1])
        real = (torch.arange(times)[None] < -(-batch["hinted"] // every)[:, None]).float()
        errors = F.smooth_l1_loss(ours[:, :times], theirs[:, :times], reduction="none").flatten(2).mean(2)
        return (errors * real).sum() / real.sum().clamp_min(1)

    std = scale["frames_std"]
    of_frames = of_hint(x.mean(3).transpose(1, 2) / std, batch["frames"] / std, STEP)
    of_low = of_hint(F.avg_pool2d(said[LOW], (1, 2)).permute(0, 2, 3, 1), (batch["low"].float() - 128) / HINT_STEPS, 8)
    of_middle = of_hint(said[MIDDLE].permute(0, 2, 3, 1), (batch["middle"].float() - 128) / HINT_STEPS, 16)
    loss = of_logits + 1.5 * (1 - cosine) + 0.5 * of_features + hinted**0.5 * of_frames + hinted * (0.5 * of_low + 0.8 * of_middle)
    return loss, [part.item() for part in (of_logits, cosine, of_features, of_frames, of_low, of_middle)]


class Watch:
    """How near a student comes to the teacher on sources that are not trained on: the mean cosine of centred logits."""

    def __init__(self, folder: Path) -> None:
        shards = [Shard(path) for path in sorted(folder.glob("watched-*.npz"))[:2]]
        self.heard = [
            (shard["mel", 1, i], shard.values["logits"][i].astype(np.float32)) for shard in shards for i in range(len(shard.length))
        ]

    @torch.no_grad()
    def __call__(self, student: Student, scale: dict[str, torch.Tensor]) -> float:
        cosines = []
        for mel, logits in self.heard:
            mel = unpacked(mel)
            said = student.classes(student(torch.from_numpy(mel[np.arange(max(len(mel), SHORTEST)) % len(mel)])[None, None]))[0]
            wanted = torch.from_numpy(np.maximum(logits, LOWEST)) - scale["logits_mean"]
            cosines.append(F.cosine_similarity(said * scale["logits_std"], wanted, dim=0).item())
        return float(np.mean(cosines)) if cosines else float("nan")


def together(parameters: list[nn.Parameter], world: int) -> None:
    """The mean of all workers' gradients."""
    flat = torch.cat([parameter.grad.flatten() for parameter in parameters])
    dist.all_reduce(flat)
    for parameter, grad in zip(parameters, flat.div_(world).split([p.numel() for p in parameters]), strict=True):
        parameter.grad.copy_(grad.view_as(parameter))


def of_first(value: float, world: int) -> float:
    """What the first worker says, so that all stop together."""
    said = torch.tensor([value], dtype=torch.float64)
    if world > 1:
        dist.broadcast(said, 0)
    return said.item()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=Path(os.environ.get("TRAUM_CACHE", ".cache")))
    parser.add_argument("--apart", action="store_true", help="the stages by themselves, from nothing")
    parser.add_argument("--stages", default=f"0:{len(PLACES)}", help="with --apart: which of them")
    parser.add_argument(
        "--start", nargs="+", default=["apart.pt"], help="without --apart: what it begins as; files of several stages are joined"
    )
    parser.add_argument("--out", default="student.pt")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seconds", type=float, default=60, help="of sound in a batch")
    parser.add_argument("--rate", type=float, default=1.5e-3, help="of learning; 3e-3 for --apart")
    parser.add_argument("--most", type=int, default=150, help="shards in memory")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument(
        "--still", type=int, default=2, help="without --apart: so many first stages stay as they were taught apart; 0: not even the bands"
    )
    parser.add_argument("--world", type=int, default=1, help="how many share one training")
    parser.add_argument("--rank", type=int, default=0)
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    cache, rng = arguments.cache, np.random.default_rng([arguments.seed, arguments.rank])
    if arguments.world > 1:
        dist.init_process_group("gloo", "tcp://127.0.0.1:29411", rank=arguments.rank, world_size=arguments.world)
    pieces, watch = Pieces(cache / "pieces", arguments.most, rng), Watch(cache / "pieces")
    student, felt = Student(), nn.Linear(640, FEATURES)
    student = student.to(memory_format=torch.channels_last)
    checkpoint = cache / f"{arguments.out}.checkpoint"
    stored = torch.load(checkpoint, weights_only=False) if arguments.resume and checkpoint.exists() else None
    starts = [] if arguments.apart else arguments.start
    begun = [stored] if stored else [torch.load(cache / name, weights_only=False) for name in starts]
    for one in begun:
        student.load_state_dict(one["student"], strict=False)
        felt.load_state_dict(one["felt"])
    scale = begun[0]["scale"] if begun else scale_of(pieces)
    if arguments.apart:
        listener = Listener(cache)
        middles, stages = Middles(listener), range(len(PLACES))[slice(*map(int, arguments.stages.split(":")))]
        ground(cache / "ground.pt", student, pieces, cache, listener, middles, arguments.seconds)
        learning = nn.ModuleList(student.stages[place] for place in stages)
        draw, loss_of = pieces.crops, lambda batch, left: middles.loss(student, batch, stages)
    else:
        if not begun[0].get("whole"):
            learn_head(student, felt, pieces, scale)
        learning = nn.ModuleList([*student.stages[arguments.still :], student.hidden, student.classes, felt])
        if not arguments.still:
            learning.append(student.bands)
        draw = pieces.batch
        loss_of = lambda batch, left: whole_loss(student, felt, batch, scale, 0.15 + 0.85 * left, arguments.still)  # noqa: E731
    student.requires_grad_(False)
    learning.requires_grad_(True)
    parameters = list(learning.parameters())
    if arguments.world > 1:
        for parameter in parameters:
            dist.broadcast(parameter.data, 0)
    average = copy.deepcopy(student).eval()
    optimizer = torch.optim.AdamW(parameters, lr=arguments.rate, weight_decay=0.01, betas=(0.9, 0.98))
    before, step = 0.0, 0
    if stored:
        average.load_state_dict(stored["average"])
        optimizer.load_state_dict(stored["optimizer"])
        before, step = stored["elapsed"], stored["step"]

    ready: queue.Queue = queue.Queue(maxsize=3)

    def produce() -> None:
        while True:
            ready.put(draw(arguments.seconds, rng))

    threading.Thread(target=produce, daemon=True).start()
    started, saved, watched, running = time.time(), 0.0, before, None
    end = arguments.minutes * 60
    while (elapsed := of_first(before + time.time() - started, arguments.world)) < end:
        left = 0.5 + 0.5 * np.cos(np.pi * elapsed / end)
        for group in optimizer.param_groups:
            group["lr"] = arguments.rate * min(1.0, (step + 1) / 100) * (0.02 + 0.98 * left)
        student.eval()
        learning.train()
        if step >= SETTLED or not arguments.apart:
            settled(student)
        loss, parts = loss_of(ready.get(), left)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if arguments.world > 1:
            together(parameters, arguments.world)
        torch.nn.utils.clip_grad_norm_(parameters, 3.0)
        optimizer.step()
        step += 1
        keep = min(0.998, 1 - 1 / (step / 3 + 1))
        with torch.no_grad():
            for ours, theirs in zip(average.state_dict().values(), student.state_dict().values(), strict=True):
                if ours.dtype.is_floating_point:
                    ours.lerp_(theirs, 1 - keep)
        running = np.array(parts) if running is None else 0.97 * running + 0.03 * np.array(parts)
        if arguments.rank:
            continue
        if elapsed - saved > 60 or elapsed + 2 > end:
            saved = elapsed
            torch.save({"student": student.state_dict(), "felt": felt.state_dict(), "average": average.state_dict(), "scale": scale,
                        "optimizer": optimizer.state_dict(), "elapsed": elapsed, "step": step, "whole": not arguments.apart}, f"{checkpoint}.part")  # fmt: skip
            os.replace(f"{checkpoint}.part", checkpoint)
            print(f"{step} {elapsed:.0f}s {'stages' if arguments.apart else ', '.join(PARTS)} {running.round(4).tolist()}", flush=True)
        if not arguments.apart and elapsed - watched > 240:
            watched = elapsed
            print(f"cosine to the teacher on sources left out: {watch(average, scale):.4f}", flush=True)
    # Stages that learn by themselves are not averaged: their last steps are small.
    state = student.state_dict() if arguments.apart else average.state_dict()
    if arguments.apart:
        state = {name: value for name, value in state.items() if name.startswith(("bands", *(f"stages.{place}." for place in stages)))}
    torch.save({"student": state, "felt": felt.state_dict(), "scale": scale, "whole": not arguments.apart}, cache / arguments.out)


if __name__ == "__main__":
    main()
