"""Numbers, dates, times and rows of digits as people say them, in both languages.

The forms are those that `dauys spoken` says and understands (docs/spoken.md); which of them is taken is drawn by chance.
"""

from random import Random

KK_UNITS = "нөл бір екі үш төрт бес алты жеті сегіз тоғыз".split()
KK_TENS = [None, *"он жиырма отыз қырық елу алпыс жетпіс сексен тоқсан".split()]
KK_MONTHS = "қаңтар ақпан наурыз сәуір мамыр маусым шілде тамыз қыркүйек қазан қараша желтоқсан".split()
KK_WEEKDAYS = "дүйсенбі сейсенбі сәрсенбі бейсенбі жұма сенбі жексенбі".split()
KK_FRONT, KK_BACK = "әеөүіэ", "аоұыуя"

RU_UNITS = (
    "ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать четырнадцать пятнадцать"
    " шестнадцать семнадцать восемнадцать девятнадцать"
).split()
RU_TENS = [None, None, *"двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто".split()]
RU_HUNDREDS = [None, *"сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот".split()]
RU_MONTHS = "января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split()
RU_WEEKDAYS = "понедельник вторник среду четверг пятницу субботу воскресенье".split()
RU_ORDINAL_STEMS = {
    1: "перв", 2: "втор", 4: "четверт", 5: "пят", 6: "шест", 7: "седьм", 8: "восьм", 9: "девят", 10: "десят",
    11: "одиннадцат", 12: "двенадцат", 13: "тринадцат", 14: "четырнадцат", 15: "пятнадцат", 16: "шестнадцат",
    17: "семнадцат", 18: "восемнадцат", 19: "девятнадцат", 20: "двадцат", 30: "тридцат", 40: "сороков", 50: "пятидесят",
    60: "шестидесят", 70: "семидесят", 80: "восьмидесят", 90: "девяност",
}
RU_QUICK = {
    "двадцать": "двацать", "тридцать": "трицать", "пятьдесят": "писят", "шестьдесят": "шисят", "пятьсот": "пятсот",
    "шестьсот": "шестсот", "восемьсот": "восемсот", "девятьсот": "девятсот", "тысяча": "тыща", "тысячи": "тыщи",
    "сейчас": "щас", "одиннадцать": "одинадцать",
}


# Kazakh


def kk_cardinal(n: int, one_thousand: bool = True) -> str:
    """`one_thousand`: whether 1000 is said with its one."""
    if n == 0:
        return KK_UNITS[0]
    words = []
    for value, name in ((10**6, "миллион"), (1000, "мың"), (100, "жүз")):
        count, n = divmod(n, value)
        if count > 1 or count == 1 and (value == 10**6 or value == 1000 and one_thousand):
            words.append(kk_cardinal(count))
        if count:
            words.append(name)
    tens, units = divmod(n, 10)
    words += [KK_TENS[tens]] * (tens > 0) + [KK_UNITS[units]] * (units > 0)
    return " ".join(words)


def kk_is_front(word: str) -> bool:
    vowels = [c for c in word if c in KK_FRONT + KK_BACK + "и"]
    last = next((c for c in reversed(vowels) if c != "и"), "е")
    return last in KK_FRONT


def kk_ordinal(n: int) -> str:
    *before, last = kk_cardinal(n, one_thousand=False).split()
    if last == "жиырма":
        made = "жиырмасыншы"
    elif last[-1] in "ыі":
        made = last + ("нші" if kk_is_front(last) else "ншы")
    else:
        made = last + ("інші" if kk_is_front(last) else "ыншы")
    return " ".join([*before, made])


def kk_case(words: str, case: str) -> str:
    """A row of words with an ending on the last."""
    front, last = kk_is_front(words.split()[-1]), words[-1]
    vowel, voiceless, nasal = last in KK_FRONT + KK_BACK + "иы", last in "кқпстфхцчшщһ", last in "мнң"
    match case:
        case "dative":
            return words + (("ке" if front else "қа") if voiceless else ("ге" if front else "ға"))
        case "locative":
            return words + (("те" if front else "та") if voiceless else ("де" if front else "да"))
        case "ablative":
            start = "т" if voiceless else "н" if nasal else "д"
            return words + start + ("ен" if front else "ан")
        case "genitive":
            start = "т" if voiceless else "н" if nasal or vowel else "д"
            return words + start + ("ің" if front else "ың")
        case "accusative":
            start = "т" if voiceless else "н" if vowel else "д"
            return words + start + ("і" if front else "ы")
    raise ValueError(f"no Kazakh case {case!r}")


