"""Trains the audio tower onto the frozen text space. Writes audio.pt (averaged weights) to the cache.

Each step: a class-balanced batch of crops of one length, mixed and disturbed; its vectors are compared with every concept
and with a large bank of phrases, whose soft targets follow how close the texts are to the clip's own captions.
"""

from __future__ import annotations

import argparse
import collections
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
from tokenizers import Tokenizer

from audio_tower import AudioTower
from captions import load_lexicon
from dataset import Cutter, Disturber, all_clips
from evaluate import common_report, concept_report, dev_report
from text_tower import TextTower
from train_text import encode

SYNC = 4
LENGTHS = ((96, 0.42), (192, 0.3), (320, 0.18), (512, 0.1))


class Texts:
    """The frozen text tower, with everything it says remembered."""

    def __init__(self, cache: Path, weights: str = "text.pt") -> None:
        self.tokenizer = Tokenizer.from_file(str(cache / "tokenizer.json"))
        stored = torch.load(cache / weights)
        self.tower = TextTower(self.tokenizer.get_vocab_size(), layers=stored["layers"]).eval()
        self.tower.load_state_dict(stored["state"])

    @torch.no_grad()
    def __call__(self, texts: list[str]) -> torch.Tensor:
        return torch.cat([self.tower(*encode(self.tokenizer, texts[i : i + 512])) for i in range(0, len(texts), 512)])


# Synthesised effects and voices are only near the real thing: what was recorded counts more.
TRUST = {"synth:effects": 0.3, "synth:voices": 0.5, "synth:scenes": 0.7, "synth:music": 0.5, "synth:drums": 0.7}


def balance(clips: list) -> np.ndarray:
    """How often each clip is drawn: rare concepts more often than their number, recordings more than synthesis."""
    trust = np.array([TRUST.get(clip.origin, 1.0) for clip in clips])
    first = [(clip.labels.concepts or ["-"])[0] for clip in clips]
    total: dict[str, float] = collections.defaultdict(float)
    for name, value in zip(first, trust, strict=True):
        total[name] += value
    weight = trust * np.array([total[name] ** -0.65 for name in first])
    return weight / weight.sum()


