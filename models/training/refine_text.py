"""Teaches the text tower what people say instead of a sound's plain name. Reads and writes text.pt in the cache.

`paraphrases.txt` and `wishes.txt` have, for every concept of the lexicon and every class of the audio teacher, descriptions, synonyms,
archive labels and what is typed into search boxes, in English and German. Each is drawn towards the place that the plain names have already; what the tower says of all
other texts stays as it was, so that sounds need not be embedded again and no sentence encoder is asked.
"""

from __future__ import annotations

import argparse
import copy
import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

from captions import load_lexicon
from memory import class_texts
from teacher import audiocaps, kinds, ontology, wordnet
from text_tower import TextTower
from train_audio import Texts
from train_text import ENGLISH, GERMAN, encode, plural, typo

HERE = Path(__file__).parent
OWN = 0.2
"""How much of what a paraphrase meant before stays in its target."""
PARAPHRASED = 0.5
"""Share of paraphrases among what is drawn; the others are texts whose place must not change."""
KEPT = {"phrases": 0.3, "names": 0.25, "captions": 0.2, "words": 0.15, "glosses": 0.1}
"""How often which of these are drawn."""
ALIKE = 4
"""So many batches are drawn at once and sorted by length, because a batch takes as long as its longest text."""
DROPPED = 0.2
"""Share of words that are left out of every second paraphrase: what is said hangs on no single one."""
WATCHED = 7
"""Every seventh text of `paraphrases.txt` is only there to watch how far unseen ones come."""


@dataclass
class Meaning:
    """What a line of paraphrases.txt is about: its place in the text space and the texts that shall come there."""

    name: str
    place: torch.Tensor
    english: list[str]
    german: list[str]


Said = dict[str, tuple[list[str], list[str]]]
"""English and German texts by concept (`concept`) or class (`=class`)."""


def paraphrases(path: Path) -> Said:
    found = {}
    for line in path.read_text().splitlines():
        if line and not line.startswith("#"):
            name, _, rest = line.partition(": ")
            english, _, german = rest.partition(" | ")
            found[name] = tuple([text.strip() for text in part.split(";") if text.strip()] for part in (english, german))
    return found


def meanings(texts: Texts, text_dir: Path, said: Said) -> list[Meaning]:
    lexicon = load_lexicon()
    found = []
    for name, concept in lexicon.items():
        if name in said:
            place = F.normalize(texts(concept.english[:6]).mean(0), dim=0)
            found.append(Meaning(name, place, *said[name]))
    for name, description in zip(*class_texts(text_dir), strict=True):
        if f"={name}" in said:
            place = F.normalize(0.9 * texts([name])[0] + 0.1 * texts([description])[0], dim=0)
            found.append(Meaning(f"={name}", place, *said[f"={name}"]))
    return found


class Drawn:
    """Draws (text, target): half paraphrases, half what must not change. All of `wishes` is taught."""

    def __init__(self, texts: Texts, about: list[Meaning], wishes: Said, text_dir: Path, seed: int) -> None:
        self.rng, apart = random.Random(seed), random.Random(0)
        self.watched: list[tuple[str, int]] = []
        self.taught: list[tuple[str, int, bool]] = []
        for place, meaning in enumerate(about):
            for german, own in ((False, meaning.english), (True, meaning.german)):
                for text in own:
                    if apart.randrange(WATCHED) == 0:
                        self.watched.append((text, place))
                    else:
                        self.taught.append((text, place, german))
            for german, own in zip((False, True), wishes.get(meaning.name, ([], [])), strict=True):
                self.taught += [(text, place, german) for text in own]
        before = torch.cat([texts([text for text, *_ in self.taught[i : i + 512]]) for i in range(0, len(self.taught), 512)])
        goal = torch.stack([about[place].place for _, place, _ in self.taught])
        self.goals = F.normalize((1 - OWN) * goal + OWN * before, dim=1)
        lexicon = load_lexicon()
        phrases = [
            (phrase, language) for c in lexicon.values() for language, own in ((ENGLISH, c.english), (GERMAN, c.german)) for phrase in own
        ]
        lemmas, glosses = wordnet()
        entries = ontology(text_dir)
        self.kept = {
            "phrases": [self.rng.choice(frames).format(phrase) for phrase, frames in phrases for _ in range(4)],
            "names": [phrase for phrase, _ in phrases] + [word for word, _ in kinds()] + [entry["name"] for entry in entries],
            "captions": audiocaps(text_dir)[::2],
            "words": lemmas,
            "glosses": [*glosses[::4], *[entry["description"] for entry in entries if entry["description"]]],
        }
        self.said = {key: texts(own) for key, own in self.kept.items()}

    def one(self) -> tuple[str, torch.Tensor, int]:
        rng = self.rng
        if rng.random() < PARAPHRASED:
            at = rng.randrange(len(self.taught))
            text, place, german = self.taught[at]
            if rng.random() < 0.12:
                text = rng.choice(GERMAN if german else ENGLISH).format(text)
            if not german and rng.random() < 0.05:
                text = plural(text)
            if rng.random() < 0.05:
                text = typo(text, rng)
            if rng.random() < 0.5:
                text = " ".join([word for word in text.split() if rng.random() > DROPPED] or [text])
            return text, self.goals[at], place
        key = rng.choices(list(KEPT), KEPT.values())[0]
        at = rng.randrange(len(self.kept[key]))
        return self.kept[key][at], self.said[key][at], -1

    def batches(self, tokenizer: Tokenizer, size: int) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]]:
        """-> ids, mask, goals and places (-1: must not change), each for texts of about the same length."""
        while True:
            drawn = [self.one() for _ in range(ALIKE * size)]
            lengths = [len(encoded.ids) for encoded in tokenizer.encode_batch([text for text, *_ in drawn])]
            order = sorted(range(len(drawn)), key=lengths.__getitem__)
            parts = [order[at : at + size] for at in range(0, len(order), size)]
            self.rng.shuffle(parts)
            for part in parts:
                texts, goals, places = zip(*(drawn[at] for at in part), strict=True)
                yield (*encode(tokenizer, list(texts)), torch.stack(goals), torch.tensor(places))


