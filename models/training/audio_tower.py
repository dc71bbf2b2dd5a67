"""The audio tower: log-mel in dB -> small residual CNN -> pooling over real frames -> L2-normalised vector."""

from __future__ import annotations

import torch
from torch import nn

from text_tower import DIMENSION


class Residual(nn.Module):
    """Two 3x3 convolutions with channel gating; plain convolutions are what CPUs (bf16, ONNX Runtime) run fastest."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.a = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm_a = nn.BatchNorm2d(outputs)
        self.b = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm_b = nn.BatchNorm2d(outputs)
        self.same = stride == 1 and inputs == outputs
        if not self.same:
            self.pool = nn.AvgPool2d(stride, stride, ceil_mode=True) if stride > 1 else nn.Identity()
            self.short = nn.Conv2d(inputs, outputs, 1, bias=False)
            self.norm_s = nn.BatchNorm2d(outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.norm_b(self.b(torch.relu(self.norm_a(self.a(x)))))
        return torch.relu(y + (x if self.same else self.norm_s(self.short(self.pool(x)))))


class AudioTower(nn.Module):
    """[batch, 1, frames >= 64, 64] dB -> [batch, 256].

    Loudness is taken out first: every level is relative to the loudest cell of the window, and what lies more than 80 dB
    below it is silence. `lengths` (real frames of each row) is only used in training, where rows are padded.
    """

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        w = width
        self.gain = nn.Parameter(torch.ones(64))
        self.offset = nn.Parameter(torch.zeros(64))
        self.stem = nn.Sequential(nn.Conv2d(1, w, 7, 4, 3, bias=False), nn.BatchNorm2d(w), nn.ReLU())
        self.height = nn.Parameter(torch.zeros(w, 1, 16))
        self.trunk = nn.Sequential(
            Residual(w, 2 * w, 2), Residual(2 * w, 4 * w, 2), Residual(4 * w, 4 * w, 1), Residual(4 * w, 8 * w, 2), Residual(8 * w, 8 * w, 1)
        )  # fmt: skip
        self.frame = nn.Linear(8 * w * 2, 512)
        self.attention = nn.Linear(512, 8)
        self.drop = nn.Dropout(0.25)
        self.head = nn.Sequential(nn.Linear(3 * 512, 512), nn.ReLU(), nn.Dropout(0.25), nn.Linear(512, DIMENSION))

    def normalise(self, x: torch.Tensor) -> torch.Tensor:
        loudest = torch.clamp(torch.amax(x, dim=(2, 3), keepdim=True), min=-70.0)
        return torch.clamp(x - loudest, min=-80.0) / 20.0 + 2.0

    def lower(self, x: torch.Tensor, blocks: int) -> torch.Tensor:
        """The stem and the first blocks of the trunk."""
        return self.trunk[:blocks](self.stem(self.normalise(x) * self.gain + self.offset) + self.height)

    def forward(self, x: torch.Tensor, lengths: torch.Tensor | None = None) -> torch.Tensor:
        x = self.lower(x, len(self.trunk))
        steps = None if lengths is None else torch.div(lengths + 31, 32, rounding_mode="floor")
        return unit(self.head(pool(x, self.frame, self.attention, steps, self.drop)).float())


def unit(vector: torch.Tensor) -> torch.Tensor:
    return vector / torch.sqrt((vector * vector).sum(-1, keepdim=True) + 1e-12)


def pool(
    x: torch.Tensor, frame: nn.Linear, attention: nn.Linear, steps: torch.Tensor | None, drop: nn.Module | None = None
) -> torch.Tensor:
    """[batch, channels, time, height] -> [batch, 1536]: mean, maximum and attended frames, of the first `steps` in time."""
    x = x.permute(0, 2, 3, 1).flatten(2)
    x = torch.relu(frame(drop(x) if drop else x))
    scores = attention(x)
    if steps is None:
        mean, largest = x.mean(1), torch.amax(x, dim=1)
    else:
        real = (torch.arange(x.shape[1])[None] < steps[:, None])[:, :, None]
        scores = torch.where(real, scores, torch.full_like(scores, -1e4))
        mean = (x * real).sum(1) / real.sum(1)
        largest = torch.amax(torch.where(real, x, torch.full_like(x, 0.0)), dim=1)
    # Eight heads, each pooling its own 64 channels.
    weights = torch.softmax(scores, dim=1)
    parts = x.unflatten(2, (8, 64))
    attended = (parts * weights[..., None]).sum(1).flatten(1)
    return torch.cat([mean, largest, attended], dim=1)
