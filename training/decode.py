"""What was said, if it was something of a grammar: letters on arcs, and the best path through them by token passing.

Only as much as is needed to judge a network; the robot's own decoder is in Rust.
"""

from dataclasses import dataclass

import numpy as np

from network import INDEX

NEVER = -1e30


@dataclass(frozen=True)
class Decoded:
    """The best meaning, its margin to the next one, and how far below the best free path it runs, each per frame."""

    meaning: str
    margin: float
    confidence: float


class Graph:
    """Letters from node to node; some nodes end a meaning. Node 0 is where all begins."""

    def __init__(self) -> None:
        self.nodes = 1
        self.arcs: list[tuple[int, int, int]] = []
        self.ends: dict[int, str] = {}
        self.branches: dict[tuple[int, str], int] = {}

    def add(self, start: int, text: str) -> int:
        """Letters from a node on, sharing what they begin with; the node they lead to."""
        at = start
        for letter in text:
            if (at, letter) not in self.branches:
                self.branches[at, letter] = self.node()
                self.arcs.append((at, INDEX[letter], self.branches[at, letter]))
            at = self.branches[at, letter]
        return at

    def node(self) -> int:
        self.nodes += 1
        return self.nodes - 1


def choice(phrases: list[tuple[str, str]]) -> "Decoder":
    """One of these phrases, each with its meaning; a phrase of two meanings has the first."""
    graph = Graph()
    for meaning, phrase in phrases:
        graph.ends.setdefault(graph.add(0, phrase), meaning)
    return Decoder(graph)


def row(languages: list[list[str]], length: int) -> "Decoder":
    """So many words of one language; which they were is the path's to say."""
    graph = Graph()
    for words in languages:
        at = 0
        for place in range(length):
            end = graph.node()
            for word in words:
                before = graph.add(at, (" " if place else "") + word[:-1])
                graph.arcs.append((before, INDEX[word[-1]], end))
            at = end
        graph.ends[at] = "row"
    return Decoder(graph)


class Decoder:
    """A graph's CTC states: a blank at each node, a letter on each arc."""

    def __init__(self, graph: Graph) -> None:
        self.blanks = graph.nodes
        self.letters = np.array([0] * graph.nodes + [letter for _, letter, _ in graph.arcs])
        into: dict[int, list[int]] = {}
        for at, (_, _, end) in enumerate(graph.arcs):
            into.setdefault(end, []).append(graph.nodes + at)
        before = [[node, *into.get(node, [])] for node in range(graph.nodes)]
        for at, (start, letter, _) in enumerate(graph.arcs):
            before.append([graph.nodes + at, start, *(state for state in into.get(start, []) if self.letters[state] != letter)])
        self.before = np.full((len(before), max(map(len, before))), len(before))
        for state, states in enumerate(before):
            self.before[state, : len(states)] = states
        self.first = [0, *(graph.nodes + at for at, (start, _, _) in enumerate(graph.arcs) if start == 0)]
        self.last = [(state, meaning) for node, meaning in graph.ends.items() for state in (node, *into.get(node, []))]

    def decode(self, letters: np.ndarray) -> Decoded:
        scores, _ = self.passed(letters, traced=False)
        best: dict[str, float] = {}
        for state, meaning in self.last:
            best[meaning] = max(best.get(meaning, NEVER), float(scores[state]))
        (first, score), *rest = sorted(best.items(), key=lambda one: -one[1])
        free = float(letters.max(1).sum())
        return Decoded(first, (score - rest[0][1]) / len(letters) if rest else 0.0, (score - free) / len(letters))

    def path(self, letters: np.ndarray) -> tuple[list[int], float]:
        """The letters of the best path, and its confidence."""
        scores, traces = self.passed(letters, traced=True)
        state = max((state for state, _ in self.last), key=lambda one: scores[one])
        confidence = (float(scores[state]) - float(letters.max(1).sum())) / len(letters)
        states = [state]
        for trace in reversed(traces):
            state = int(trace[state])
            states.append(state)
        states.reverse()
        changed = [now for last, now in zip([None, *states], states) if now != last and now >= self.blanks]
        return [int(self.letters[state]) for state in changed], confidence

    def passed(self, letters: np.ndarray, traced: bool) -> tuple[np.ndarray, list[np.ndarray]]:
        states = np.arange(len(self.letters))
        scores = np.full(len(states) + 1, NEVER, np.float32)
        scores[self.first] = letters[0][self.letters[self.first]]
        traces = []
        for frame in letters[1:]:
            comers = scores[self.before]
            likeliest = comers.argmax(1)
            scores[:-1] = comers[states, likeliest] + frame[self.letters]
            if traced:
                traces.append(self.before[states, likeliest])
        return scores, traces