@torch.no_grad()
def deepened(tower: TextTower, layers: int) -> TextTower:
    """The same tower with further layers, which add nothing yet."""
    deep = TextTower(tower.tokens.num_embeddings, layers=max(layers, len(tower.blocks)))
    deep.load_state_dict(deep.state_dict() | tower.state_dict())
    for block in deep.blocks[len(tower.blocks) :]:
        for last in (block.out, block.down):
            last.weight.zero_()
            last.bias.zero_()
    return deep


@torch.no_grad()
def report(texts: Texts, drawn: Drawn, places: torch.Tensor, kin: torch.Tensor) -> str:
    """Among all concepts and classes: the right one (or one that means the same) first, or in five."""
    scores = texts([text for text, _ in drawn.watched]) @ places.T
    right = kin[torch.tensor([place for _, place in drawn.watched])]
    best = scores.topk(5, dim=1).indices
    hit = right.gather(1, best)
    kept = {key: (texts(own[:400]) * drawn.said[key][:400]).sum(1).mean().item() for key, own in drawn.kept.items()}
    return f"unseen: first {hit[:, 0].float().mean():.3f} five {hit.any(1).float().mean():.3f} | kept " + " ".join(
        f"{key} {value:.3f}" for key, value in kept.items()
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--text", type=Path, default=Path(os.environ.get("TRAUM_TEXT", "../../../shared/text")))
    parser.add_argument("--cache", type=Path, default=Path(os.environ.get("TRAUM_CACHE", ".cache")))
    parser.add_argument("--paraphrases", type=Path, default=HERE / "paraphrases.txt")
    parser.add_argument("--wishes", type=Path, default=HERE / "wishes.txt")
    parser.add_argument("--layers", type=int, default=1, help="of the tower; those that it lacks begin as doing nothing")
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--batch", type=int, default=192)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument(
        "--mean",
        action="append",
        default=[],
        help="WEIGHTS=SHARE: weights that count so much in what is written, where they have such a layer; less is forgotten",
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="of what is drawn: weights of several seeds can be averaged, because they begin alike"
    )
    parser.add_argument("--out", default="text.pt")
    arguments = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    texts = Texts(arguments.cache)
    about = meanings(texts, arguments.text, paraphrases(arguments.paraphrases))
    places = torch.stack([meaning.place for meaning in about])
    kin = places @ places.T > 0.8
    neighbours = F.softmax(places @ places.T / 0.05, dim=1)
    drawn = Drawn(texts, about, paraphrases(arguments.wishes), arguments.text, arguments.seed)
    print(len(about), "meanings,", len(drawn.taught), "paraphrases; before:", report(texts, drawn, places, kin), flush=True)
    tower = deepened(texts.tower, arguments.layers).train()
    texts.tower = copy.deepcopy(tower).eval()
    others = [(torch.load(arguments.cache / name)["state"], float(share)) for name, share in (one.split("=") for one in arguments.mean)]
    taught = 1 - sum(share for _, share in others)
    optimizer = torch.optim.AdamW(tower.parameters(), lr=arguments.rate, weight_decay=0.01, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, arguments.rate, total_steps=arguments.steps, pct_start=0.1)
    started = time.time()
    for step, (ids, mask, goal, place) in zip(range(arguments.steps), drawn.batches(texts.tokenizer, arguments.batch), strict=False):
        with torch.autocast("cpu", torch.bfloat16):
            vector = tower(ids, mask)
        vector = F.normalize(vector.float(), dim=1)
        known = place >= 0
        loss = 3 * (1 - (vector * goal).sum(1)).mean()
        if known.any():
            loss = loss + 0.3 * -(neighbours[place[known]] * F.log_softmax(vector[known] @ places.T * 15, dim=1)).sum(1).mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(tower.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if (step + 1) % 500 == 0 or step + 1 == arguments.steps:
            mean = {
                key: taught * weights + sum(share * other.get(key, weights) for other, share in others)
                for key, weights in tower.state_dict().items()
            }
            texts.tower.load_state_dict(mean)
            print(f"{step + 1} {time.time() - started:.0f}s {report(texts, drawn, places, kin)}", flush=True)
            torch.save({"state": mean, "layers": len(tower.blocks)}, arguments.cache / arguments.out)


if __name__ == "__main__":
    main()
