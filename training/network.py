"""The network: a strided convolution, eight dilated ones with a bridge over each, and the logarithms of the probabilities of 43 letters every 30 ms."""

import torch
from torch import Tensor, nn

from features import MELS

LETTERS = "_абвгдежзийклмнопрстуфхцчшщъыьэюяәғқңөұүһі "  # the first is the blank
INDEX = {letter: at for at, letter in enumerate(LETTERS)}
DILATIONS = (1, 1, 2, 2, 3, 3, 4, 1)
STRIDE = 3


def encoded(text: str) -> list[int]:
    return [INDEX[letter] for letter in text]


class Block(nn.Module):
    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(channels, channels, 3, dilation=dilation, padding=dilation, bias=False)
        self.norm = nn.BatchNorm1d(channels)

    def forward(self, seen: Tensor) -> Tensor:
        return seen + torch.relu(self.norm(self.convolution(seen)))


class Network(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels
        self.first = nn.Conv1d(MELS, channels, 9, stride=STRIDE, padding=4, bias=False)
        self.first_norm = nn.BatchNorm1d(channels)
        self.blocks = nn.Sequential(*(Block(channels, dilation) for dilation in DILATIONS))
        self.drop = nn.Dropout(0.05)
        self.last = nn.Conv1d(channels, len(LETTERS), 1)
        self.register_buffer("prior", torch.full((MELS,), -2.0))  # the usual mean of the features, set before training

    def forward(self, features: Tensor) -> Tensor:
        """[utterance, frame, 40] to [utterance, frame of 30 ms, letter]"""
        seen = torch.relu(self.first_norm(self.first(features.transpose(1, 2))))
        return self.last(self.drop(self.blocks(seen))).float().log_softmax(1).transpose(1, 2)


def outputs_of(frames: Tensor) -> Tensor:
    return torch.div(frames + STRIDE - 1, STRIDE, rounding_mode="floor")


def greedy(letters: Tensor) -> str:
    """The likeliest letter of each frame, repetitions and blanks left out."""
    likeliest = letters.argmax(-1)
    changed = torch.cat([torch.tensor([True]), likeliest[1:] != likeliest[:-1]])
    return " ".join("".join(LETTERS[at] for at in likeliest[changed & (likeliest > 0)].tolist()).split())


def mistakes(wanted: str, heard: str) -> int:
    """How many letters are wrong, missing or too many."""
    row = list(range(len(heard) + 1))
    for at, letter in enumerate(wanted):
        above, row = row, [at + 1]
        for to, other in enumerate(heard):
            row.append(min(above[to] + (letter != other), above[to + 1] + 1, row[to] + 1))
    return row[-1]