def kk_possessive(words: str) -> str:
    """`қазанның он бірі`."""
    front = kk_is_front(words.split()[-1])
    return words + ("с" if words[-1] in KK_FRONT + KK_BACK else "") + ("і" if front else "ы")


def kk_date(random: Random) -> str:
    day, month = kk_ordinal(random.randint(1, 31)), random.choice(KK_MONTHS)
    kind = random.random()
    if kind < 0.35:
        said = f"{day} {month}"
    elif kind < 0.5:
        said = f"{kk_case(month, 'genitive')} {kk_possessive(day)}"
    elif kind < 0.65:
        said = f"{kk_case(month, 'genitive')} {kk_possessive(kk_cardinal(random.randint(1, 31)))}"
    else:
        year = random.randint(1930, 2027)
        said = f"{kk_ordinal(year)} жылғы {day} {month}" if random.random() < 0.6 else f"{kk_ordinal(year)} жылы {month} {day}"
    if random.random() < 0.12:
        said += f" {random.choice(KK_WEEKDAYS)} күні"
    return said


def kk_time(random: Random) -> str:
    hour, minute = random.randint(7, 21), random.choice([0, 0, 0, 5, 10, 15, 20, 30, 30, 40, 45, 50])
    kind = random.random()
    if kind < 0.2:
        return random.choice("бүгін|ертең|арғы күні|бүрсігүні|келесі аптада|осы аптада|таңертең|түстен кейін|кешке|түске дейін|қазір|кез келген күні".split("|"))
    if kind < 0.35:
        return f"{random.choice(KK_WEEKDAYS)} {random.choice(['күні', 'күнге', 'күні таңертең', 'күні түстен кейін'])}"
    hour = hour if random.random() < 0.5 or hour < 13 else hour - 12
    said = f"сағат {kk_cardinal(hour)}"
    said = kk_case(said, "locative") if not minute else f"{said} {'жарымда' if minute == 30 and random.random() < 0.6 else kk_case(kk_cardinal(minute), 'locative')}"
    if random.random() < 0.3:
        said = f"{random.choice(['ертең', 'бүгін', 'таңғы', 'кешкі', random.choice(KK_WEEKDAYS) + ' күні'])} {said}"
    return said


# Russian


