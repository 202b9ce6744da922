"""What the network sees of an utterance. README.md specifies it to the last constant, since `src/speech/embedded/` does the same in Rust.

`plain` is that specification. `spectrum`, `mel` and `normal` are its parts, of which training varies each.
"""

import math
from functools import cache

import torch
from torch import Tensor

RATE = 8000
WINDOW, HOP, TRANSFORM = 200, 80, 256
MELS, MEL_LOW, MEL_HIGH = 40, 150.0, 3800.0
LEVEL = 0.1
FLOOR_DB = -23.0
NO_FLOOR_DB = -90.0
LOG_FLOOR = 1e-5
PRIOR_FRAMES, SPREAD = 100.0, 2.5


@cache
def floor_noise(count: int) -> Tensor:
    """Uniform white noise of variance 1, always the same: a linear congruential generator, begun anew for each utterance."""
    state, noise = 1, []
    for _ in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        noise.append((state >> 8) / 2**23 - 1)
    return torch.tensor(noise) * math.sqrt(3)


def levels(waves: Tensor, counts: Tensor) -> Tensor:
    """How loud each utterance is: the RMS of its blocks of 10 ms that are at least as loud as the mean block. [utterance]"""
    blocks = waves[:, : waves.shape[1] // HOP * HOP].unflatten(1, (-1, HOP)).square().mean(2)
    within = torch.arange(blocks.shape[1]) < (counts // HOP)[:, None]
    blocks = blocks * within
    mean = blocks.sum(1) / (counts // HOP)
    loud = within & (blocks >= mean[:, None])
    return ((blocks * loud).sum(1) / loud.sum(1)).sqrt().clamp(min=1e-6)


def with_floor(waves: Tensor, counts: Tensor, noise: Tensor, floor_db: Tensor | float = FLOOR_DB) -> Tensor:
    """Every utterance at one level, on a floor of noise: no line that the network is used on is as silent as a synthesiser."""
    floor = 10 ** (torch.as_tensor(floor_db) / 20)
    return LEVEL * (waves / levels(waves, counts)[:, None] + floor.reshape(-1, 1) * noise)


def frames_of(counts: Tensor) -> Tensor:
    return torch.div(counts - WINDOW, HOP, rounding_mode="floor") + 1


def spectrum(waves: Tensor) -> Tensor:
    """Power per frame and bin. [utterance, frame, 129]"""
    window = torch.hann_window(WINDOW, periodic=True)
    transformed = torch.fft.rfft(waves.unfold(1, WINDOW, HOP) * window, TRANSFORM)
    return transformed.real.square() + transformed.imag.square()


@cache
def filters(warp: float = 1.0) -> Tensor:
    """Triangles of height 1, their corners equally far apart in mel; `warp` moves them as a longer or shorter vocal tract would. [129, 40]"""
    low, high = (1127 * math.log(1 + hertz / 700) for hertz in (MEL_LOW, MEL_HIGH))
    corners = 700 * (torch.exp(torch.linspace(low, high, MELS + 2, dtype=torch.float64) / 1127) - 1)
    knee = 3200 / max(warp, 1.0)
    corners = torch.where(corners <= knee, corners * warp, knee * warp + (corners - knee) * (4000 - knee * warp) / (4000 - knee))
    left, centre, right = corners[:-2], corners[1:-1], corners[2:]
    hertz = torch.arange(TRANSFORM // 2 + 1, dtype=torch.float64)[:, None] * RATE / TRANSFORM
    return torch.minimum((hertz - left) / (centre - left), (right - hertz) / (right - centre)).clamp(min=0).float()


def mel(power: Tensor, banks: Tensor, pcen: bool = False) -> Tensor:
    return slow_gain(power @ banks) if pcen else torch.log(power @ banks + LOG_FLOOR)


def slow_gain(energy: Tensor) -> Tensor:
    """Per-channel energy normalisation instead of the logarithm: each band less what it slowly was. For the table of ablations."""
    slow, means = energy[:, 0], []
    for frame in energy.unbind(1):
        slow = slow + 0.04 * (frame - slow)
        means.append(slow)
    return 2 * ((energy / (torch.stack(means, 1) + 1e-6) ** 0.98 + 2) ** 0.5 - 2**0.5)


def normal(mels: Tensor, frames: Tensor, prior: Tensor) -> Tensor:
    """Less the mean of the utterance, towards which a hundred frames of the usual mean count: one vowel alone must not vanish."""
    within = (torch.arange(mels.shape[1]) < frames[:, None])[..., None]
    mean = ((mels * within).sum(1) + PRIOR_FRAMES * prior) / (frames[:, None] + PRIOR_FRAMES)
    return (mels - mean[:, None]) * within / SPREAD


def plain(wave: Tensor, prior: Tensor, pcen: bool = False, floor_db: float = FLOOR_DB) -> Tensor:
    """The features of one utterance in use. [1, frame, 40]"""
    waves, counts = wave[None], torch.tensor([len(wave)])
    power = spectrum(with_floor(waves, counts, floor_noise(12 * RATE)[: len(wave)], floor_db))
    return normal(mel(power, filters(), pcen), frames_of(counts), prior)
