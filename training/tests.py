"""`make test`: what must hold of the pipeline. No corpus, no synthesiser, no dictionary."""

import tempfile
import unittest
from pathlib import Path
from random import Random
from unittest import mock

import numpy as np
import torch

import augment
import decode
import evaluate
import export
import features
import network
import numerals
import texts
import train
import voices
from corpus import Utterance


def made_up(count: int) -> list[Utterance]:
    """Noise with a text, which a step can be done on."""
    chance = np.random.default_rng(1)
    waves = [chance.integers(-9000, 9000, 8000 + 400 * at).astype(np.int16) for at in range(count)]
    return [Utterance("made-up", "kk", "nobody", "words", "иә дұрыс", wave) for wave in waves]


def said(text: str, length: int = 4) -> np.ndarray:
    """Letters as a network that has no doubt would hear them: each for some frames, a blank after each."""
    frames = []
    for letter in text:
        for index in [network.INDEX[letter]] * length + [0]:
            frame = np.full(len(network.LETTERS), -12.0, np.float32)
            frame[index] = -0.01
            frames.append(frame)
    return np.stack(frames)


class Numerals(unittest.TestCase):
    def test_numbers_are_said_as_the_robot_says_them(self) -> None:
        cases = [
            (numerals.kk_cardinal(1000), "бір мың"), (numerals.kk_cardinal(1985, False), "мың тоғыз жүз сексен бес"),
            (numerals.kk_ordinal(20), "жиырмасыншы"), (numerals.kk_ordinal(2026), "екі мың жиырма алтыншы"),
            (numerals.kk_case("үш", "locative"), "үште"), (numerals.kk_case("он", "ablative"), "оннан"),
            (numerals.kk_possessive("он бір"), "он бірі"), (numerals.kk_possessive("алты"), "алтысы"),
            (numerals.ru_cardinal(2001), "две тысячи один"), (numerals.ru_cardinal(21_000), "двадцать одна тысяча"),
            (numerals.ru_ordinal(23, "ого"), "двадцать третьего"), (numerals.ru_ordinal(2000, "ого"), "двухтысячного"),
            (numerals.ru_ordinal(40, "ый"), "сороковой"),
        ]  # fmt: skip
        for came, expected in cases:
            self.assertEqual(came, expected)

    def test_a_row_of_digits_in_groups_has_all_its_digits(self) -> None:
        self.assertEqual(len(numerals.plain_digits("kk", 12, Random(3)).split()), 12)
        for seed in range(50):
            self.assertTrue(numerals.digit_groups("ru", 12, Random(seed)))


class Texts(unittest.TestCase):
    def test_nothing_held_out_is_trained_on(self) -> None:
        listed = tuple(f"сөз{a}{b}" for a in "абвгде" for b in "жзиклм")
        held = {word for word in listed if texts.is_held("word", "kk", word)}
        self.assertTrue(held)
        with mock.patch.object(texts, "words", lambda _lang: listed):
            for seed in range(1500):
                sentence = texts.training("kk", Random(seed))
                if sentence.kind == "words":
                    self.assertFalse(held & set(sentence.text.split()))
                else:
                    self.assertFalse(texts.is_held("phrase", "kk", sentence.text), sentence)

    def test_a_sentence_is_letters_and_single_spaces(self) -> None:
        self.assertEqual(texts.normal("Ещё-раз, «ЖСН»: 12 — иә!"), "еще раз жсн иә")

    def test_values_of_templates_are_no_words(self) -> None:
        tree = {"kk": ["{{ name }} дайын. Келіңіз!"], "ru": "готово", "x": [{"ru": "да"}]}
        self.assertEqual([one for one in texts.of_lang("kk", tree) if one], ["дайын", "келіңіз"])
        self.assertEqual(list(texts.of_lang("ru", tree)), ["готово", "да"])

    def test_fifty_choices_are_asked_for_in_both_languages(self) -> None:
        for lang in ("kk", "ru"):
            self.assertEqual(len({choice for choice, _ in texts.menu(lang)}), 50)
            self.assertTrue(all(texts.is_spoken(lang, phrase) for _, phrase in texts.closed(lang)))


