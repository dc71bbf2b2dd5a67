"""What texts mean in the audio teacher's classes: concepts, as classes.txt says, and captions of recordings, with what the teacher hears in these."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np

import debian
from captions import Labels, label_clip, load_lexicon, load_rules
from listener import class_names
from pair import Basis
from teacher import ontology

EACH_LESS = 0.6
"""How much less each further class of a concept counts than the one before."""


def clean_answers(cache: Path) -> tuple[np.ndarray, np.ndarray]:
    """-> (rows of heard.npz, logits) of all recordings that were asked about as they are."""
    index, logits = [], []
    for path in sorted((cache / "answers").glob("clean-*.npz")):
        stored = np.load(path)
        index.append(stored["index"])
        logits.append(stored["logits"])
    rows, first = np.unique(np.concatenate(index), return_index=True)
    return rows, np.concatenate(logits)[first].astype(np.float32)


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


def concepts(basis: Basis, path: Path = Path(__file__).parent / "classes.txt") -> tuple[list[list[str]], np.ndarray]:
    """-> phrases of each concept, and its classes in the basis."""
    names, lexicon = class_names(), load_lexicon()
    phrases, values = [], []
    for line in path.read_text().splitlines():
        concept, colon, classes = line.partition(":")
        if line.startswith("#") or not colon:
            continue
        value = np.zeros(len(names), np.float32)
        for place, begins in enumerate(classes.split(";")):
            value[class_called(begins.strip(), names)] += EACH_LESS**place
        turned = value @ basis.axes
        phrases.append(lexicon[concept].english[:6])
        values.append(turned / np.linalg.norm(turned))
    return phrases, np.stack(values)


def class_called(begins: str, names: list[str]) -> int:
    """The class of this name, or the one whose name begins so."""
    if begins in names:
        return names.index(begins)
    (found,) = [place for place, name in enumerate(names) if name.startswith(begins)]
    return found


def captions(cache: Path, audio: Path, basis: Basis) -> tuple[list[str], np.ndarray]:
    """-> captions and the mean answer of their recordings in the basis, longer the more recordings there are."""
    rows, logits = clean_answers(cache)
    heard = basis.of_logits(logits)
    paths = np.load(cache / "heard.npz")["path"]
    said: dict[str, list[int]] = defaultdict(list)
    for place, own in enumerate(labels(cache, audio, [str(path) for path in paths[rows]])):
        for caption in own.captions:
            said[caption].append(place)
    texts = sorted(said)
    return texts, np.stack([heard[said[text]].mean(0) * len(said[text]) ** 0.5 for text in texts])
