"""`make tiny`: a model of eight channels that was never trained, and a sound that nobody said, for the tests of the engine in Rust.

What it writes is nonsense, but the same nonsense in any implementation: `clip.f32` has the logarithms expected of `clip.wav`.
"""

import hashlib
import json
import wave

import numpy as np
import torch

import features
from export import folded, forward, safetensors
from network import LETTERS, Network
from places import REPOSITORY

FOLDER = REPOSITORY / "tests/speech/tiny"
CHANNELS = 8
SECONDS = 1.3


def sound() -> np.ndarray:
    """A gliding tone with harmonics in three bursts, between silence and noise."""
    count = int(SECONDS * features.RATE)
    at = np.arange(count) / features.RATE
    pitch = 2 * np.pi * np.cumsum(120 + 60 * np.sin(2 * np.pi * at)) / features.RATE
    voice = sum(np.sin(harmonic * pitch) / harmonic for harmonic in range(1, 20))
    bursts = np.clip(np.sin(2 * np.pi * 2.3 * at), 0, 1)
    noise = np.random.default_rng(1).normal(size=count) * 0.02 * (at > 0.6)
    return np.round((0.2 * voice * bursts + noise) * 32767).clip(-32768, 32767).astype("<i2")


def main() -> None:
    torch.manual_seed(1)
    network = Network(CHANNELS).eval()
    with torch.no_grad():
        network.last.weight *= 6
        network.prior.copy_(torch.linspace(-3, -1, features.MELS))
        for part in network.modules():
            if isinstance(part, torch.nn.BatchNorm1d):
                part.running_mean.uniform_(-0.3, 0.3)
                part.running_var.uniform_(0.1, 0.6)
    tensors = folded(network)
    samples = sound()
    letters = forward(tensors, features.plain(torch.from_numpy(samples.astype(np.float32)) / 32768, tensors["prior"].float()))
    FOLDER.mkdir(parents=True, exist_ok=True)
    weights = safetensors(tensors)
    (FOLDER / "network.safetensors").write_bytes(weights)
    (FOLDER / "clip.f32").write_bytes(letters.detach().numpy().astype("<f4").tobytes())
    with wave.open(str(FOLDER / "clip.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(features.RATE)
        file.writeframes(samples.tobytes())
    card = {"sha256": hashlib.sha256(weights).hexdigest(), "letters": LETTERS, "channels": CHANNELS}
    (FOLDER / "model.json").write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