class Voices(unittest.TestCase):
    def test_no_voice_is_on_both_sides(self) -> None:
        base = lambda source: {voice.split("+")[-1] for voice in source.voices}
        trained = set().union(*map(base, voices.TRAINED))
        held = set().union(*map(base, voices.HELD))
        self.assertFalse(trained & held)
        self.assertEqual({voice for source in voices.TRAINED if source.engine == "rhvoice" for voice in source.voices}, {"aleksandr", "anna", "irina", "azamat", "nazgul"})

    def test_no_letter_is_left_that_the_voice_lacks(self) -> None:
        for respelling, missing in (("kyrgyz", "әғқұіһ"), ("russian", "әғқңөұүһі"), ("tatar", "ғқұі")):
            self.assertFalse(set(voices.respelt(texts.ALPHABET["kk"], respelling, Random(1))) & set(missing))


class Features(unittest.TestCase):
    def test_the_noise_is_the_same_everywhere(self) -> None:
        noise = features.floor_noise(50_000)
        state = 1
        for at in range(3):
            state = (1664525 * state + 1013904223) % 2**32
            self.assertAlmostEqual(float(noise[at]), (state // 256 / 2**23 - 1) * 3**0.5, places=6)
        self.assertAlmostEqual(float(noise.square().mean()), 1, delta=0.02)

    def test_the_loudness_of_a_call_does_not_matter(self) -> None:
        wave = torch.sin(torch.arange(8000) / 7) * 0.5
        prior = torch.zeros(features.MELS)
        torch.testing.assert_close(features.plain(wave, prior), features.plain(wave / 40, prior), atol=1e-3, rtol=0)

    def test_silence_around_words_does_not_change_their_level(self) -> None:
        wave = torch.randn(8000, generator=torch.Generator().manual_seed(1))
        longer = torch.cat([torch.zeros(8000), wave, torch.zeros(16_000)])
        levels = [float(features.levels(one[None], torch.tensor([len(one)]))) for one in (wave, longer)]
        self.assertAlmostEqual(levels[0] / levels[1], 1, delta=0.12)

    def test_a_band_that_does_not_change_is_flattened_by_its_slow_gain(self) -> None:
        energy = torch.cat([torch.full((1, 200, 1), 3.0), torch.full((1, 200, 1), 0.03)], 2)
        steady = features.slow_gain(energy)[0, -1]
        self.assertAlmostEqual(float(steady[0] - steady[1]), 0, delta=0.1)

    def test_silence_is_finite(self) -> None:
        self.assertTrue(features.plain(torch.zeros(4000), torch.zeros(features.MELS)).isfinite().all())

    def test_every_filter_hears_something(self) -> None:
        for warp in (1.0, *augment.WARPS):
            self.assertGreater(float(features.filters(warp).sum(0).min()), 0.3, warp)


class Augmentation(unittest.TestCase):
    def test_no_weather_makes_a_frame_infinite_or_loses_one(self) -> None:
        waves = [train.floats(one) for one in made_up(4)]
        for seed in range(25):
            seen, frames = augment.augmented(waves, torch.zeros(40), augment.Weather(), Random(seed), torch.Generator().manual_seed(seed))
            self.assertTrue(seen.isfinite().all())
            self.assertLessEqual(int(frames.max()), seen.shape[1])

    def test_a_lost_packet_is_its_neighbour_fading(self) -> None:
        draw = augment.Draw(torch.Generator().manual_seed(1), 1)
        lost = augment.lossy(torch.ones(1, 800), 1.0, draw)
        self.assertEqual(float(lost[0, 0]), 0)

    def test_alaw_keeps_what_is_loud(self) -> None:
        x = torch.tensor([0.5, -0.5, 0.05, 0.0])
        torch.testing.assert_close(augment.alaw(x), x, atol=0.012, rtol=0)


class Training(unittest.TestCase):
    def test_a_run_that_is_cut_off_goes_on_as_if_it_had_not_been(self) -> None:
        plan = train.Plan(channels=16, warm_steps=2)
        batch = made_up(4)
        with tempfile.TemporaryDirectory() as whole, tempfile.TemporaryDirectory() as cut:
            first = train.Run(Path(whole), plan)
            losses = [first.learn(batch) for _ in range(4)]
            second = train.Run(Path(cut), plan)
            again = [second.learn(batch) for _ in range(2)]
            second.save()
            third = train.Run(Path(cut), plan)
            again += [third.learn(batch) for _ in range(2)]
        self.assertEqual(len(set(losses)), 4)
        np.testing.assert_allclose(losses, again, rtol=1e-5)

    def test_the_rate_warms_up_stays_and_falls(self) -> None:
        plan = train.Plan(hours=100, falling=0.3, rate=1.0, warm_steps=10)
        rates = [plan.rate_at(step, heard) for step, heard in ((0, 0), (10, 0), (1000, 69), (2000, 85), (3000, 100))]
        np.testing.assert_allclose(rates, [0.1, 1, 1, 0.5, 0.01], atol=1e-6)


class Network(unittest.TestCase):
    def test_the_shipped_weights_hear_what_the_network_hears(self) -> None:
        torch.manual_seed(2)
        trained = network.Network(24)
        for _ in range(3):
            trained(torch.randn(4, 90, 40))
        seen = torch.randn(1, 100, 40)
        with torch.no_grad():
            torch.testing.assert_close(export.forward(export.folded(trained.eval()), seen), trained(seen)[0], atol=0.02, rtol=0)

    def test_letters_are_counted(self) -> None:
        for wanted, heard, wrong in (("иә", "иә", 0), ("иә", "", 2), ("дұрыс", "дурыс", 1), ("жоқ", "жо", 1), ("", "а", 1)):
            self.assertEqual(network.mistakes(wanted, heard), wrong)


class Judging(unittest.TestCase):
    def test_an_interval_is_that_of_wilson(self) -> None:
        for right, count, low, high in ((95, 100, 0.888, 0.978), (0, 10, 0.0, 0.278), (300, 300, 0.987, 1.0), (0, 0, 0.0, 1.0)):
            np.testing.assert_allclose(evaluate.wilson(right, count), (low, high), atol=1e-3)

    def test_a_threshold_comes_from_the_other_sources(self) -> None:
        outside = [evaluate.Answer(source, "clean", "kk", "menu", None, "x", at / 100) for source, at in [*(("a", at) for at in range(100)), ("b", 500)]]
        self.assertEqual(evaluate.thresholds(outside, "b", "menu"), 0.95)
        self.assertEqual(evaluate.thresholds(outside, "a", "menu"), 5.0)


class Decoding(unittest.TestCase):
    def test_what_was_said_is_found_among_the_choices(self) -> None:
        decoder = decode.choice([("yes", "иә"), ("yes", "да"), ("no", "жоқ"), ("no", "нет"), ("operator", "оператор")])
        for text, meaning in (("иә", "yes"), ("жоқ", "no"), ("оператор", "operator"), ("нет", "no")):
            decoded = decoder.decode(said(text))
            self.assertEqual(decoded.meaning, meaning)
            self.assertGreater(decoded.confidence, -0.1)
        self.assertLess(decoder.decode(said("зейнетақы")).confidence, -1)
        self.assertAlmostEqual(decoder.decode(said("иә") - 3).confidence, decoder.decode(said("иә")).confidence, places=4)

    def test_a_doubled_letter_needs_its_blank(self) -> None:
        decoder = decode.choice([("two", "касса"), ("one", "каса")])
        self.assertEqual(decoder.decode(said("касса")).meaning, "two")
        self.assertEqual(decoder.decode(said("каса")).meaning, "one")
        without = np.concatenate([said("кас")[:-1], said("са")])
        self.assertEqual(decoder.decode(without).meaning, "one")

    def test_a_row_has_its_length_and_one_language(self) -> None:
        decoder = decode.row([numerals.RU_UNITS[:10], numerals.KK_UNITS], 3)
        for text in ("три два два", "үш екі екі"):
            path, _ = decoder.path(said(text))
            self.assertEqual("".join(network.LETTERS[at] for at in path), text)
        self.assertLess(decoder.path(said("три два"))[1], -0.5)


if __name__ == "__main__":
    unittest.main()