@torch.no_grad()
def meet(tower: torch.nn.Module, scale: torch.nn.Parameter, elapsed: float, world: int) -> float:
    """Averages weights and running statistics over the workers -> the average of their clocks."""
    tensors = [t for t in tower.state_dict().values() if t.dtype.is_floating_point] + [scale.data]
    flat = torch.cat([t.reshape(-1) for t in tensors] + [torch.tensor([elapsed])])
    dist.all_reduce(flat)
    flat /= world
    at = 0
    for tensor in tensors:
        tensor.copy_(flat[at : at + tensor.numel()].view_as(tensor))
        at += tensor.numel()
    return flat[-1].item()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--audio", type=Path, default=Path(os.environ.get("TRAUM_AUDIO", "../../../shared/audio")))
    parser.add_argument("--cache", type=Path, default=Path(os.environ.get("TRAUM_CACHE", ".cache")))
    parser.add_argument("--out", default="audio.pt")
    parser.add_argument("--start", nargs="+", help="weights to start from; of several the average")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rank", type=int, default=0, help="this worker among --world; worker 0 reports and saves")
    parser.add_argument("--world", type=int, default=1, help="workers that average their weights every few steps")
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    torch.set_flush_denormal(True)  # decayed optimizer moments would otherwise make every step several times slower

    if arguments.world > 1:
        meeting = arguments.cache / f"meet-{arguments.out}"
        dist.init_process_group("gloo", init_method=f"file://{meeting}", rank=arguments.rank, world_size=arguments.world)
    lexicon = load_lexicon()
    texts = Texts(arguments.cache)
    clips, held = all_clips(arguments.cache)
    print(len(clips), "clips", collections.Counter(clip.origin for clip in clips).most_common(), flush=True)

    # The bank: every English phrase of the lexicon and every caption of the clips.
    names = list(lexicon)
    phrases = sorted({phrase for c in lexicon.values() for phrase in c.english})
    captions = sorted({caption for clip in clips for caption in clip.labels.captions} - set(phrases))
    bank_texts = phrases + captions
    place = {text: i for i, text in enumerate(bank_texts)}
    bank = texts(bank_texts)
    anchors = F.normalize(torch.stack([bank[[place[p] for p in lexicon[n].english[:6]]].mean(0) for n in names]), dim=1)
    row = {name: i for i, name in enumerate(names)}
    neighbours = F.softmax(anchors @ anchors.T / 0.06, dim=1)

    concept_target = torch.zeros(len(clips), len(names))
    for i, clip in enumerate(clips):
        for k, name in enumerate(clip.labels.concepts):
            concept_target[i, row[name]] = 1.0 if k == 0 else 0.6
    known = concept_target.sum(1) > 0
    concept_target[known] = concept_target[known] / concept_target[known].sum(1, keepdim=True)
    concept_target = 0.75 * concept_target + 0.25 * concept_target @ neighbours
    # A sound shows its own concepts and none of those that are not akin to them.
    shows = (concept_target > 0.1).float()
    akin = concept_target @ (anchors @ anchors.T > 0.4).float() > 0.05
    choices = []
    for clip in clips:
        own = [place[c] for c in clip.labels.captions]
        concept = [[place[p] for p in lexicon[n].english] for n in clip.labels.concepts]
        choices.append((own, concept))
    probability = balance(clips)

    tower = AudioTower(arguments.width).to(memory_format=torch.channels_last)
    if arguments.start:
        states = [torch.load(arguments.cache / name)["state"] for name in arguments.start]
        tower.load_state_dict({key: sum(state[key] for state in states) / len(states) for key in states[0]})
    average = copy.deepcopy(tower).eval()
    # Logarithm of the sharpness of comparisons, the same of yes-or-no answers, and what those start from.
    scale = torch.nn.Parameter(torch.tensor([2.7, 2.5, -4.0]))
    decayed = [p for p in tower.parameters() if p.ndim > 1]
    plain = [p for p in tower.parameters() if p.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.03}, {"params": [*plain, scale], "weight_decay": 0.0}], lr=arguments.rate
    )
    print(sum(p.numel() for p in tower.parameters()) / 1e6, "M parameters", flush=True)

    ready: queue.Queue = queue.Queue(maxsize=6)

    # Long crops only of clips that fill them: nothing is gained by convolving silence.
    durations = np.array([len(clip.mel) for clip in clips])
    shares = {}
    for frames, _ in LENGTHS:
        fits = probability * ((durations >= 0.45 * frames) | (frames == LENGTHS[0][0]))
        shares[frames] = fits / fits.sum()

    def produce() -> None:
        rng = np.random.default_rng([arguments.seed, arguments.rank])
        cutter, disturb = Cutter(clips, rng), Disturber(rng)
        while True:
            frames = int(rng.choice([n for n, _ in LENGTHS], p=[p for _, p in LENGTHS]))
            size = arguments.batch * 3 // 2 if frames < 200 else arguments.batch
            chosen = rng.choice(len(clips), size, p=shares[frames], replace=False)
            mel, lengths, partner, weight = disturb(*cutter.batch(chosen, frames))
            said = []
            for i in chosen:
                own, concept = choices[i]
                if own and (not concept or rng.random() < 0.4):
                    said.append(own[rng.integers(len(own))])
                else:
                    options = concept[min(int(rng.exponential(0.8)), len(concept) - 1)]
                    said.append(options[min(int(rng.exponential(len(options) / 2.5)), len(options) - 1)])
            ready.put((mel, lengths, chosen, partner, weight, said))

    threading.Thread(target=produce, daemon=True).start()
    started, step, running, reported = time.time(), 0, None, 0.0
    end = arguments.minutes * 60
    while True:
        elapsed = time.time() - started
        if arguments.world > 1 and step % SYNC == 0:
            # Workers train on their own batches and meet every few steps to average what they have learnt.
            elapsed = meet(tower, scale, elapsed, arguments.world)
            started = time.time() - elapsed
        if elapsed >= end and (arguments.world == 1 or step % SYNC == 0):
            break
        done = min(1.0, elapsed / end)
        warm = min(1.0, (step + 1) / 200)
        rate = arguments.rate * warm * (0.5 + 0.5 * np.cos(np.pi * done))
        for group in optimizer.param_groups:
            group["lr"] = rate
        mel, lengths, chosen, partner, weight, said = ready.get()
        x = mel[:, None].contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            vector = tower(x, lengths)
        factor = torch.clamp(scale[0].exp(), max=40.0)
        weight = weight[:, None]

        concept = concept_target[chosen]
        valid = known[chosen].float()
        concept = weight * concept + (1 - weight) * concept[partner]
        both = valid * torch.where(weight[:, 0] < 1, valid[partner], torch.ones_like(valid))
        loss_concept = (-(concept * F.log_softmax(factor * vector @ anchors.T, dim=1)).sum(1) * both).sum() / both.sum()

        caption = bank[said]
        near = F.softmax(caption @ bank.T / 0.07, dim=1)
        near = weight * near + (1 - weight) * near[partner]
        loss_bank = -(near * F.log_softmax(factor * vector @ bank.T, dim=1)).sum(1).mean()

        goal = F.normalize(weight * caption + (1 - weight) * caption[partner], dim=1)
        loss_near = (1 - (vector * goal).sum(1)).mean()
        # Text -> audio: each caption must find its own clip within the batch.
        back = factor * caption @ vector.T
        same = F.softmax(caption @ caption.T / 0.05, dim=1)
        loss_back = -(same * F.log_softmax(back, dim=1)).sum(1).mean()

        # Yes or no, for every concept on one scale: what honest relevance needs.
        answer = torch.clamp(scale[1].exp(), max=40.0) * (vector @ anchors.T) + scale[2]
        mixed = weight < 1
        yes = torch.maximum(shows[chosen], shows[partner] * mixed)
        near_yes = akin[chosen] | (akin[partner] & mixed)
        wrong = F.binary_cross_entropy_with_logits(answer, yes, reduction="none")
        wrong = wrong * torch.where(yes > 0, 2.0, (~near_yes).float())
        loss_answer = (wrong.sum(1) * both).sum() / both.sum()

        loss = loss_concept + loss_bank + loss_near + 0.5 * loss_back + 0.3 * loss_answer
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(tower.parameters(), 2.0)
        optimizer.step()
        step += 1
        if arguments.rank:
            continue
        keep = min(0.998, 1 - 1 / (step + 1)) if step > 10 else 0.0
        with torch.no_grad():
            for ours, theirs in zip(average.state_dict().values(), tower.state_dict().values(), strict=True):
                if ours.dtype.is_floating_point:
                    ours.lerp_(theirs, 1 - keep)
        parts = torch.stack([loss_concept, loss_bank, loss_near, loss_back, loss_answer]).detach()
        running = parts if running is None else 0.98 * running + 0.02 * parts
        if elapsed - reported > max(60.0, min(240.0, end / 12)):
            reported = elapsed
            report = dev_report(average, texts, arguments.cache, arguments.audio)
            report += " | " + concept_report(average, held, anchors, names) + " | " + common_report(average, texts, held)
            print(f"{step} {elapsed:.0f}s loss {[round(v, 3) for v in running.tolist()]} scale {factor.item():.1f} {report}", flush=True)
            torch.save({"state": average.state_dict(), "width": arguments.width}, arguments.cache / arguments.out)
    if arguments.rank:
        return
    torch.save({"state": average.state_dict(), "width": arguments.width}, arguments.cache / arguments.out)
    report = dev_report(average, texts, arguments.cache, arguments.audio)
    print(f"final {step} steps: {report} | {concept_report(average, held, anchors, names)}", flush=True)


if __name__ == "__main__":
    main()
