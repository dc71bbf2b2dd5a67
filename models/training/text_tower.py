"""The text tower: word pieces -> two small transformer layers over a weighted bag -> L2-normalised vector."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

DIMENSION = 256


class Block(nn.Module):
    """Pre-norm self-attention and a small MLP, written out so that it exports to plain ONNX operators."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm_a, self.norm_b = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 3 * width), nn.Linear(3 * width, width)

    def forward(self, x: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        batch, tokens, width = x.shape
        q, k, v = self.qkv(self.norm_a(x)).view(batch, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        weights = torch.softmax(q @ k.transpose(-1, -2) * (width // self.heads) ** -0.5 + bias, dim=-1)
        x = x + self.out((weights @ v).transpose(1, 2).reshape(batch, tokens, width))
        return x + self.down(F.gelu(self.up(self.norm_b(x)), approximate="tanh"))


class TextTower(nn.Module):
    """ids and mask [batch, tokens] -> [batch, 256]. Padding changes nothing; an empty text gives a learned vector."""

    def __init__(self, vocabulary: int, width: int = DIMENSION, layers: int = 2, positions: int = 64) -> None:
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, width)
        self.positions = nn.Embedding(positions, width)
        nn.init.normal_(self.tokens.weight, std=0.05)
        nn.init.normal_(self.positions.weight, std=0.01)
        self.blocks = nn.ModuleList(Block(width, 4) for _ in range(layers))
        self.weight = nn.Linear(width, 1)
        self.mix = nn.Linear(width, width)
        self.head = nn.Linear(width, DIMENSION)
        self.empty = nn.Parameter(torch.randn(DIMENSION) * 0.02)
        nn.init.eye_(self.head.weight)
        nn.init.zeros_(self.mix.weight)
        nn.init.zeros_(self.mix.bias)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        real = mask.to(torch.float32)
        bag = self.tokens(ids)
        place = torch.clamp(torch.cumsum(mask, dim=1) - 1, min=0, max=self.positions.num_embeddings - 1)
        x = bag + self.positions(place)
        bias = (real - 1.0)[:, None, None, :] * 1e4
        for block in self.blocks:
            x = block(x, bias)
        # Each word's own vector counts by a weight read from its context; what the context adds comes on top.
        weight = torch.exp(torch.clamp(self.weight(x), -8.0, 8.0)) * real[:, :, None]
        pooled = ((bag + self.mix(x)) * weight).sum(1) / (weight.sum(1) + 1e-6)
        vector = self.head(pooled) + self.empty * 0.1
        return vector / torch.sqrt((vector * vector).sum(-1, keepdim=True) + 1e-12)
