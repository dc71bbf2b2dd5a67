"""What texts mean in the audio teacher's classes: their names, concepts, as classes.txt says and their recordings show, and captions of
recordings, with what the teacher hears in these."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np

import debian
from captions import Labels, label_clip, load_lexicon, load_rules
from listener import class_names
from pair import CAPTIONS, CONCEPTS, Basis, Memory
from teacher import ontology

Place = Callable[[list[str]], np.ndarray]
"""Texts -> where they lie in the own text space [n, 256], of unit length."""
DESCRIBED = 0.1
"""How much a class's description counts beside its name."""
LEARNT = 2.0
"""How much it counts, beside what a concept is said to mean, by what its recordings are told apart."""
LEAST = 3
"""Fewer recordings than this tell nothing."""
SHRUNK = 0.1
"""Share of the mean variance that is added in every direction before variances are divided by."""
EACH_LESS = 0.6
"""How much less each further class of a concept counts than the one before."""


def told_apart(values: np.ndarray, shown: np.ndarray, vectors: np.ndarray, origins: np.ndarray) -> np.ndarray:
    """What texts mean, turned towards what tells the recordings that show it from all others: linear discriminants.

    `values` [texts, 256] of unit length; `shown` [recordings, texts], 0 or 1; `vectors` [recordings, 256]: what the student hears.
    """
    _, place, count = np.unique(origins, return_inverse=True, return_counts=True)
    weight = count[place, None] ** -0.5
    vectors = vectors - (vectors * weight).sum(0) / weight.sum()
    spread = (vectors * weight).T @ vectors / weight.sum()
    spread += SHRUNK * np.trace(spread) / len(spread) * np.eye(len(spread))
    share = shown * weight
    means = (share.T @ vectors) / np.maximum(share.sum(0), 1e-9)[:, None]
    known = shown.sum(0)[:, None] >= LEAST
    return unit(values + LEARNT * known * unit(means @ np.linalg.inv(spread))).astype(np.float32)


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def clean_answers(cache: Path) -> tuple[np.ndarray, np.ndarray]:
    """-> (rows of heard.npz, logits) of all recordings that were asked about as they are."""
    shards = [np.load(path) for path in sorted((cache / "answers").glob("clean-*.npz"))]
    rows, first = np.unique(np.concatenate([shard["index"] for shard in shards]), return_index=True)
    return rows, np.concatenate([shard["logits"].astype(np.float32) for shard in shards])[first]


def labels(cache: Path, audio: Path, paths: list[str]) -> list[Labels]:
    """What is known of recordings, by the files that they come from."""
    known, rules = {}, load_rules()
    for table in ("train.csv", "train2.csv"):
        with open(audio / table, newline="") as handle:
            for row in csv.DictReader(handle):
                known[str(audio / row["file"])] = label_clip(row["source"], row["label"], rules)
    packaged, base = debian.load_rules(), str(cache / "debian") + "/"
    return [known.get(path) or debian.label(path.removeprefix(base), packaged) or Labels([]) for path in paths]


def class_texts(text_dir: Path) -> tuple[list[str], list[str]]:
    """-> the classes' names and what the AudioSet ontology says of each."""
    described = {entry["name"]: entry["description"] for entry in ontology(text_dir)}
    names = class_names()
    return names, [described.get(name) or name for name in names]


def classes_of_concepts(path: Path = Path(__file__).parent / "classes.txt") -> list[tuple[str, np.ndarray]]:
    """Concepts, each with its classes [527]."""
    names, found = class_names(), []
    for line in path.read_text().splitlines():
        concept, colon, classes = line.partition(":")
        if line.startswith("#") or not colon:
            continue
        value = np.zeros(len(names), np.float32)
        for place, begins in enumerate(classes.split(";")):
            value[class_called(begins.strip(), names)] += EACH_LESS**place
        found.append((concept, value))
    return found


def class_called(begins: str, names: list[str]) -> int:
    """The class of this name, or the one whose name begins so."""
    if begins in names:
        return names.index(begins)
    (found,) = [place for place, name in enumerate(names) if name.startswith(begins)]
    return found


def table(own: list[list[str]], texts: list[str]) -> np.ndarray:
    """[recordings, texts]: 1 where a recording's own texts have it."""
    place = {text: at for at, text in enumerate(texts)}
    out = np.zeros((len(own), len(texts)), np.float32)
    for row, named in enumerate(own):
        out[row, [place[text] for text in named if text in place]] = 1
    return out


def named(place: Place, text_dir: Path) -> np.ndarray:
    """Where the classes' names lie in the text space."""
    names, descriptions = class_texts(text_dir)
    return (1 - DESCRIBED) * place(names) + DESCRIBED * place(descriptions)


def centres(place: Place, found: list[str]) -> np.ndarray:
    """Where concepts lie in the text space."""
    lexicon = load_lexicon()
    return unit(np.stack([place(lexicon[concept].english[:6]).mean(0) for concept in found]))


def recordings(cache: Path, audio: Path) -> tuple[list[Labels], np.ndarray]:
    """-> what is known, and logits, of the recordings of `clean_answers`."""
    rows, logits = clean_answers(cache)
    paths = np.load(cache / "heard.npz")["path"][rows]
    return labels(cache, audio, [str(path) for path in paths]), logits


def captions(own: list[Labels]) -> list[str]:
    return sorted({caption for one in own for caption in one.captions})


def keys(cache: Path, audio: Path, text_dir: Path, place: Place) -> list[np.ndarray]:
    """Where known texts lie in the text space: the classes' names, concepts, captions."""
    own, _ = recordings(cache, audio)
    return [named(place, text_dir), centres(place, [concept for concept, _ in classes_of_concepts()]), place(captions(own))]


def memories(
    cache: Path, audio: Path, basis: Basis, places: list[np.ndarray], vectors: np.ndarray, known: list[Labels], sources: np.ndarray
) -> list[tuple[float, Memory]]:
    """What known texts, which lie at `places`, mean in the teacher's classes.

    Classes mean themselves, captions what the teacher hears in their recordings. What concepts mean is said by hand, and then
    turned towards what tells their recordings apart in the ears of the student itself: `vectors` [n, 256] of labelled
    recordings, what is known of these, and their sources.
    """
    own, logits = recordings(cache, audio)
    captioned = table([one.captions for one in own], captions(own))
    # The mean answer of a caption's recordings, longer the more there are.
    answers = captioned.T @ basis.of_logits(logits) / captioned.sum(0)[:, None] ** 0.5
    found, meant = zip(*classes_of_concepts(), strict=True)
    values = told_apart(unit(np.stack(meant) @ basis.axes), table([one.concepts for one in known], list(found)), vectors, sources)
    named, concepts, said = places
    return [
        (1.0, Memory(named, basis.axes)),
        (CONCEPTS, Memory(concepts, values, only_near=True)),
        (CAPTIONS, Memory(said, answers, only_near=True)),
    ]
