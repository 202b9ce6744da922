"""`make train`: trains for so many hours of heard speech, from wherever the run stands.

What a step hears and how it is distorted hangs on the seed and the step's number, so a run that is cut off goes on as if it had not been.
Speech heard, not time spent, is the clock: the machine may be as busy as it likes.
"""

import argparse
import dataclasses
import json
import math
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random

import torch
import torch.nn.functional as F
from torch import Tensor

import corpus
from augment import Weather, augmented, condition
from corpus import Utterance
from features import FLOOR_DB, NO_FLOOR_DB, RATE, filters, frames_of, mel, plain, spectrum, with_floor
from network import Network, encoded, greedy, mistakes, outputs_of
from places import RUNS
from voices import HELD, TRAINED

SAVE_S, LOG_S, JUDGE_S = 300, 60, 1800
JUDGED = 48
POOL = 1500


@dataclass(frozen=True)
class Plan:
    """A run. Kept beside it; `hours` alone may be raised later, before the rate begins to fall."""

    channels: int = 320
    hours: float = 400.0  # of speech heard
    falling: float = 0.3  # the last share of them, in which the rate falls to nothing
    rate: float = 2e-3
    warm_steps: int = 400
    batch_s: float = 40.0
    decay: float = 0.9995  # of the mean of weights that is judged and shipped
    seed: int = 1
    floor: bool = True
    natural: bool = True
    line: bool = True
    pcen: bool = False

    def rate_at(self, step: int, heard: float) -> float:
        left = min(1.0, (1 - heard / self.hours) / self.falling)
        return self.rate * min(1.0, (step + 1) / self.warm_steps) * max(0.01, 0.5 - 0.5 * math.cos(math.pi * max(0.0, left)))


class Run:
    """The state of a run, all of it in one file."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.folder, self.plan = folder, plan
        torch.manual_seed(plan.seed)
        self.network = Network(plan.channels)
        self.mean = Network(plan.channels)
        self.optimiser = torch.optim.AdamW(self.network.parameters(), lr=plan.rate, betas=(0.9, 0.98), weight_decay=1e-3)
        self.step, self.epoch, self.batch, self.heard = 0, 0, 0, 0.0
        self.mean.load_state_dict(self.network.state_dict())
        self.file = folder / "state.pt"
        if self.file.exists():
            self.take(torch.load(self.file))

    def take(self, state: dict) -> None:
        self.network.load_state_dict(state["network"])
        self.mean.load_state_dict(state["mean"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.epoch, self.batch, self.heard = (state[key] for key in ("step", "epoch", "batch", "heard"))

    def save(self) -> None:
        state = {key: getattr(self, key) for key in ("step", "epoch", "batch", "heard")}
        state |= {key: getattr(self, key).state_dict() for key in ("network", "mean", "optimiser")}
        new = self.file.with_suffix(".new")
        torch.save(state, new)
        new.rename(self.file)

    def learn(self, utterances: list[Utterance]) -> float:
        """One step; the loss per letter."""
        seed = f"{self.plan.seed} {self.step}"
        weather = Weather(self.plan.floor, self.plan.natural, self.plan.line, self.plan.pcen)
        waves = [floats(utterance) for utterance in utterances]
        seen, frames = augmented(waves, self.network.prior, weather, Random(seed), torch.Generator().manual_seed(hash_of(seed)))
        torch.manual_seed(hash_of(seed))
        targets = [encoded(utterance.text) for utterance in utterances]
        lengths = torch.tensor([len(target) for target in targets])
        with torch.autocast("cpu", dtype=torch.bfloat16):
            letters = self.network(seen)
        outputs = outputs_of(frames).clamp(max=letters.shape[1])
        joined = torch.tensor([index for target in targets for index in target])
        losses = F.ctc_loss(letters.transpose(0, 1), joined, outputs, lengths, reduction="none", zero_infinity=True)
        loss = (losses / lengths).mean()
        for group in self.optimiser.param_groups:
            group["lr"] = self.plan.rate_at(self.step, self.heard)
        self.optimiser.zero_grad()
        loss.backward()
        if torch.isfinite(torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)):
            self.optimiser.step()
        self.follow()
        self.step += 1
        self.batch += 1
        self.heard += sum(map(len, waves)) / RATE / 3600
        return float(loss.detach())

    def follow(self) -> None:
        """The running mean of weights."""
        decay = min(self.plan.decay, (1 + self.step) / (20 + self.step))
        state = self.network.state_dict()
        for name, mean in self.mean.state_dict().items():
            if mean.is_floating_point():
                mean.lerp_(state[name], 1 - decay)
            else:
                mean.copy_(state[name])


def floats(utterance: Utterance) -> Tensor:
    return torch.tensor(utterance.wave, dtype=torch.float32) / 32768


def hash_of(seed: str) -> int:
    return Random(seed).getrandbits(62)


def batches(utterances: list[Utterance], plan: Plan, epoch: int) -> list[list[Utterance]]:
    """All utterances once, those of like length together."""
    random = Random(f"{plan.seed} epoch {epoch}")
    order = random.sample(utterances, len(utterances))
    made: list[list[Utterance]] = []
    for at in range(0, len(order), POOL):
        batch: list[Utterance] = []
        for utterance in sorted(order[at : at + POOL], key=lambda one: len(one.wave)):
            batch.append(utterance)
            if sum(len(one.wave) for one in batch) >= plan.batch_s * RATE:
                made.append(batch)
                batch = []
        if len(batch) > 3:
            made.append(batch)
    random.shuffle(made)
    return made


def usual_mean(utterances: list[Utterance], pcen: bool) -> Tensor:
    """The mean of the features of clean speech, which `normal` leans on."""
    total, frames = torch.zeros(40), 0
    for utterance in Random(0).sample(utterances, min(600, len(utterances))):
        wave = condition(floats(utterance), "clean", Random(0), [])[None]
        counts = torch.tensor([wave.shape[1]])
        mels = mel(spectrum(with_floor(wave, counts, torch.randn(wave.shape))), filters(), pcen)
        total += mels[0].sum(0)
        frames += int(frames_of(counts))
    return total / frames


def shown(plan: Plan, network: Network, wave: Tensor) -> Tensor:
    """The features that a plan's network wants."""
    return plain(wave, network.prior, plan.pcen, FLOOR_DB if plan.floor else NO_FLOOR_DB)


