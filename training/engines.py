"""The synthesisers: text in, 16-bit samples and their rate out. They are found at run time; Makefile and README.md say which packages they are in."""

import ctypes
import subprocess
import tempfile
import wave
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_double, c_int, c_short, c_uint, c_void_p
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np


@dataclass(frozen=True)
class Manner:
    """How something is said; 1 is a voice's own. Voices are in a hurry by themselves, and who talks to a robot is not: most are slowed down."""

    rate: float
    pitch: float
    melody: float

    @classmethod
    def drawn(cls, random: Random) -> "Manner":
        return cls(random.uniform(0.55, 1.2), random.uniform(0.8, 1.25), random.uniform(0.5, 1.6))


class Espeak:
    """espeak-ng, through its C library: a thousand utterances take seconds."""

    RETRIEVAL, UTF8, RATE, PITCH, RANGE = 2, 1, 1, 3, 4

    def __init__(self) -> None:
        self.library = ctypes.CDLL("libespeak-ng.so.1")
        self.rate = self.library.espeak_Initialize(self.RETRIEVAL, 0, None, 0)
        self.heard: list[np.ndarray] = []
        self.callback = CFUNCTYPE(c_int, POINTER(c_short), c_int, c_void_p)(self.hear)
        self.library.espeak_SetSynthCallback(self.callback)

    def hear(self, samples: object, count: int, _events: object) -> int:
        if count > 0 and samples:
            self.heard.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0

    def say(self, text: str, voice: str, manner: Manner) -> tuple[np.ndarray, int]:
        self.heard = []
        if self.library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise LookupError(f"espeak-ng has no voice {voice!r}")
        settings = {self.RATE: round(160 * manner.rate), self.PITCH: round(50 * manner.pitch**2.5), self.RANGE: round(50 * manner.melody)}
        for parameter, value in settings.items():
            self.library.espeak_SetParameter(parameter, value, 0)
        written = text.encode() + b"\0"
        self.library.espeak_Synth(written, len(written), 0, 1, 0, self.UTF8, None, None)
        self.library.espeak_Synchronize()
        return (np.concatenate(self.heard) if self.heard else np.zeros(0, np.int16)), self.rate


class _Callbacks(Structure):
    _fields_ = [
        ("set_sample_rate", CFUNCTYPE(c_int, c_int, c_void_p)),
        ("play_speech", CFUNCTYPE(c_int, POINTER(c_short), c_uint, c_void_p)),
        *((name, c_void_p) for name in "process_mark word_starts word_ends sentence_starts sentence_ends play_audio done".split()),
    ]


class _Init(Structure):
    _fields_ = [("data_path", c_char_p), ("config_path", c_char_p), ("resource_paths", c_void_p), ("callbacks", _Callbacks), ("options", c_uint)]


class _Params(Structure):
    _fields_ = [
        ("voice_profile", c_char_p),
        *((name, c_double) for name in "absolute_rate absolute_pitch absolute_volume relative_rate relative_pitch relative_volume".split()),
        ("punctuation_mode", c_int),
        ("punctuation_list", c_char_p),
        ("capitals_mode", c_int),
        ("flags", c_int),
    ]


class RhVoice:
    """RHVoice, through its C library; the data are where Debian has them."""

    def __init__(self) -> None:
        self.library = ctypes.CDLL("libRHVoice.so.5")
        self.library.RHVoice_new_tts_engine.restype = c_void_p
        self.library.RHVoice_new_message.restype = c_void_p
        self.library.RHVoice_new_message.argtypes = [c_void_p, c_char_p, c_uint, c_int, POINTER(_Params), c_void_p]
        self.library.RHVoice_speak.argtypes = [c_void_p]
        self.library.RHVoice_delete_message.argtypes = [c_void_p]
        self.heard: list[np.ndarray] = []
        self.rate = 0
        init = _Init(data_path=b"/usr/share/RHVoice", config_path=b"/etc/RHVoice")
        init.callbacks.set_sample_rate = _Callbacks._fields_[0][1](self.set_rate)
        init.callbacks.play_speech = _Callbacks._fields_[1][1](self.hear)
        self.init = init  # the library calls back into it
        self.engine = self.library.RHVoice_new_tts_engine(ctypes.byref(init))
        if not self.engine:
            raise OSError("RHVoice did not start: are its voices installed?")

    def set_rate(self, rate: int, _data: object) -> int:
        self.rate = rate
        return 1

    def hear(self, samples: object, count: int, _data: object) -> int:
        self.heard.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 1

    def say(self, text: str, voice: str, manner: Manner) -> tuple[np.ndarray, int]:
        self.heard = []
        params = _Params(voice_profile=voice.encode(), relative_rate=manner.rate, relative_pitch=manner.pitch, relative_volume=1.0)
        written = text.encode()
        message = self.library.RHVoice_new_message(self.engine, written, len(written), 0, ctypes.byref(params), None)
        if not message:
            raise LookupError(f"RHVoice has no voice {voice!r}")
        self.library.RHVoice_speak(message)
        self.library.RHVoice_delete_message(message)
        return (np.concatenate(self.heard) if self.heard else np.zeros(0, np.int16)), self.rate


class Festival:
    """Festival, as a program that is asked sentence by sentence through its standard input."""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.wav = Path(self.folder.name) / "said.wav"
        self.program = subprocess.Popen(
            ["festival", "--interactive"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.voice = ""

    def ask(self, expression: str) -> None:
        """Has an expression evaluated and waits until it has been."""
        self.program.stdin.write(f'{expression}\n(format t "\\nasked\\n")\n')
        self.program.stdin.flush()
        for line in self.program.stdout:
            if line.strip().endswith("asked"):
                return
        raise OSError("festival ended")

    def say(self, text: str, voice: str, manner: Manner) -> tuple[np.ndarray, int]:
        if voice != self.voice:
            self.ask(f"(voice_{voice})")
            self.voice = voice
        self.wav.unlink(missing_ok=True)
        self.ask(f"(Parameter.set 'Duration_Stretch {1 / manner.rate:.2f})")
        self.ask(f"""(utt.save.wave (utt.synth (Utterance Text "{text.replace('"', '')}")) "{self.wav}" 'riff)""")
        if not self.wav.exists():
            return np.zeros(0, np.int16), 16_000
        with wave.open(str(self.wav)) as wav:
            return np.frombuffer(wav.readframes(wav.getnframes()), np.int16), wav.getframerate()


ENGINES = {"espeak": Espeak, "rhvoice": RhVoice, "festival": Festival}
