"""What is said: sentences drawn by chance, each with how it is written and how a voice is given it.

Texts are lower-case letters and spaces; a voice may get commas for pauses and a mark at the end for its melody.
"""

import csv
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from random import Random

import yaml

import numerals
from places import REPOSITORY, share

ALPHABET = {"ru": "абвгдежзийклмнопрстуфхцчшщъыьэюя", "kk": "абвгдежзийклмнопрстуфхцчшщъыьэюяәғқңөұүһі"}
HELD_WORDS = 0.08
HELD_PHRASES = 0.12
LETTERS_MAX = 110


@dataclass(frozen=True)
class Sentence:
    kind: str
    text: str
    spoken: str


def normal(text: str) -> str:
    """As the network writes it: lower case, ё as е, a hyphen as a space, no marks."""
    text = text.lower().replace("ё", "е").replace("-", " ").replace("–", " ")
    return " ".join(re.sub(r"[^\w ]|[\d_]", " ", text).split())


def is_spoken(lang: str, text: str) -> bool:
    return 1 < len(text) <= LETTERS_MAX and set(text) <= set(ALPHABET[lang] + " ")


def is_held(kind: str, lang: str, text: str) -> bool:
    """Held out for ever: never trained on, in no run. One word of a phrase is none: a short answer must be learnt."""
    if kind == "word":
        return share("word", lang, text) < HELD_WORDS
    return " " in text and share("phrase", lang, text) < HELD_PHRASES


# Where phrases come from


@cache
def closed(lang: str) -> tuple[tuple[str, str], ...]:
    """The choices of closed.tsv with their phrases."""
    lines = (REPOSITORY / "training/closed.tsv").read_text().splitlines()
    rows = csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t")
    return tuple((row["choice"], normal(phrase)) for row in rows for phrase in row[lang].split("|"))


@cache
def phrases(lang: str) -> tuple[str, ...]:
    """Whatever callers may say by flows/, what the robot says itself, the tables with which the grammars were made, and places."""
    found = {phrase for _, phrase in closed(lang)}
    more = filter(None, os.environ.get("DAUYS_TEXTS", "").split(":"))  # further folders, of an operator's own flows
    for folder in ("flows", "prompts", *more):
        for path in sorted((REPOSITORY / folder).rglob("*.yaml")):
            found |= set(of_lang(lang, yaml.safe_load(path.read_text())))
    for name in ("yes_no_dev", "navigation_dev", "yesno_nav"):
        found |= set(of_table(lang, name))
    return tuple(sorted(phrase for phrase in found if is_spoken(lang, phrase)))


@cache
def heldout_tables(lang: str) -> tuple[str, ...]:
    """Tables that the grammars are judged by judge the recogniser too."""
    found = set(of_table(lang, "yes_no_heldout")) | set(of_table(lang, "commands_heldout"))
    return tuple(sorted(phrase for phrase in found if is_spoken(lang, phrase)))


@cache
def places(lang: str) -> tuple[str, ...]:
    rows = table("core/src/grammar/place.tsv")
    names = [row[lang] for row in rows] + [name for row in rows for name in (row["aliases"] or "").split(";")]
    return tuple(sorted({name for name in map(normal, names) if is_spoken(lang, name)}))


@cache
def words(lang: str) -> tuple[str, ...]:
    """The words of Debian's spelling dictionary with some of their endings. Read at run time: they are not ours to commit."""
    random = Random(f"words {lang}")
    stems = run(["aspell", "dump", "master", lang]).split()
    random.shuffle(stems)
    forms = []
    for line in run(["aspell", "-l", lang, "expand"], "\n".join(stems[:40_000])).splitlines():
        family = line.split()
        forms += random.sample(family, min(3, len(family)))
    return tuple(sorted({word for word in map(normal, forms) if 2 <= len(word) <= 16 and " " not in word and is_spoken(lang, word)}))


def run(command: list[str], stdin: str = "") -> str:
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=True).stdout


