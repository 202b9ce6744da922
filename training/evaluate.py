"""`make eval`: how well closed questions are answered by voices that were never heard, on a clean line and a bad one.

Both languages are open at every question. An answer counts if it is right and believed: the threshold of a grammar is fixed on the other sources, so that of
speech that answers nothing at most one in twenty is believed. The table goes to `eval.tsv` beside the run and to standard output.
"""

import argparse
import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import numpy as np
import torch
from torch import Tensor

import corpus
import texts
from augment import condition
from corpus import Utterance
from decode import Decoder, choice, row
from network import LETTERS, Network, greedy, mistakes
from places import RUNS
from train import Plan, Run, floats, planned_of, shown
from voices import HELD, TRAINED, Source

LANGUAGES = ("kk", "ru")
CONDITIONS = ("clean", "white@10", "babble@10")
FALSE_ACCEPTS = 0.05


@dataclass(frozen=True)
class Answer:
    """One utterance under one grammar. `meant`: what it should come to, nothing for what is outside the grammar."""

    source: str
    line: str
    lang: str
    test: str
    meant: str | None
    heard: str
    confidence: float


def wilson(right: int, count: int) -> tuple[float, float]:
    """The interval in which the true share lies, nineteen times of twenty."""
    if not count:
        return 0.0, 1.0
    z, share = 1.96, right / count
    middle = share + z * z / (2 * count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return (middle - half) / (1 + z * z / count), (middle + half) / (1 + z * z / count)


class Judge:
    """The grammars of the tests."""

    def __init__(self, network: Network, plan: Plan) -> None:
        self.network, self.plan = network, plan
        closed = {lang: texts.closed(lang) for lang in LANGUAGES}
        yes_no = [(meaning, phrase) for lang in LANGUAGES for meaning, phrase in closed[lang] if meaning in ("yes", "no")]
        menu = [(meaning, phrase) for lang in LANGUAGES for meaning, phrase in texts.menu(lang)]
        numbers = [(word, word) for lang in LANGUAGES for word in texts.NUMBER_WORDS[lang]]
        self.choices: dict[str, Decoder] = {"yes_no": choice(yes_no), "menu": choice(menu), "number_word": choice(numbers)}
        self.meanings = {"yes_no": dict_of(yes_no), "menu": dict_of(menu), "number_word": dict_of(numbers)}
        self.digits = row([texts.numerals.RU_UNITS[:10], texts.numerals.KK_UNITS], 12)

    def letters(self, wave: Tensor) -> np.ndarray:
        with torch.no_grad():
            return self.network(shown(self.plan, self.network, wave))[0].numpy()

    def answers(self, utterance: Utterance, line: str, letters: np.ndarray) -> Iterator[Answer]:
        of = (utterance.source, line, utterance.lang)
        if utterance.kind in self.choices:
            yield self.chosen(utterance.kind, of, letters, self.meanings[utterance.kind][utterance.text], named(utterance))
        if utterance.kind == "out":
            for test in self.choices:
                yield self.chosen(test, of, letters, None, test)
        if utterance.kind in ("digits12", "out"):
            path, confidence = self.digits.path(letters)
            meant = utterance.text if utterance.kind == "digits12" else None
            yield Answer(*of, "digits12", meant, "".join(LETTERS[at] for at in path), confidence)

    def chosen(self, grammar: str, of: tuple[str, str, str], letters: np.ndarray, meant: str | None, test: str) -> Answer:
        decoded = self.choices[grammar].decode(letters)
        return Answer(*of, test, meant, decoded.meaning, decoded.confidence)


def named(utterance: Utterance) -> str:
    """Phrases that were never trained on count apart."""
    return "menu_held" if utterance.kind == "menu" and texts.is_held("phrase", utterance.lang, utterance.text) else utterance.kind


def dict_of(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """The first meaning of each phrase."""
    return {phrase: meaning for meaning, phrase in reversed(pairs)}


def thresholds(answers: list[Answer], source: str, test: str) -> float:
    """What one in twenty of the other sources' foreign utterances surpasses on a clean line."""
    outside = sorted(one.confidence for one in answers if one.meant is None and one.test == test and one.source != source and one.line == "clean")
    return outside[int(len(outside) * (1 - FALSE_ACCEPTS))] if outside else -math.inf


def table(answers: list[Answer]) -> Iterator[dict[str, object]]:
    keys = sorted({(one.source, one.line, one.test) for one in answers})
    for source, line, test in keys:
        grammar = test.removesuffix("_held")
        threshold = thresholds(answers, source, grammar)
        here = [one for one in answers if (one.source, one.line) == (source, line)]
        asked = [one for one in here if one.test == test and one.meant is not None]
        outside = [one for one in here if one.test == grammar and one.meant is None]
        right = sum(one.heard == one.meant for one in asked)
        believed = sum(one.heard == one.meant and one.confidence >= threshold for one in asked)
        wrong = sum(one.heard != one.meant and one.confidence >= threshold for one in asked)
        low, high = wilson(believed, len(asked))
        yield {
            "source": source, "line": line, "test": test, "n": len(asked), "right": percent(right, len(asked)),
            "right_and_believed": percent(believed, len(asked)), "low": f"{100 * low:.1f}", "high": f"{100 * high:.1f}",
            "believed_wrong": percent(wrong, len(asked)),
            "false_accepts": percent(sum(one.confidence >= threshold for one in outside), len(outside)),
        }  # fmt: skip


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}" if whole else "-"


def heard(judge: Judge, source: Source, first: int, others: list[Tensor]) -> Iterator[tuple[list[Answer], str, int, int]]:
    """Every utterance on every line: its answers, and its letters wrong and in all."""
    for number, utterance in enumerate(corpus.read("held", source, first)):
        for line in CONDITIONS:
            random = Random(f"{source.name} {number} {line}")
            letters = judge.letters(condition(floats(utterance), line, random, others))
            wrong = mistakes(utterance.text, greedy(torch.from_numpy(letters)))
            yield list(judge.answers(utterance, line, letters)), line, wrong, len(utterance.text)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--run", default="main")
    arguments.add_argument("--first", type=int, default=10**9, help="so many utterances of each source")
    arguments.add_argument("--only", default="", help="sources whose name has this in it")
    wanted = arguments.parse_args()
    torch.set_num_threads(1)
    folder = RUNS / wanted.run
    run = Run(folder, planned_of(folder))
    judge = Judge(run.mean.eval(), run.plan)
    others = [floats(utterance) for source in TRAINED for utterance in corpus.read("trained", source, 25)]
    answers: list[Answer] = []
    for source in HELD:
        if wanted.only in source.name:
            letters: dict[str, list[int]] = {line: [0, 0] for line in CONDITIONS}
            for new, line, wrong, count in heard(judge, source, wanted.first, others):
                answers += new
                letters[line] = [letters[line][0] + wrong, letters[line][1] + count]
            print(source.name, *(f"CER {line} {percent(*count)}" for line, count in letters.items()), flush=True)
    rows = list(table(answers))
    with (folder / "eval.tsv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], delimiter="\t")
        writer.writeheader()
        writer.writerows(rows)
    print((folder / "eval.tsv").read_text())


if __name__ == "__main__":
    main()
