"""Both towers as one: what the own tower hears and what the student of the audio teacher hears, side by side in one vector.

Sound: [own vector, classes that stand out] / sqrt(2). Text: [own vector, the classes it means], weighted. Their cosine is the
weighted sum of two: how near the sound lies to the text in the space of captions, and how much more than in other sounds those
of the teacher's classes stand out that the text is near to. What a text means in classes needs no further training: the own
text tower places the classes' names too.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from audio_tower import AudioTower, pool, unit
from distil import LOWEST, SHARED, Student
from text_tower import TextTower

DIMENSIONS = 128
"""Directions in which the classes' answers are kept."""
CONCEPTS, CAPTIONS = 0.5, 0.35
"""How much concepts, and captions of recordings, count beside the classes' names."""
SHARPNESS = 20.0
"""How sharply a text is given to the classes whose names are nearest."""


@dataclass
class Basis:
    """How answers become vectors: `mean` [527] is taken off logits, then they are turned onto `axes` [527, 128]."""

    mean: np.ndarray
    axes: np.ndarray

    def of_logits(self, logits: np.ndarray) -> np.ndarray:
        """[n, 527] -> unit vectors [n, 128]."""
        turned = (np.maximum(logits, LOWEST) - self.mean) @ self.axes
        return turned / np.linalg.norm(turned, axis=1, keepdims=True)

    @staticmethod
    def of(logits: np.ndarray) -> Basis:
        clipped = np.maximum(logits.astype(np.float32), LOWEST)
        mean = clipped.mean(0)
        _, _, axes = np.linalg.svd(clipped - mean, full_matrices=False)
        return Basis(mean, axes[:DIMENSIONS].T.astype(np.float32))


class AudioPair(nn.Module):
    """[batch, 1, frames >= 64, 64] dB -> [batch, 384], of unit length."""

    def __init__(self, own: AudioTower, student: Student, scale: dict[str, torch.Tensor], basis: Basis) -> None:
        super().__init__()
        self.own, self.student = own, student
        # The student's last layer, the scale that it learnt on and the basis are one linear map.
        axes = torch.from_numpy(basis.axes)
        std = scale["logit_std"]
        self.answers = nn.Linear(student.classes.in_features, axes.shape[1])
        with torch.no_grad():
            self.answers.weight.copy_((student.classes.weight * std[:, None]).T.matmul(axes).T)
            offset = student.classes.bias * std + scale["logit_mean"] - torch.from_numpy(basis.mean)
            self.answers.bias.copy_(offset @ axes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        lower = self.own.lower(x, SHARED)
        heard = unit(self.own.head(pool(self.own.trunk[SHARED:](lower), self.own.frame, self.own.attention, None)))
        known = unit(self.answers(self.student(lower)))
        return torch.cat([heard, known], dim=1) * 0.5**0.5


class Memory(nn.Module):
    """Known texts and what they mean in classes; any text takes the mean of those that are near to it."""

    def __init__(self, keys: np.ndarray, values: np.ndarray) -> None:
        super().__init__()
        self.keys = nn.Linear(keys.shape[1], len(keys), bias=False)
        self.values = nn.Linear(len(values), values.shape[1], bias=False)
        with torch.no_grad():
            self.keys.weight.copy_(torch.from_numpy(keys))
            self.values.weight.copy_(torch.from_numpy(values.T))

    def forward(self, text: torch.Tensor) -> torch.Tensor:
        return unit(self.values(torch.softmax(SHARPNESS * self.keys(text), dim=1)))


class TextPair(nn.Module):
    """ids and mask [batch, tokens] -> [batch, 384], of unit length.

    Both parts are first brought onto one scale: each is divided by how far its cosines with unrelated sounds are spread
    (`spread`: second moments of background sounds around their mean), so that `share` says what it means for every text.
    """

    def __init__(self, tower: TextTower, classes: Memory, concepts: Memory, captions: Memory, sounds: np.ndarray, share: float) -> None:
        super().__init__()
        self.tower, self.share = tower, share
        self.classes, self.concepts, self.captions = classes, concepts, captions
        own, known = (part * 2**0.5 for part in np.split(sounds, [sounds.shape[1] - DIMENSIONS], axis=1))
        self.own_spread = nn.Parameter(torch.from_numpy(np.cov(own.T).astype(np.float32)))
        self.known_spread = nn.Parameter(torch.from_numpy(np.cov(known.T).astype(np.float32)))

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        own = self.tower(ids, mask)
        known = unit(self.classes(own) + CONCEPTS * self.concepts(own) + CAPTIONS * self.captions(own))
        own = self.share * own * torch.rsqrt(((own @ self.own_spread) * own).sum(1, keepdim=True) + 1e-6)
        known = (1 - self.share) * known * torch.rsqrt(((known @ self.known_spread) * known).sum(1, keepdim=True) + 1e-6)
        return unit(torch.cat([own, known], dim=1))


def load_student(path: Path) -> tuple[Student, dict[str, torch.Tensor]]:
    stored = torch.load(path)
    student = Student(stored["width"])
    student.load_state_dict(stored["state"])
    return student.eval(), stored["scale"]
