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

from audio_tower import AudioTower, unit
from listener import LOWEST
from student import Student, repeated
from text_tower import TextTower

OWN_DIMENSIONS, DIMENSIONS = 128, 256
"""Directions in which the own space and the classes' answers are kept."""
CONCEPTS, CAPTIONS = 2.0, 0.35
"""How much concepts, and captions of recordings, count beside the classes' names."""
SHARPNESS = 20.0
"""How sharply a text is given to the classes whose names are nearest."""
TOLD = 0.25
"""How much what labels taught above the student counts in the own half (`labelled.py`)."""
NEAR = (0.4, 0.8)
"""A text that is no nearer than the first to any concept or caption is told nothing by these; from the second on, all."""


@dataclass
class Basis:
    """How answers become vectors: `mean` [527] is taken off logits, then they are turned onto `axes` [527, 256]."""

    mean: np.ndarray
    axes: np.ndarray

    def of_logits(self, logits: np.ndarray) -> np.ndarray:
        """[n, 527] -> unit vectors [n, 256]."""
        turned = (np.maximum(logits, LOWEST) - self.mean) @ self.axes
        return turned / np.linalg.norm(turned, axis=1, keepdims=True)

    @staticmethod
    def of(logits: np.ndarray) -> Basis:
        clipped = np.maximum(logits.astype(np.float32), LOWEST)
        mean = clipped.mean(0)
        _, _, axes = np.linalg.svd(clipped - mean, full_matrices=False)
        return Basis(mean, axes[:DIMENSIONS].T.astype(np.float32))


def own_axes(sounds: np.ndarray, texts: np.ndarray) -> np.ndarray:
    """[256, 128]: the directions of the own space in which sounds and texts differ most, both counted alike."""
    spread = sum(part.T @ part / (part**2).sum() for part in (sounds, texts))
    _, axes = np.linalg.eigh(spread)
    return np.ascontiguousarray(axes[:, ::-1][:, :OWN_DIMENSIONS], np.float32)


class Heard(nn.Module):
    """[batch, 1, frames >= 64, 64] dB -> [batch, 640]: what the student's answers are made of."""

    def __init__(self, student: Student) -> None:
        super().__init__()
        self.student = student

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.student(repeated(x))


class StudentHalf(nn.Module):
    """[batch, 1, frames >= 64, 64] dB -> [batch, 256], of unit length: which of the teacher's classes stand out."""

    def __init__(self, student: Student, scale: dict[str, torch.Tensor], basis: Basis) -> None:
        super().__init__()
        # The last layer, the scale that the student learnt on and what turns the classes are one linear map.
        self.heard = Heard(student)
        axes, std = torch.from_numpy(basis.axes), scale["logits_std"]
        offset = student.classes.bias * std + scale["logits_mean"] - torch.from_numpy(basis.mean)
        self.answers = linear(axes.T @ (student.classes.weight * std[:, None]), axes.T @ offset)

    def of_heard(self, heard: torch.Tensor) -> torch.Tensor:
        """What the student's answers are made of [batch, 640] -> [batch, 256]."""
        return unit(self.answers(heard))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.of_heard(self.heard(x))


