"""Averages of networks are averages of what they explain, too: contributions, knock-out, attention."""

import pytest
import torch

from models.architectures import CHROMATIN_ARCHITECTURES
from models.averaged import averaged
from models.explanations import CHROMATIN_EXPLANATIONS, explain
from models.explanations.knock_out import KnockOutParameters
from models.explanations.signal_integrated_gradients import SignalReferenceParameters
from models.histone import MARKS
from models.predict import positive_logit

N_BINS = 20
REFERENCE = ((1.0,) * N_BINS,) * len(MARKS)
SIZES = {"attentive_lstm_alpha_beta": {"hidden_size": 3}, "deepchrome": {"n_bins": N_BINS, "n_filters": 3}}


@pytest.fixture(params=sorted(SIZES))
def members(request):
    torch.manual_seed(5)
    return [CHROMATIN_ARCHITECTURES.get(request.param).network(**SIZES[request.param]).eval() for _ in range(3)]


@pytest.fixture
def genes():
    return torch.poisson(torch.full((2, len(MARKS), N_BINS), 4.0), generator=torch.Generator().manual_seed(1))


def mean_of(members, explain_one, name):
    return torch.stack([explain_one(member)[name] for member in members]).mean(0)


def test_the_contributions_of_the_average_are_the_average_of_the_contributions(members, genes):
    method = CHROMATIN_EXPLANATIONS.get("signal_integrated_gradients")

    def contributions(network):
        return explain(method, network, genes, parameters=SignalReferenceParameters(reference=REFERENCE))

    together, apart = contributions(averaged(members)), mean_of(members, contributions, method.name)
    scale = apart.abs().sum(dim=(1, 2)).min().item()
    # Each is a quadrature that may miss 1 % of its sum, with steps of its own.
    torch.testing.assert_close(together[method.name], apart, atol=0.01 * scale, rtol=0)


def test_knock_out_and_logit_of_the_average_are_averages(members, genes):
    method = CHROMATIN_EXPLANATIONS.get("knock_out")

    def changes(network):
        return explain(method, network, genes, parameters=KnockOutParameters(reference=REFERENCE))

    together = changes(averaged(members))
    for name in ("logit", "cells", "bins", "marks"):
        torch.testing.assert_close(together[name], mean_of(members, changes, name), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(
        positive_logit(averaged(members), genes), torch.stack([positive_logit(m, genes) for m in members]).mean(0)
    )
