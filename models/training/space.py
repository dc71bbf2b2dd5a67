"""The shared vector space: teacher embeddings, centred and reduced to 256 dimensions, with our lexicon's knowledge in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from captions import Concept
from teacher import Teacher, audiocaps

DIMENSION = 256


def unit(x: np.ndarray) -> np.ndarray:
    return x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-9)


class Space:
    """Maps teacher vectors into the shared space; `phrase` and `anchor` hold the lexicon's targets."""

    def __init__(self, teacher: Teacher, lexicon: dict[str, Concept], text_dir: Path, pull: float = 0.5) -> None:
        self.teacher = teacher
        english = sorted({phrase for concept in lexicon.values() for phrase in concept.english})
        sample = teacher([*audiocaps(text_dir)[::10]])
        phrases = teacher(english)
        # Centre half-way between captions and phrases: removes what all texts share and spreads the rest.
        self.mean = 0.5 * (sample.mean(0) + phrases.mean(0))
        stacked = np.concatenate([sample - self.mean, np.repeat(phrases - self.mean, 2, axis=0)])
        _, _, axes = np.linalg.svd(stacked, full_matrices=False)
        self.axes = axes[:DIMENSION].T.astype(np.float32)
        own = dict(zip(english, self.project(phrases), strict=True))
        self.anchor = {}
        for concept in lexicon.values():
            weights = np.array([3.0, 2.0, 2.0, 1.5] + [1.0] * len(concept.english))[: len(concept.english)]
            stack = np.stack([own[phrase] for phrase in concept.english])
            self.anchor[concept.name] = unit((weights[:, None] * stack).sum(0))
        # A phrase lies between its own meaning and its concept (or concepts, when several lines have it).
        homes: dict[str, list[tuple[str, bool]]] = {}
        for concept in lexicon.values():
            for phrase in concept.english:
                homes.setdefault(phrase, []).append((concept.name, True))
            for phrase in concept.german:
                homes.setdefault(phrase, []).append((concept.name, False))
        self.phrase = {}
        for phrase, places in homes.items():
            centre = unit(np.mean([self.anchor[name] for name, _ in places], axis=0))
            self.phrase[phrase] = unit(pull * centre + (1 - pull) * own[phrase]) if phrase in own else centre

    def project(self, vectors: np.ndarray) -> np.ndarray:
        return unit((vectors - self.mean) @ self.axes)

    def texts(self, texts: list[str]) -> np.ndarray:
        """Targets of any texts: the lexicon's where it has them, else the teacher's."""
        own = self.project(self.teacher(texts))
        for i, text in enumerate(texts):
            if text in self.phrase:
                own[i] = self.phrase[text]
        return own
