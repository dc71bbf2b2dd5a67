"""Trains tokenizer and text tower onto the shared space (see space.py). Writes tokenizer.json and text.pt to the cache."""

from __future__ import annotations

import argparse
import json
import os
import random
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

from captions import load_lexicon
from space import Space, unit
from teacher import Teacher, audiocaps, corpus, kinds, ontology, wordnet
from text_tower import TextTower

MAX_TOKENS = 32
ENGLISH = ["{}", "{}", "{}", "a {}", "the {}", "the sound of {}", "{} sound", "sound of a {}", "a recording of {}", "{} sample",
           "{} noise", "loud {}", "some {}", "{} in the distance", "{} sounds", "hear {}", "{} effect", "a short {}",
           "someone recorded {}", "a single {}"]  # fmt: skip
GERMAN = ["{}", "{}", "{}", "ein {}", "eine {}", "der {}", "die {}", "das {}", "Geräusch von {}", "das Geräusch: {}", "Klang von {}",
          "lautes {}", "{} Geräusch"]  # fmt: skip


def train_tokenizer(texts: list[str], size: int) -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=40))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True, strip_accents=True, handle_chinese_chars=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=size, min_frequency=2, special_tokens=["[PAD]", "[UNK]", "[CLS]"],
                                        limit_alphabet=120, show_progress=False)  # fmt: skip
    tokenizer.train_from_iterator(texts, trainer)
    # A first token that is always there: even an empty text has something to pool.
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A", special_tokens=[("[CLS]", 2)])
    return tokenizer


def widen(tokenizer: Tokenizer, words: list[str], size: int) -> Tokenizer:
    """Adds whole words (up to `size` pieces in all), so that rare words need not be spelt in pieces."""
    settings = json.loads(tokenizer.to_str())
    vocabulary = settings["model"]["vocab"]
    for word in words:
        if len(vocabulary) >= size:
            break
        if word.isalpha() and word.isascii() and len(word) > 2:
            vocabulary.setdefault(word, len(vocabulary))
    return Tokenizer.from_str(json.dumps(settings))


def relevant_words(space: Space, text_dir: Path) -> list[str]:
    """Single words, kinds of sounding things first, then WordNet's by how near they come to any concept."""
    names = [word for word, _ in kinds() if " " not in word]
    lemmas = [lemma for lemma in wordnet()[0] if " " not in lemma]
    anchors = np.stack(list(space.anchor.values()))
    nearness = (space.project(space.teacher(lemmas)) @ anchors.T).max(1)
    ranked = [lemmas[i] for i in np.argsort(-nearness)]
    return [*names, *(plural(name) for name in names), *ranked]


def plural(text: str) -> str:
    last = text.split()[-1]
    if last.endswith("s") or len(last) < 3 or last.endswith("ing"):
        return text
    if last.endswith("y") and last[-2] not in "aeiou":
        return text[:-1] + "ies"
    return text + ("es" if last.endswith(("ch", "sh", "x")) else "s")


def typo(text: str, rng: random.Random) -> str:
    if len(text) < 6:
        return text
    i = rng.randrange(1, len(text) - 2)
    return rng.choice([text[:i] + text[i + 1 :], text[:i] + text[i + 1] + text[i] + text[i + 2 :], text[:i] + text[i] + text[i:]])


class Batches:
    """Draws (texts, targets): lexicon phrases in templates and pairs, captions, words and glosses."""

    def __init__(self, space: Space, text_dir: Path, seed: int) -> None:
        self.rng = random.Random(seed)
        lexicon = load_lexicon()
        self.english = [(phrase, c.name) for c in lexicon.values() for phrase in c.english]
        self.german = [(phrase, c.name) for c in lexicon.values() for phrase in c.german]
        self.phrase = space.phrase
        lemmas, glosses = wordnet()
        # Kinds of a thing sound like the thing: mostly the concept, a little themselves.
        self.kinds = [(word, concept) for word, concept in kinds() if word not in space.phrase]
        own = space.texts([word for word, _ in self.kinds])
        self.kind_targets = unit(0.7 * np.stack([space.anchor[concept] for _, concept in self.kinds]) + 0.3 * own)
        names = [entry["name"] for entry in ontology(text_dir)]
        rest = [*names, *[entry["description"] for entry in ontology(text_dir) if entry["description"]]]
        taken = {*space.phrase, *(word for word, _ in self.kinds)}
        self.pools = {
            "captions": audiocaps(text_dir)[::2],
            "lemmas": [lemma for lemma in lemmas if lemma not in taken],
            "glosses": glosses[::4],
            "ontology": rest,
        }
        self.targets = {key: space.texts(pool) for key, pool in self.pools.items()}

    def one(self) -> tuple[str, np.ndarray]:
        rng = self.rng
        draw = rng.random()
        if draw < 0.42:
            german = rng.random() < 0.4
            phrase, _ = rng.choice(self.german if german else self.english)
            vector = self.phrase[phrase]
            if rng.random() < 0.15:
                other, _ = rng.choice(self.german if german else self.english)
                return f"{phrase} {'und' if german else rng.choice(['and', 'with', 'then', 'followed by'])} {other}", vector + self.phrase[
                    other
                ]
            text = phrase
            if not german and rng.random() < 0.2:
                text = plural(text)
            if rng.random() < 0.5:
                text = rng.choice(GERMAN if german else ENGLISH).format(text)
            if rng.random() < 0.07:
                text = typo(text, rng)
            return text, vector
        if draw < 0.50:
            i = rng.randrange(len(self.kinds))
            word = self.kinds[i][0]
            word = plural(word) if rng.random() < 0.2 else word
            return (rng.choice(ENGLISH).format(word) if rng.random() < 0.4 else word), self.kind_targets[i]
        key = "captions" if draw < 0.68 else "lemmas" if draw < 0.92 else "glosses" if draw < 0.95 else "ontology"
        i = rng.randrange(len(self.pools[key]))
        text = self.pools[key][i]
        return (plural(text) if key == "lemmas" and rng.random() < 0.1 else text), self.targets[key][i]

    def batch(self, size: int) -> tuple[list[str], torch.Tensor]:
        texts, vectors = zip(*(self.one() for _ in range(size)), strict=True)
        return list(texts), F.normalize(torch.from_numpy(np.stack(vectors).astype(np.float32)), dim=1)


