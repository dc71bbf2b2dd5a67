"""The second tower: light, of blocks that widen, look around in each channel by itself, weigh channels and narrow again.

It has the resolution of the audio teacher (EfficientAT's MobileNet: its steps of 20 to 320 ms and their heights) and a stage for each
of its places behind the second, so that what the teacher says on the way can be learnt place by place, by blocks half as wide again.
Its front is another: our 64 bands are first turned into 128 as the teacher would see them.
"""

from __future__ import annotations

import torch
from torch import nn

BANDS = 128
FEATURES = 384
PLACES = range(2, 17)
"""The teacher's blocks, in order, that the stages learn from."""
SHORTEST = 200
"""Frames: shorter sounds are repeated, as the teacher heard them."""


def shares(frames: torch.Tensor | None, x: torch.Tensor, step: int) -> torch.Tensor | None:
    """1 for each time of `x` [n, channels, time, height] that is real, 0 for padding; None if all are."""
    if frames is None:
        return None
    real = -(-frames // step)
    return (torch.arange(x.shape[2])[None] < real[:, None]).to(x.dtype)


class Gate(nn.Module):
    """Weighs channels by what there is of them in the whole sound."""

    def __init__(self, channels: int, inner: int) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(channels, inner, 1), nn.Conv2d(inner, channels, 1)

    def forward(self, x: torch.Tensor, real: torch.Tensor | None) -> torch.Tensor:
        if real is None:
            mean = x.mean((2, 3), keepdim=True)
        else:
            mean = ((x.mean(3) * real[:, None]).sum(2) / real.sum(1)[:, None])[:, :, None, None]
        return x * torch.sigmoid(self.b(torch.relu(self.a(mean))))


class Block(nn.Module):
    def __init__(self, inputs: int, wide: int, outputs: int, size: int, stride: int, gated: bool, smooth: bool) -> None:
        super().__init__()
        bend = nn.Hardswish if smooth else nn.ReLU
        self.wide = nn.Sequential(nn.Conv2d(inputs, wide, 1, bias=False), nn.BatchNorm2d(wide), bend(True))
        look = nn.Conv2d(wide, wide, size, stride, size // 2, groups=wide, bias=False)
        self.deep = nn.Sequential(look, nn.BatchNorm2d(wide), bend(True))
        self.gate = Gate(wide, max(8, wide // 4)) if gated else None
        self.out = nn.Sequential(nn.Conv2d(wide, outputs, 1, bias=False), nn.BatchNorm2d(outputs))
        self.same = stride == 1 and inputs == outputs

    def forward(self, x: torch.Tensor, frames: torch.Tensor | None, step: int) -> torch.Tensor:
        y = self.deep(self.wide(x))
        if self.gate:
            y = self.gate(y, shares(frames, y, step))
        y = self.out(y)
        return x + y if self.same else y


class Stage(nn.Module):
    """A layer of its own or none, then a block or none, after which there is a step of so many frames."""

    def __init__(self, step: int, block: Block | None = None, layer: nn.Module | None = None) -> None:
        super().__init__()
        self.step, self.layer, self.block = step, layer or nn.Identity(), block

    def forward(self, x: torch.Tensor, frames: torch.Tensor | None = None) -> torch.Tensor:
        x = self.layer(x)
        return self.block(x, frames, self.step) if self.block else x


def layer(inputs: int, outputs: int, size: int, stride: int) -> nn.Module:
    convolution = nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.Hardswish(True))


class Student(nn.Module):
    """dB [batch, 1, frames, 64] -> the teacher's logits, standardised. `frames` tells how many are real where rows are padded."""

    def __init__(self, hidden: int = 640, classes: int = 527) -> None:
        super().__init__()
        self.bands = nn.Linear(2 * 64, BANDS)
        gated, smooth = True, True
        self.stages = nn.ModuleList([
            Stage(4, Block(16, 48, 16, 5, 2, not gated, not smooth), layer(1, 16, 5, 2)),
            Stage(4, Block(16, 48, 16, 3, 1, not gated, not smooth)),
            Stage(8, Block(16, 48, 16, 5, 2, gated, not smooth)),
            Stage(8, Block(16, 72, 16, 5, 1, gated, not smooth)),
            Stage(8, Block(16, 72, 16, 5, 1, gated, not smooth)),
            Stage(16, Block(16, 144, 32, 3, 2, not gated, smooth)),
            Stage(16, Block(32, 120, 32, 3, 1, not gated, smooth)),
            Stage(16, Block(32, 112, 32, 3, 1, not gated, smooth)),
            Stage(16, Block(32, 112, 32, 3, 1, not gated, smooth)),
            Stage(16, Block(32, 288, 48, 3, 1, gated, smooth)),
            Stage(16, Block(48, 408, 48, 3, 1, gated, smooth)),
            Stage(32, Block(48, 408, 64, 5, 2, gated, smooth)),
            Stage(32, Block(64, 576, 64, 5, 1, gated, smooth)),
            Stage(32, Block(64, 576, 64, 5, 1, gated, smooth)),
            Stage(32, layer=layer(64, FEATURES, 1, 1)),
        ])  # fmt: skip
        self.hidden = nn.Sequential(nn.Linear(2 * FEATURES, hidden), nn.Hardswish(), nn.Dropout(0.1))
        self.classes = nn.Linear(hidden, classes)

    def spectrum(self, x: torch.Tensor) -> torch.Tensor:
        """Bands as the teacher has them, out of ours in decibels and of their logarithms above a floor."""
        loudest = torch.clamp(torch.amax(x, dim=(2, 3), keepdim=True), min=-70.0)
        x = torch.clamp(x - loudest, min=-80.0)
        return self.bands(floors(x))

    def forward_stages(self, x: torch.Tensor, frames: torch.Tensor | None = None) -> list[torch.Tensor]:
        x, said = self.spectrum(x), []
        for stage in self.stages:
            x = stage(x, frames)
            said.append(x)
        return said

    def pool(self, x: torch.Tensor, frames: torch.Tensor | None = None) -> torch.Tensor:
        """The last stage -> [batch, 768]: mean and maximum over real time."""
        x = x.mean(3)
        if frames is None:
            return torch.cat([x.mean(2), torch.amax(x, 2)], 1)
        real = shares(frames, x[..., None], self.stages[-1].step)[:, None]
        return torch.cat([(x * real).sum(2) / real.sum(2), torch.amax(x * real - (1 - real) * 9, 2)], 1)

    def forward(self, x: torch.Tensor, frames: torch.Tensor | None = None) -> torch.Tensor:
        """-> [batch, 640], what `classes` reads."""
        return self.hidden(self.pool(self.forward_stages(x, frames)[-1], frames))


def floors(x: torch.Tensor) -> torch.Tensor:
    """Decibels below the loudest [..., 64] -> what `bands` reads [..., 128]."""
    return torch.cat([torch.log(torch.exp(x * 0.2302585) + 1e-7) * 0.2, x / 20 + 2], -1)


def repeated(x: torch.Tensor) -> torch.Tensor:
    """[batch, 1, frames, 64], repeated up to SHORTEST frames; written so that it can be exported."""
    count = torch._shape_as_tensor(x)[2]
    return x.index_select(2, torch.remainder(torch.arange(torch.clamp(count, min=SHORTEST)), count))