def judged(network: Network, plan: Plan) -> dict[str, float]:
    """Letters wrong per hundred, of each held-out source, on a clean call."""
    network.eval()
    result = {}
    for source in HELD:
        wrong = letters = 0
        for utterance in corpus.read("held", source, JUDGED):
            wave = condition(floats(utterance), "clean", Random(0), [])
            with torch.no_grad():
                heard = greedy(network(shown(plan, network, wave))[0])
            wrong += mistakes(utterance.text, heard)
            letters += len(utterance.text)
        result[source.name] = 100 * wrong / max(1, letters)
    return result


def trained_on() -> list[Utterance]:
    return [utterance for source in TRAINED for utterance in corpus.read("trained", source)]


def line(path: Path, **values: object) -> None:
    """One row of a table that grows."""
    header = "" if path.exists() else "\t".join(values) + "\n"
    with path.open("a") as file:
        file.write(header + "\t".join(f"{value:.5g}" if isinstance(value, float) else str(value) for value in values.values()) + "\n")


def train(run: Run) -> None:
    """Until the hours of the plan are heard, or a signal comes. New shards are taken up when an epoch begins."""
    stop: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda which, _frame: stop.append(which))
    saved = logged = judged_at = time.monotonic()
    losses: list[float] = []
    began = run.heard
    while run.heard < run.plan.hours and not stop:
        utterances = trained_on()
        if run.step == 0:
            run.network.prior.copy_(usual_mean(utterances, run.plan.pcen))
            run.mean.prior.copy_(run.network.prior)
        order = batches(utterances, run.plan, run.epoch)
        print(f"epoch {run.epoch}: {len(utterances)} utterances, {sum(len(one.wave) for one in utterances) / RATE / 3600:.1f} h, from batch {run.batch}", flush=True)
        for batch in order[run.batch :]:
            losses.append(run.learn(batch))
            now = time.monotonic()
            if now - logged > LOG_S:
                line(run.folder / "log.tsv", step=run.step, hours=run.heard, loss=sum(losses) / len(losses),
                     rate=run.plan.rate_at(run.step, run.heard), heard_per_s=(run.heard - began) * 3600 / (now - logged))  # fmt: skip
                logged, losses, began = now, [], run.heard
            if now - saved > SAVE_S or stop:
                run.save()
                saved = now
            if now - judged_at > JUDGE_S:
                line(run.folder / "cer.tsv", step=run.step, hours=run.heard, **judged(run.mean, run.plan))
                judged_at = time.monotonic()
            if stop or run.heard >= run.plan.hours:
                break
        else:
            run.epoch, run.batch = run.epoch + 1, 0
    run.save()
    line(run.folder / "cer.tsv", step=run.step, hours=run.heard, **judged(run.mean, run.plan))
    print(f"stopped at {run.heard:.1f} of {run.plan.hours} h, step {run.step}", flush=True)


def planned(folder: Path, wanted: argparse.Namespace) -> Plan:
    """The plan of a run that exists, with more hours where more are wanted; else a new one."""
    file = folder / "plan.json"
    given = {key: value for key, value in vars(wanted).items() if value is not None and key != "run"}
    if file.exists():
        kept = planned_of(folder)
        other = [key for key, value in given.items() if key != "hours" and value != getattr(kept, key)]
        if other:
            raise SystemExit(f"expected the plan in {file} or more --hours, came another {', '.join(other)}: take another --run")
        plan = dataclasses.replace(kept, **given)
    else:
        plan = Plan(**given)
        folder.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(dataclasses.asdict(plan), indent=1) + "\n")
    return plan


def planned_of(folder: Path) -> Plan:
    """The plan of a run that exists."""
    return Plan(**json.loads((folder / "plan.json").read_text()))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--run", default="main", help="its name")
    for field in dataclasses.fields(Plan):
        kind = type(field.default)
        arguments.add_argument(f"--{field.name}", type=(lambda text: text == "yes") if kind is bool else kind, help=f"default {field.default}")
    wanted = arguments.parse_args()
    torch.set_num_threads(1)
    folder = RUNS / wanted.run
    run = Run(folder, planned(folder, wanted))
    run.network.train()
    train(run)


if __name__ == "__main__":
    main()