def ru_below_thousand(n: int, feminine: bool = False) -> list[str]:
    words = [RU_HUNDREDS[n // 100]] * (n >= 100)
    n %= 100
    if n >= 20:
        words.append(RU_TENS[n // 10])
        n %= 10
    if n:
        words.append({1: "одна", 2: "две"}.get(n, RU_UNITS[n]) if feminine else RU_UNITS[n])
    return words


def ru_plural(n: int, one: str, few: str, many: str) -> str:
    if 10 < n % 100 < 20:
        return many
    return one if n % 10 == 1 else few if n % 10 in (2, 3, 4) else many


def ru_cardinal(n: int, one_thousand: bool = True) -> str:
    if n == 0:
        return RU_UNITS[0]
    millions, thousands = n // 10**6, n // 1000 % 1000
    words = []
    if millions:
        words += [*ru_below_thousand(millions), ru_plural(millions, "миллион", "миллиона", "миллионов")]
    if thousands:
        words += ru_below_thousand(thousands, feminine=True) if thousands > 1 or one_thousand else []
        words.append(ru_plural(thousands, "тысяча", "тысячи", "тысяч"))
    return " ".join(words + ru_below_thousand(n % 1000))


def ru_ordinal(n: int, form: str) -> str:
    """`form`: `ое`, `ого`, `ый`, `ая`."""
    if n % 1000 == 0 and n:
        return {"ое": "двухтысячное", "ого": "двухтысячного", "ый": "двухтысячный", "ая": "двухтысячная"}[form]
    last = n % 100 if n % 100 in RU_ORDINAL_STEMS or n % 100 == 3 else n % 10
    before = ru_cardinal(n - last, one_thousand=n < 1000 or n >= 2000).split() if n > last else []
    if last == 3:
        made = {"ое": "третье", "ого": "третьего", "ый": "третий", "ая": "третья"}[form]
    else:
        stem = RU_ORDINAL_STEMS[last]
        made = stem + ("ой" if form == "ый" and last in (2, 6, 7, 8, 40) else form)
    return " ".join([*before, made])


def ru_date(random: Random) -> str:
    said = f"{ru_ordinal(random.randint(1, 31), random.choice(['ое', 'ого']))} {random.choice(RU_MONTHS)}"
    if random.random() < 0.5:
        said += f" {ru_ordinal(random.randint(1930, 2027), 'ого')}" + random.choice(["", " года"])
    if random.random() < 0.12:
        said = f"в {random.choice(RU_WEEKDAYS)} {said}"
    return said


def ru_time(random: Random) -> str:
    hour, minute = random.randint(7, 21), random.choice([0, 0, 0, 5, 10, 15, 20, 30, 30, 40, 45, 50])
    kind = random.random()
    if kind < 0.2:
        return random.choice("сегодня|завтра|послезавтра|на следующей неделе|на этой неделе|утром|после обеда|вечером|до обеда|сейчас|в любой день".split("|"))
    if kind < 0.35:
        return f"{random.choice(['в', 'на'])} {random.choice(RU_WEEKDAYS)} {random.choice(['', 'утром', 'после обеда', 'вечером'])}".strip()
    hour = hour if random.random() < 0.5 or hour < 13 else hour - 12
    if not minute:
        said = f"в {ru_cardinal(hour)} " + ru_plural(hour, "час", "часа", "часов") if hour > 1 else "в час"
    elif minute == 30 and random.random() < 0.5:
        said = f"в половине {ru_ordinal(hour % 12 + 1, 'ого')}"
    else:
        said = f"в {ru_cardinal(hour)} {ru_cardinal(minute)}"
    if random.random() < 0.3:
        said = f"{random.choice(['завтра', 'сегодня', 'в ' + random.choice(RU_WEEKDAYS)])} {said}"
    return said


# Both


def cardinal(lang: str, n: int, random: Random) -> str:
    say = ru_cardinal if lang == "ru" else kk_cardinal
    return say(n, one_thousand=random.random() < 0.4)


def number(lang: str, random: Random) -> str:
    """A count, an ordinal or a sum."""
    n = random.choice([random.randint(0, 99), random.randint(0, 999), random.randint(1000, 999_999), random.randint(10**6, 9 * 10**6)])
    kind = random.random()
    if kind < 0.2:
        n = random.randint(1, 99)
        return ru_ordinal(n, random.choice(["ый", "ая", "ое", "ого"])) if lang == "ru" else kk_ordinal(n)
    said = cardinal(lang, n, random)
    if kind < 0.35:
        return f"{said} тенге" if lang == "ru" else f"{said} теңге"
    if kind < 0.45 and lang == "kk":
        return kk_case(said, random.choice(["dative", "locative", "ablative", "accusative"]))
    return said


def digit_groups(lang: str, length: int, random: Random) -> list[str]:
    """A row of digits: one by one, or in numbers of two and three. A group is said in one breath."""
    row = [random.randint(0, 9) for _ in range(length)]
    if random.random() < 0.65:
        size = random.choice([1, 2, 3, 4, 12])
        groups = [row[at : at + size] for at in range(0, length, size)]
        return [" ".join(cardinal(lang, digit, random) for digit in group) for group in groups]
    groups = []
    while row:
        size = min(len(row), random.choice([1, 2, 2, 2, 3, 3]))
        group, row = row[:size], row[size:]
        zeros = next((at for at, digit in enumerate(group) if digit), size)
        words = [cardinal(lang, 0, random)] * zeros
        if zeros < size:
            words.append(cardinal(lang, int("".join(map(str, group))), random))
        groups.append(" ".join(words))
    return groups


def plain_digits(lang: str, length: int, random: Random) -> str:
    """A row of digits, one by one."""
    return " ".join(cardinal(lang, random.randint(0, 9), random) for _ in range(length))


def quick(text: str, random: Random) -> str:
    """Russian as it is said in haste; the words are written as they sound."""
    return " ".join(RU_QUICK[word] if word in RU_QUICK and random.random() < 0.5 else word for word in text.split())
