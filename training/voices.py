"""Which voices speak, which of them may be trained on, and how a voice of another language is made to read Kazakh.

The licence of each source, and why a voice is on this side or that, is in README.md.
"""

from dataclasses import dataclass
from random import Random

from places import share

HELD_VARIANTS = 0.14

ESPEAK_VARIANTS = (
    "f1 f2 f3 f4 f5 m1 m2 m3 m4 m5 m6 m7 m8 klatt klatt2 klatt3 klatt4 klatt6 Alex Alicia Andrea Andy Annie Denis Diogo Gene Henrique Hugo"
    " Jacky Lee Marco Mario Michael Mike adam anika antonio aunty belinda benjamin boris caleb david ed edward grandma grandpa gustave iven iven2"
    " iven3 iven4 john kaukovalta linda marcelo max michel miguel norbert pablo paul pedro quincy rob robert sandro shelby steph steph2 steph3"
    " travis victor zac"
).split()
HELD_ESPEAK = [variant for variant in ESPEAK_VARIANTS if share("voice", variant) < HELD_VARIANTS]
TRAINED_ESPEAK = [variant for variant in ESPEAK_VARIANTS if variant not in HELD_ESPEAK]

TRAINED_RHVOICE_RU = "aleksandr anna irina".split()
TRAINED_RHVOICE_KY = "azamat nazgul".split()
HELD_RHVOICE_RU = "artemiy arina mikhail pavel tatiana victoria vitaliy evgeniy-rus yuriy".split()
HELD_RHVOICE_TT = ["talgat"]


@dataclass(frozen=True)
class Source:
    """Voices of one engine that read one language, and how its letters become theirs."""

    name: str
    engine: str
    lang: str
    reads: str
    voices: tuple[str, ...]
    utterances: int
    respelling: str = ""


def espeak(reads: str, variants: list[str]) -> tuple[str, ...]:
    return tuple(f"{base}+{variant}" for base in reads.split() for variant in variants)


TRAINED = (
    Source("espeak-kk", "espeak", "kk", "kk", espeak("kk", TRAINED_ESPEAK), 18_000),
    Source("espeak-ru", "espeak", "ru", "ru", espeak("ru ru-LV", TRAINED_ESPEAK), 14_000),
    Source("espeak-kyrgyz-kk", "espeak", "kk", "ky", espeak("ky", TRAINED_ESPEAK), 5_000, "kyrgyz"),
    Source("espeak-tatar-kk", "espeak", "kk", "tt", espeak("tt", TRAINED_ESPEAK), 5_000, "tatar"),
    Source("rhvoice-ru", "rhvoice", "ru", "ru", tuple(TRAINED_RHVOICE_RU), 13_000),
    Source("rhvoice-kyrgyz-kk", "rhvoice", "kk", "ky", tuple(TRAINED_RHVOICE_KY), 13_000, "kyrgyz"),
    Source("rhvoice-russian-kk", "rhvoice", "kk", "ru", tuple(TRAINED_RHVOICE_RU), 6_000, "russian"),
    Source("rhvoice-kyrgyz-ru", "rhvoice", "ru", "ky", tuple(TRAINED_RHVOICE_KY), 4_000),
)
HELD = (
    Source("espeak-held-kk", "espeak", "kk", "kk", espeak("kk", HELD_ESPEAK), 2_100),
    Source("espeak-held-ru", "espeak", "ru", "ru", espeak("ru", HELD_ESPEAK), 2_100),
    Source("rhvoice-held-ru", "rhvoice", "ru", "ru", tuple(HELD_RHVOICE_RU), 2_100),
    Source("rhvoice-held-kk", "rhvoice", "kk", "ru", tuple(HELD_RHVOICE_RU), 2_100, "russian"),
    Source("talgat-kk", "rhvoice", "kk", "tt", tuple(HELD_RHVOICE_TT), 2_100, "tatar"),
    Source("festvox-ru", "festival", "ru", "ru", ("msu_ru_nsh_clunits",), 2_100),
)

# A letter that a voice's language lacks has several neighbours; which one is taken is drawn for each sentence, the likeliest first.
# Together they are the ways in which people of other tongues, and people who write Kazakh on a Russian keyboard, pronounce it.
RESPELLINGS = {
    "": {},
    "kyrgyz": {"ә": "э э а", "ғ": "г", "қ": "к", "ұ": "у у ы", "і": "и и ы", "һ": "х"},
    "tatar": {"е": "э э е", "і": "е е и", "ғ": "г", "қ": "к", "ұ": "о у", "ү": "ү", "ө": "ө", "һ": "һ х"},
    "russian": {"ә": "я э а", "ғ": "г г х", "қ": "к к х", "ң": "нг н", "ө": "ё о", "ұ": "у у ы", "ү": "ю у", "һ": "х", "і": "и ы и"},
}


def respelt(text: str, respelling: str, random: Random) -> str:
    """The text in the letters of a voice's language."""
    chosen = {letter: random.choice(near.split()) for letter, near in sorted(RESPELLINGS[respelling].items())}
    return "".join(chosen.get(letter, letter) for letter in text)
