"""`make data`: the utterances, in shards of five hundred. A shard depends on its source and number alone, so the work can be cut off and taken up.

A shard is `NNN.pcm`, 16-bit samples at 8 kHz one utterance after the other, and `NNN.tsv`: where each begins, how long it is, who says what.
"""

import argparse
import csv
import time
from collections.abc import Iterator
from dataclasses import dataclass
from math import gcd
from pathlib import Path
from random import Random

import numpy as np
from scipy.signal import resample_poly

import texts
from engines import ENGINES, Manner
from places import CORPUS
from texts import Sentence
from voices import HELD, TRAINED, Source, respelt

RATE = 8000
SHARD = 500
SECONDS_MAX = 12
EDGE = RATE // 10  # what is left of silence before and after
QUIET = 0.02  # of the peak
COLUMNS = ("start", "samples", "voice", "kind", "text")


@dataclass(frozen=True)
class Utterance:
    """One row of a shard; `wave` is a view of its file."""

    source: str
    lang: str
    voice: str
    kind: str
    text: str
    wave: np.ndarray


def make(folder: str, source: Source, shard: int) -> int:
    """Writes one shard, whole or not at all; how many utterances it has."""
    random = Random(f"{source.name} {shard}")
    engine = ENGINES[source.engine]()
    rows, waves, at = [], [], 0
    count = min(SHARD, source.utterances - shard * SHARD)
    for index in range(count):
        sentence = drawn(folder, source, shard * SHARD + index, random)
        voice = random.choice(source.voices)
        spoken = respelt(sentence.spoken, source.respelling, random)
        wave = telephone(*engine.say(spoken, voice, Manner.drawn(random)))
        if wave is not None and RATE // 8 < len(wave) < SECONDS_MAX * RATE:
            rows.append((at, len(wave), voice, sentence.kind, sentence.text))
            waves.append(wave)
            at += len(wave)
    write(CORPUS / folder / source.name / f"{shard:03}", rows, waves)
    return len(rows)


def drawn(folder: str, source: Source, index: int, random: Random) -> Sentence:
    if folder == "trained":
        return texts.training(source.lang, random)
    return texts.judging(source.lang, texts.TESTS[index % len(texts.TESTS)], random)


def telephone(samples: np.ndarray, rate: int) -> np.ndarray | None:
    """At 8 kHz, without long silence at its ends, at one peak level; None for silence."""
    factor = gcd(RATE, rate)
    wave = resample_poly(samples.astype(np.float32), RATE // factor, rate // factor) if len(samples) else np.zeros(0)
    peak = np.abs(wave).max(initial=0)
    if peak < 1:
        return None
    loud = np.flatnonzero(np.abs(wave) > QUIET * peak)
    wave = wave[max(0, loud[0] - EDGE) : loud[-1] + EDGE]
    return np.round(wave / peak * 0.7 * 32767).astype(np.int16)


def write(path: Path, rows: list[tuple], waves: list[np.ndarray]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".pcm.new")
    np.concatenate(waves).tofile(new)
    new.rename(path.with_suffix(".pcm"))
    new = path.with_suffix(".tsv.new")
    with new.open("w", newline="") as file:
        csv.writer(file, delimiter="\t").writerows([COLUMNS, *rows])
    new.rename(path.with_suffix(".tsv"))


def read(folder: str, source: Source, first: int = 10**9) -> Iterator[Utterance]:
    """What there is of a source so far, in order."""
    for path in sorted((CORPUS / folder / source.name).glob("*.tsv")):
        samples = np.memmap(path.with_suffix(".pcm"), np.int16, "r")
        with path.open() as file:
            for row in csv.DictReader(file, delimiter="\t"):
                if first <= 0:
                    return
                first -= 1
                start, length = int(row["start"]), int(row["samples"])
                yield Utterance(source.name, source.lang, row["voice"], row["kind"], row["text"], samples[start : start + length])


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--only", help="sources whose name has this in it")
    only = arguments.parse_args().only or ""
    wanted = [(folder, source) for folder, group in (("trained", TRAINED), ("held", HELD)) for source in group if only in source.name]
    shards = [(shard, folder, source) for folder, source in wanted for shard in range(-(-source.utterances // SHARD))]
    for shard, folder, source in sorted(shards, key=lambda job: job[0]):  # a little of every source first
        if not (CORPUS / folder / source.name / f"{shard:03}.tsv").exists():
            began = time.monotonic()
            made = make(folder, source, shard)
            print(f"{source.name} {shard:03}: {made} utterances in {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
