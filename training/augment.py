"""What lies between a synthesiser and a caller: another voice, another hurry, a room, a street, a telephone, a line.

Everything is drawn from the generators given, so a step of training can be done again; `Weather` leaves parts out for the table of ablations.
"""

import math
from dataclasses import dataclass
from random import Random

import torch
import torch.nn.functional as F
from torch import Tensor

import features
from features import MELS, RATE

WARPS = [round(0.88 + 0.02 * step, 2) for step in range(14)]
PACKET = RATE // 50


@dataclass(frozen=True)
class Weather:
    """Which parts are on: what an ablation leaves out."""

    floor: bool = True
    natural: bool = True  # equaliser, loudness contour, harmonic blur, uneven tempo
    line: bool = True  # room, noise, babble, band limits, A-law, packet loss
    pcen: bool = False  # in place of the logarithm


def augmented(waves: list[Tensor], prior: Tensor, weather: Weather, random: Random, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Features of a batch and how many frames each utterance has."""
    draw = Draw(generator, len(waves))
    x, counts = placed(waves, random)
    shape = x.shape[1]
    size = fast_size(shape + RATE // 4)
    bins = torch.fft.rfft(x, size)
    hertz = torch.linspace(0, RATE / 2, size // 2 + 1)
    if weather.natural:
        bins = bins * equaliser(hertz, draw, random)
    if weather.line and random.random() < 0.35:
        bins = bins * torch.fft.rfft(room(draw), size)
    x = torch.fft.irfft(bins, size)[:, :shape]
    if weather.natural and random.random() < 0.6:
        x = x * loudness(shape, draw, random)
    if weather.line:
        x = telephone(noisy(x, counts, draw, random), counts, size, hertz, draw, random)
    floor = draw.uniform(-28, -19) if weather.floor else torch.full((len(waves),), features.NO_FLOOR_DB)
    power = features.spectrum(features.with_floor(x, counts, draw.normal(shape), floor))
    frames = features.frames_of(counts)
    if weather.natural:
        power = blurred(power, random)
    banks = torch.stack([features.filters(WARPS[at]) for at in draw.choice(len(WARPS))])
    mels = features.mel(power, banks, weather.pcen)
    if weather.natural:
        mels, frames = uneven(mels, frames, random)
    return masked(features.normal(mels, frames, prior), frames, random), frames


class Draw:
    """Chance for a batch."""

    def __init__(self, generator: torch.Generator, rows: int) -> None:
        self.generator, self.rows = generator, rows

    def uniform(self, low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand(self.rows, *shape, generator=self.generator)

    def normal(self, *shape: int) -> Tensor:
        return torch.randn(self.rows, *shape, generator=self.generator)

    def choice(self, count: int) -> list[int]:
        return torch.randint(count, (self.rows,), generator=self.generator).tolist()


def fast_size(least: int) -> int:
    """A length of which a transform is quick: two, three or five times a power of two."""
    power = 1 << (least - 1).bit_length()
    return next(size for size in (power * 5 // 8, power * 3 // 4, power) if size >= least)


def placed(waves: list[Tensor], random: Random) -> tuple[Tensor, Tensor]:
    """At another speed (which moves the pitch too), with some silence before and after as an endpointer leaves it."""
    speed = random.uniform(0.9, 1.13)
    waves = [F.interpolate(wave[None, None], size=int(len(wave) * speed), mode="linear")[0, 0] for wave in waves]
    before = [random.randint(0, int(0.35 * RATE)) for _ in waves]
    counts = [lead + len(wave) + random.randint(0, int(0.7 * RATE)) for lead, wave in zip(before, waves)]
    x = torch.zeros(len(waves), max(counts))
    for row, lead, wave in zip(x, before, waves):
        row[lead : lead + len(wave)] = wave
    return x, torch.tensor(counts)


def stretched(knots: Tensor, length: int) -> Tensor:
    """A smooth line through knots. [row, knot] to [row, length]"""
    return F.interpolate(knots[:, None], size=length, mode="linear", align_corners=True)[:, 0]


def equaliser(hertz: Tensor, draw: Draw, random: Random) -> Tensor:
    tilt = draw.uniform(-8, 8, 1) * (hertz / 4000 - 0.3)
    knots = draw.normal(9) * random.choice([0.0, 2.0, 4.0, 6.0])
    return 10 ** ((tilt + stretched(knots, len(hertz))) / 20)


def room(draw: Draw) -> Tensor:
    """The echo of a made-up room: noise that fades, after the sound itself."""
    length = RATE // 4
    fade = torch.exp(-6.9 * torch.arange(length) / RATE / draw.uniform(0.06, 0.4, 1))
    echo = draw.normal(length) * fade * draw.uniform(0.01, 0.16, 1)
    echo[:, 0] = 1
    return echo


def loudness(length: int, draw: Draw, random: Random) -> Tensor:
    """Words of one sentence are not equally loud."""
    knots = draw.normal(length * 5 // RATE + 3) * random.uniform(1, 6)
    return 10 ** (stretched(knots, length) / 20)


def noisy(x: Tensor, counts: Tensor, draw: Draw, random: Random) -> Tensor:
    """A street, a fan, or other people talking."""
    kind = random.random()
    if kind < 0.25:
        return x
    if kind < 0.6:
        noise, snr = coloured(x.shape[1], draw, random), draw.uniform(3, 38, 1)
    else:
        turns = [torch.roll(torch.roll(x, random.randint(1, max(1, len(x) - 1)), 0), random.randrange(x.shape[1]), 1) for _ in range(random.choice([1, 3, 5]))]
        noise, snr = sum(turn * random.uniform(0.3, 1) for turn in turns), draw.uniform(5, 38, 1)
    power = (noise.square().mean(1, keepdim=True)).clamp(min=1e-12)
    return x + noise * features.levels(x, counts)[:, None] / power.sqrt() * 10 ** (-snr / 20)


def coloured(length: int, draw: Draw, random: Random) -> Tensor:
    noise = draw.normal(length)
    if random.random() < 0.4:
        return noise
    size = fast_size(length)
    slope = (1 + torch.linspace(0, 4000, size // 2 + 1) / random.uniform(100, 2000)) ** -random.uniform(0.5, 2)
    return torch.fft.irfft(torch.fft.rfft(noise, size) * slope, size)[:, :length]


def telephone(x: Tensor, counts: Tensor, size: int, hertz: Tensor, draw: Draw, random: Random) -> Tensor:
    """Band limits, a level, at times too much of it, A-law, lost packets."""
    low, high = draw.uniform(60, 380, 1), draw.uniform(3000, 3950, 1)
    band = 1 / torch.sqrt((1 + (low / hertz.clamp(min=1)) ** 6) * (1 + (hertz / high) ** 16))
    x = torch.fft.irfft(torch.fft.rfft(x, size) * band, size)[:, : x.shape[1]]
    level = draw.uniform(-32, -3, 1)
    x = x / x.abs().amax(1, keepdim=True).clamp(min=1e-6) * 10 ** (level / 20)
    if random.random() < 0.1:
        x = torch.tanh(x * random.uniform(1, 6))
    if random.random() < 0.7:
        x = alaw(x)
    return lossy(x, random.uniform(0.005, 0.05), draw) if random.random() < 0.2 else x


def alaw(x: Tensor) -> Tensor:
    """Through A-law and back, by its formula."""
    a, size = 87.6, x.abs().clamp(1e-9, 1)
    whole = 1 + math.log(a)
    coded = torch.where(size < 1 / a, a * size, 1 + torch.log(a * size)) / whole
    coded = (coded * 127).round() / 127
    return x.sign() * torch.where(coded < 1 / whole, coded * whole / a, torch.exp(coded * whole - 1) / a)


def lossy(x: Tensor, share: float, draw: Draw) -> Tensor:
    """Packets of 20 ms are lost; the port repeats the last period, fading to silence within 60 ms, and so do we with the last packet."""
    packets = F.pad(x, (0, -x.shape[1] % PACKET)).unflatten(1, (-1, PACKET)).clone()
    lost = draw.uniform(0, 1, packets.shape[1]) < share
    fade = torch.linspace(1, 2 / 3, PACKET)
    for row, at in lost.nonzero().tolist():
        packets[row, at] = packets[row, at - 1] * fade if at else 0
    return packets.flatten(1)[:, : x.shape[1]]


def blurred(power: Tensor, random: Random) -> Tensor:
    """Harmonics smeared over neighbouring bins: a hoarse, a whispering, a breathing voice."""
    width = random.choice([1, 1, 1, 3, 5, 7])
    return power if width == 1 else F.avg_pool1d(power, width, 1, width // 2, count_include_pad=False)


def uneven(mels: Tensor, frames: Tensor, random: Random) -> tuple[Tensor, Tensor]:
    """A hurry that changes within the sentence and, unlike speed, leaves the pitch alone."""
    if random.random() < 0.25:
        return mels, frames
    steps = torch.tensor([0.0] + [random.uniform(0.55, 1.55) for _ in range(random.randint(3, 8))]).cumsum(0)
    length = int(mels.shape[1] * random.uniform(0.85, 1.2))
    at = stretched((steps / steps[-1])[None] * (mels.shape[1] - 1), length)[0]
    left = at.long().clamp(max=mels.shape[1] - 2)
    part = (at - left)[None, :, None]
    frames = torch.stack([(at < count).sum() for count in frames]).clamp(min=8)
    return mels[:, left] * (1 - part) + mels[:, left + 1] * part, frames


def masked(seen: Tensor, frames: Tensor, random: Random) -> Tensor:
    """Small holes in time and pitch, so that nothing hangs on one place."""
    for row, count in zip(seen, frames.tolist()):
        for _ in range(2):
            width = random.randint(0, 7)
            start = random.randint(0, max(0, count - width))
            row[start : start + width] = 0
            width = random.randint(0, 4)
            start = random.randint(0, MELS - width)
            row[:, start : start + width] = 0
    return seen


# The conditions of tests: fixed, and none of them was trained on in this form.


def condition(wave: Tensor, name: str, random: Random, others: list[Tensor]) -> Tensor:
    """A clean call, or one with noise or babble at so many dB: `clean`, `white@10`, `babble@10`."""
    size = fast_size(len(wave) + 1)
    hertz = torch.linspace(0, RATE / 2, size // 2 + 1)
    band = 1 / torch.sqrt((1 + (300 / hertz.clamp(min=1)) ** 6) * (1 + (hertz / 3400) ** 16))
    x = torch.fft.irfft(torch.fft.rfft(wave, size) * band, size)[: len(wave)]
    kind, _, snr = name.partition("@")
    if snr:
        noise = white(len(wave), random) if kind == "white" else babble(len(wave), random, others)
        level = features.levels(x[None], torch.tensor([len(x)]))[0]
        x = x + noise / noise.square().mean().sqrt().clamp(min=1e-6) * level * 10 ** (-float(snr) / 20)
    return alaw(x / x.abs().max().clamp(min=1e-6) * 0.3)


def white(length: int, random: Random) -> Tensor:
    return torch.randn(length, generator=torch.Generator().manual_seed(random.getrandbits(32)))


def babble(length: int, random: Random, others: list[Tensor]) -> Tensor:
    """Five people talking at once."""
    voices = (random.choice(others) for _ in range(5))
    return sum(torch.roll(voice.repeat(length // len(voice) + 1)[:length], random.randrange(length)) for voice in voices)