class ToldHalf(nn.Module):
    """[batch, 1, frames >= 64, 64] dB -> [batch, 256 + 128]: the student's half, and where in the own half labels place what it hears."""

    def __init__(self, half: StudentHalf, told: nn.Linear, turn: np.ndarray) -> None:
        super().__init__()
        axes = torch.from_numpy(turn).T
        self.known, self.told = half, linear(axes @ told.weight, axes @ told.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        heard = self.known.heard(x)
        return torch.cat([self.known.of_heard(heard), unit(self.told(heard))], dim=1)


class Joined(nn.Module):
    """The own tower's vector [batch, 128] and a ToldHalf's [batch, 256 + 128] -> [batch, 384], of unit length."""

    def forward(self, own: torch.Tensor, heard: torch.Tensor) -> torch.Tensor:
        known, told = heard[:, :DIMENSIONS], heard[:, DIMENSIONS:]
        return torch.cat([unit((1 - TOLD) * own + TOLD * told), known], dim=1) * 0.5**0.5


class AudioPair(nn.Module):
    """[batch, 1, frames >= 64, 64] dB -> [batch, 384], of unit length."""

    def __init__(self, own: AudioTower, turn: np.ndarray, half: StudentHalf) -> None:
        super().__init__()
        self.own, self.known = own, half
        last, axes = own.head[-1], torch.from_numpy(turn)
        own.head[-1] = linear(axes.T @ last.weight, axes.T @ last.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([self.own(x), self.known(x)], dim=1) * 0.5**0.5


def linear(weight: torch.Tensor, bias: torch.Tensor | None = None) -> nn.Linear:
    layer = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None)
    with torch.no_grad():
        layer.weight.copy_(weight)
        if bias is not None:
            layer.bias.copy_(bias)
    return layer


class Memory(nn.Module):
    """Known texts and what they mean in classes; any text takes the mean of those that are near to it (`only_near`: if there are any)."""

    def __init__(self, keys: np.ndarray, values: np.ndarray, only_near: bool = False) -> None:
        super().__init__()
        self.keys, self.values, self.only_near = linear(torch.from_numpy(keys)), linear(torch.from_numpy(values.T)), only_near

    def forward(self, text: torch.Tensor) -> torch.Tensor:
        likeness = self.keys(text)
        meant = unit(self.values(torch.softmax(SHARPNESS * likeness, dim=1)))
        if not self.only_near:
            return meant
        return meant * ((likeness.amax(1, keepdim=True) - NEAR[0]) / (NEAR[1] - NEAR[0])).clamp(0, 1)


class Meaning(nn.Module):
    """A text in the own space [batch, 256] -> [batch, 384], of unit length.

    Both parts are first brought onto one scale: each is divided by how far its cosines with unrelated sounds are spread
    (`sounds`: second moments of background sounds around their mean), so that `share` says what it means for every text.
    """

    def __init__(self, turn: np.ndarray, memories: list[tuple[float, Memory]], sounds: np.ndarray, share: float) -> None:
        super().__init__()
        self.turn, self.share = linear(torch.from_numpy(turn.T)), share
        self.weights, self.memories = [weight for weight, _ in memories], nn.ModuleList(memory for _, memory in memories)
        own, known = (part * 2**0.5 for part in np.split(sounds, [OWN_DIMENSIONS], axis=1))
        self.own_spread = nn.Parameter(torch.from_numpy(np.cov(own.T).astype(np.float32)))
        self.known_spread = nn.Parameter(torch.from_numpy(np.cov(known.T).astype(np.float32)))

    def forward(self, text: torch.Tensor) -> torch.Tensor:
        known = unit(sum(weight * memory(text) for weight, memory in zip(self.weights, self.memories, strict=True)))
        own = self.turn(text)
        own = self.share * own * torch.rsqrt(((own @ self.own_spread) * own).sum(1, keepdim=True) + 1e-6)
        known = (1 - self.share) * known * torch.rsqrt(((known @ self.known_spread) * known).sum(1, keepdim=True) + 1e-6)
        return unit(torch.cat([own, known], dim=1))


class TextPair(nn.Module):
    """ids and mask [batch, tokens] -> [batch, 384], of unit length."""

    def __init__(self, tower: TextTower, meaning: Meaning) -> None:
        super().__init__()
        self.tower, self.meaning = tower, meaning

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return self.meaning(self.tower(ids, mask))


def load_student(*paths: Path) -> tuple[Student, dict[str, torch.Tensor]]:
    """Of several, which began as one, the mean of their weights."""
    stored = [torch.load(path) for path in paths]
    student = Student()
    student.load_state_dict({name: torch.stack([one["student"][name].float() for one in stored]).mean(0) for name in stored[0]["student"]})
    return student.eval(), stored[0]["scale"]
