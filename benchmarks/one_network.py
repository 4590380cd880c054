"""What each of the compared servers does with one sequence: prediction and saliency of DeMo's CNN."""

from typing import Final, NamedTuple

import torch
from pydantic import BaseModel
from torch import nn

from models.checkpoints import load_checkpoint
from models.explanations import EXPLANATIONS
from models.predict import positive_probability
from models.sequence import one_hot_encode

CHECKPOINT: Final = "ctcf_weri-demo_cnn"
METHOD: Final = "saliency"


class Question(BaseModel):
    """One sequence of 101 bases."""

    sequence: str


class Answer(NamedTuple):
    """P(bound) of each sequence, and its saliency at each base."""

    probability: list[float]
    saliency: list[list[float]]


def load_network() -> nn.Module:
    """Load the network, to be run by one thread."""
    torch.set_num_threads(1)
    return load_checkpoint(CHECKPOINT).network


def answer(network: nn.Module, sequences: list[str]) -> Answer:
    """Predict and explain a batch with the functions that Regulens uses."""
    X = one_hot_encode(sequences)
    explanation = EXPLANATIONS.get(METHOD)
    tensors = explanation.compute(network, X, explanation.parameters())
    return Answer(positive_probability(network, X).tolist(), tensors[METHOD].tolist())