def table(path: str) -> list[dict[str, str]]:
    lines = (REPOSITORY / path).read_text().splitlines()
    return list(csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t"))


def of_table(lang: str, name: str) -> Iterator[str]:
    for row in table(f"tests/tables/{name}.tsv"):
        if lang in (row.get("lang"), row.get("call_lang")):
            yield normal(row["input"])


def of_lang(lang: str, node: object) -> Iterator[str]:
    """Every sentence below `kk:` or `ru:` in a YAML tree."""
    match node:
        case dict():
            for key, value in node.items():
                yield from sentences(value) if key == lang else of_lang(lang, value)
        case list():
            for value in node:
                yield from of_lang(lang, value)


def sentences(node: object) -> Iterator[str]:
    match node:
        case str():
            for sentence in re.split(r"[.!?:;«»]", re.sub(r"\{\{.*?\}\}", ".", node)):
                yield normal(sentence)
        case list():
            for value in node:
                yield from sentences(value)


# Sentences to train on

FILLERS = {
    "ru": "мне нужна|мне нужно|хочу узнать про|я хочу|подскажите пожалуйста|меня интересует|здравствуйте|добрый день|алло|скажите|ээ|ну|девушка|а|так".split("|"),
    "kk": "маған керек|айтыңызшы|білгім келеді|мені қызықтырады|сәлеметсіз бе|қайырлы күн|алло|мен|айтып жіберіңізші|ээ|маған|жаңағы|енді|сосын|қызым".split("|"),
}
NAMES = {
    "ru": (
        "айгуль нурлан серик ерлан гульнара асель динара марат бекзат алия жанна арман данияр тимур мадина сауле канат болат иван сергей ольга"
        " наталья елена александр дмитрий светлана иванов петров сидорова ким ахметов сулейменова нурпеисов касымова оспанов жумабаев абдрахманов"
    ).split(),
    "kk": (
        "айгүл нұрлан серік ерлан гүлнара әсел динара марат бекзат әлия жанна арман данияр тимур мәдина сәуле қанат болат ахметов сүлейменова"
        " нұрпейісов қасымова оспанов жұмабаев әбдірахманов мұхтар бауыржан күләш қарлығаш ғалия ұлжан өтеген"
    ).split(),
}
KINDS = {"words": 34, "digits": 19, "number": 7, "date": 6, "time": 4, "phrase": 14, "choice": 6, "answer": 6, "place": 4}
ANSWERS = ("yes", "no", "repeat", "operator", "back", "menu", "goodbye", "ru", "kk")


def training(lang: str, random: Random) -> Sentence:
    """A sentence that is not held out."""
    while True:
        kind = random.choices(list(KINDS), KINDS.values())[0]
        said = drawn(lang, kind, random)
        text = normal(said)
        if kind == "words":
            held = any(is_held("word", lang, word) for word in text.split())
        else:
            held = is_held("phrase", lang, text)
        if not held and is_spoken(lang, text):
            return Sentence(kind, text, with_melody(said, random))


def drawn(lang: str, kind: str, random: Random) -> str:
    match kind:
        case "words":
            return " ".join(random.choice(words(lang)) for _ in range(random.choice([1, 1, 2, 2, 3, 4, 5])))
        case "digits":
            said = ", ".join(numerals.digit_groups(lang, random.choice([1, 1, 2, 3, 4, 4, 6, 6, 8, 10, 11, 12, 12]), random))
            said = said if random.random() < 0.6 else said.replace(",", "")
            return numerals.quick(said, random) if lang == "ru" and random.random() < 0.1 else said
        case "number":
            return numerals.number(lang, random)
        case "date":
            return numerals.ru_date(random) if lang == "ru" else numerals.kk_date(random)
        case "time":
            return numerals.ru_time(random) if lang == "ru" else numerals.kk_time(random)
        case "phrase":
            return random.choice(phrases(lang))
        case "choice":
            filler = random.choice(FILLERS[lang]) + " " if random.random() < 0.3 else ""
            said = random.choice(closed(lang))[1]
            return "" if is_held("phrase", lang, said) else filler + said
        case "answer":
            return random.choice([phrase for choice, phrase in closed(lang) if choice in ANSWERS])
        case "place":
            names = places(lang) if random.random() < 0.7 else NAMES[lang]
            return " ".join(random.sample(names, random.choice([1, 1, 2])))
    raise ValueError(f"no kind {kind!r}")


def with_melody(said: str, random: Random) -> str:
    return said + random.choice(["", ".", ".", "!", "?", ","])


# Sentences to judge by

NUMBER_WORDS = {
    "ru": [*numerals.RU_UNITS, *numerals.RU_TENS[2:], *numerals.RU_HUNDREDS[1:5], "тысяча"],
    "kk": [*numerals.KK_UNITS, *numerals.KK_TENS[1:], "жүз", "мың", "миллион"],
}
TESTS = ("yes_no", "menu", "digits12", "out", "number_word", "date")
MENU_NOT = {"yes", "no", "ru", "kk"}


def menu(lang: str) -> list[tuple[str, str]]:
    """A menu of fifty choices, each by several phrases."""
    return [(choice, phrase) for choice, phrase in closed(lang) if choice not in MENU_NOT]


def judging(lang: str, kind: str, random: Random) -> Sentence:
    """A sentence of a test. Choices are asked in trained and in held-out phrases; `out` is made of held-out words alone."""
    match kind:
        case "yes_no":
            said = random.choice([phrase for choice, phrase in closed(lang) if choice in ("yes", "no")])
        case "menu":
            said = random.choice(menu(lang))[1]
        case "digits12":
            said = numerals.plain_digits(lang, 12, random)
            cuts = random.choice([[], [6], [4, 8], [3, 6, 9], [2, 4, 6, 8, 10]])
            row = said.split()
            return Sentence(kind, said, " ".join(word + "," * (at + 1 in cuts) for at, word in enumerate(row)))
        case "out":
            said = " ".join(random.choice(held_words(lang)) for _ in range(random.choice([1, 2, 3, 4])))
        case "number_word":
            said = random.choice(NUMBER_WORDS[lang])
        case "date":
            said = numerals.ru_date(random) if lang == "ru" else numerals.kk_date(random)
        case _:
            raise ValueError(f"no test {kind!r}")
    return Sentence(kind, normal(said), said)


@cache
def held_words(lang: str) -> tuple[str, ...]:
    return tuple(word for word in words(lang) if is_held("word", lang, word))
