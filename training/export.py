"""`make export`: the mean weights of a run for the robot, and clips by which another implementation proves itself.

The batch norms are folded into the convolutions, so nothing is left but convolutions, ReLUs and sums. `network.safetensors` is in that format: eight bytes
with the length of a JSON header, the header with each tensor's shape and place, the numbers as f16. The expected logarithms are those of the f16 weights.
"""

import argparse
import hashlib
import json
import struct
import wave
from pathlib import Path
from random import Random

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import corpus
import features
from augment import condition
from corpus import Utterance
from network import DILATIONS, LETTERS, STRIDE, Network, greedy
from places import REPOSITORY, RUNS
from train import Run, floats, planned_of
from voices import TRAINED

MODEL = REPOSITORY / "models/kkru-8k-v1"
GOLDEN_SOURCES = ("espeak-kk", "espeak-ru", "rhvoice-kyrgyz-kk", "rhvoice-ru")  # voices whose licences let their sound be passed on
GOLDEN_S = (1.0, 2.0)


def folded(network: Network) -> dict[str, Tensor]:
    """The weights without batch norms, rounded as they are shipped."""
    tensors = joined("first", network.first, network.first_norm)
    for at, block in enumerate(network.blocks):
        tensors |= joined(f"block{at}", block.convolution, block.norm)
    tensors |= {"last.weight": network.last.weight[:, :, 0], "last.bias": network.last.bias, "prior": network.prior}
    return {name: tensor.detach().half() for name, tensor in tensors.items()}


def joined(name: str, convolution: nn.Conv1d, norm: nn.BatchNorm1d) -> dict[str, Tensor]:
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    return {f"{name}.weight": convolution.weight * scale[:, None, None], f"{name}.bias": norm.bias - norm.running_mean * scale}


def forward(tensors: dict[str, Tensor], seen: Tensor) -> Tensor:
    """What the robot does with the weights. [1, frame, 40] to [frame of 30 ms, 43]"""
    weights = {name: tensor.float() for name, tensor in tensors.items()}
    x = torch.relu(F.conv1d(seen.transpose(1, 2), weights["first.weight"], weights["first.bias"], STRIDE, 4))
    for at, dilation in enumerate(DILATIONS):
        x = x + torch.relu(F.conv1d(x, weights[f"block{at}.weight"], weights[f"block{at}.bias"], 1, dilation, dilation))
    return F.conv1d(x, weights["last.weight"][:, :, None], weights["last.bias"])[0].log_softmax(0).T


def safetensors(tensors: dict[str, Tensor]) -> bytes:
    header, data = {}, b""
    for name, tensor in tensors.items():
        written = tensor.contiguous().numpy().astype("<f2").tobytes()
        header[name] = {"dtype": "F16", "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(written)]}
        data += written
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def golden() -> list[Utterance]:
    """One short utterance of each source."""
    fits = lambda one: GOLDEN_S[0] < len(one.wave) / features.RATE < GOLDEN_S[1]
    return [next(filter(fits, corpus.read("trained", source))) for source in TRAINED if source.name in GOLDEN_SOURCES]


def write_golden(folder: Path, tensors: dict[str, Tensor]) -> list[dict[str, object]]:
    """A WAV and its logarithms, f32 of low byte first, frame after frame."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for utterance in golden():
        samples = (condition(floats(utterance), "clean", Random(0), []) * 32767).round().to(torch.int16)
        letters = forward(tensors, features.plain(samples.float() / 32768, tensors["prior"].float()))
        with wave.open(str(folder / f"{utterance.source}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(features.RATE)
            file.writeframes(samples.numpy().astype("<i2").tobytes())
        (folder / f"{utterance.source}.f32").write_bytes(letters.numpy().astype("<f4").tobytes())
        rows.append({"name": utterance.source, "frames": len(letters), "said": utterance.text, "greedy": greedy(letters)})
    return rows


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--run", default="main")
    folder = RUNS / arguments.parse_args().run
    torch.set_num_threads(1)
    run = Run(folder, planned_of(folder))
    tensors = folded(run.mean.eval())
    MODEL.mkdir(parents=True, exist_ok=True)
    weights = safetensors(tensors)
    (MODEL / "network.safetensors").write_bytes(weights)
    card = {
        "sha256": hashlib.sha256(weights).hexdigest(),
        "letters": LETTERS,
        "channels": run.plan.channels,
        "parameters": int(np.sum([tensor.numel() for tensor in tensors.values()])),
        "heard_h": round(run.heard, 1),
        "steps": run.step,
        "golden": write_golden(MODEL / "golden", tensors),
    }
    (MODEL / "model.json").write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n")
    print(json.dumps(card, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