def encode(tokenizer: Tokenizer, texts: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
    rows = [encoding.ids[:MAX_TOKENS] for encoding in tokenizer.encode_batch(texts)]
    ids = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.int64)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = torch.tensor(row)
    mask = torch.arange(ids.shape[1])[None] < torch.tensor([len(row) for row in rows])[:, None]
    return ids, mask.to(torch.int64)


def start_from_words(tower: TextTower, tokenizer: Tokenizer, space: Space) -> None:
    """First value of a whole-word piece: the target of that word (weighted by rarity it makes a good bag already)."""
    vocabulary = tokenizer.get_vocab()
    words = [word for word in vocabulary if not word.startswith(("##", "[")) and len(word) > 1]
    with torch.no_grad():
        tower.tokens.weight[[vocabulary[word] for word in words]] = torch.from_numpy(space.texts(words)).float()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--text", type=Path, default=Path(os.environ.get("TRAUM_TEXT", "../../../shared/text")))
    parser.add_argument("--cache", type=Path, default=Path(os.environ.get("TRAUM_CACHE", ".cache")))
    parser.add_argument("--steps", type=int, default=5000)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--vocabulary", type=int, default=14_000)
    parser.add_argument("--words", type=int, default=30_000, help="pieces in all, with the whole words added")
    parser.add_argument("--layers", type=int, default=1)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--start", help="weights to go on from (with the tokenizer beside them)")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(arguments.threads)
    torch.set_flush_denormal(True)  # decayed optimizer moments would otherwise make every step several times slower

    lexicon = load_lexicon()
    phrases = [phrase for c in lexicon.values() for phrase in [*c.english, *c.german]]
    space = Space(Teacher(arguments.cache), lexicon, arguments.text)
    if arguments.start:
        tokenizer = Tokenizer.from_file(str(arguments.cache / "tokenizer.json"))
    else:
        tokenizer = train_tokenizer([*corpus(arguments.text), *phrases * 12], arguments.vocabulary)
    known = tokenizer.get_vocab_size()
    tokenizer = widen(tokenizer, relevant_words(space, arguments.text), arguments.words)
    tokenizer.save(str(arguments.cache / "tokenizer.json"))
    batches = Batches(space, arguments.text, seed=1 if arguments.start else 0)
    tower = TextTower(tokenizer.get_vocab_size(), layers=arguments.layers)
    start_from_words(tower, tokenizer, space)
    if arguments.start:
        state = torch.load(arguments.cache / arguments.start)["state"]
        state["tokens.weight"] = torch.cat([state["tokens.weight"], tower.tokens.weight.data[known:]])
        tower.load_state_dict(state)
    optimizer = torch.optim.AdamW(tower.parameters(), lr=arguments.rate, weight_decay=0.01, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, arguments.rate, total_steps=arguments.steps, pct_start=0.1)
    started, running = time.time(), 0.0
    for step in range(arguments.steps):
        texts, target = batches.batch(arguments.batch)
        ids, mask = encode(tokenizer, texts)
        with torch.autocast("cpu", torch.bfloat16):
            vector = tower(ids, mask)
        vector = F.normalize(vector.float(), dim=1)
        cosine = (vector * target).sum(1)
        # Beside the distance to the target: the same neighbours as the target has within the batch.
        want = F.softmax(target @ target.T * 12, dim=1)
        relation = -(want * F.log_softmax(vector @ target.T * 12, dim=1)).sum(1).mean()
        loss = 3 * (1 - cosine).mean() + 0.3 * relation
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(tower.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        running = cosine.mean().item() if step == 0 else 0.98 * running + 0.02 * cosine.mean().item()
        if (step + 1) % 250 == 0:
            print(f"{step + 1}/{arguments.steps} {time.time() - started:.0f}s cosine {running:.4f}", flush=True)
            torch.save({"state": tower.state_dict(), "layers": arguments.layers}, arguments.cache / "text.pt")
    torch.save({"state": tower.state_dict(), "layers": arguments.layers}, arguments.cache / "text.pt")


if __name__ == "__main__":
    main()
