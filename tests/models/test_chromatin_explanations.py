import pytest
import torch
from torch import Tensor, nn

from models.architectures import CHROMATIN_ARCHITECTURES
from models.checkpoints import architecture_spec
from models.errors import ExplanationRefusedError
from models.explanations import CHROMATIN_EXPLANATIONS, explain
from models.explanations.attention import AttentionParameters
from models.explanations.knock_out import KnockOutParameters
from models.predict import positive_logit, positive_probability

ZEROS = tuple((0.0,) * 20 for _ in range(3))
ATTENTION, KNOCK_OUT = CHROMATIN_EXPLANATIONS.get("attention"), CHROMATIN_EXPLANATIONS.get("knock_out")


class Weighted(nn.Module):
    """The ON logit is a weighted sum of the signal, so that every knock-out is known beforehand."""

    def __init__(self) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.arange(60.0).reshape(3, 20) / 60, requires_grad=False)

    def forward(self, X: Tensor) -> Tensor:
        logit = (X * self.weights).sum((1, 2))
        return torch.nn.functional.logsigmoid(torch.stack([logit, -logit], dim=1))


@pytest.fixture
def X() -> Tensor:
    return torch.rand(2, 3, 20, generator=torch.Generator().manual_seed(0))


def knocked_out(X: Tensor, *, width: int = 1, reference: tuple[tuple[float, ...], ...] = ZEROS) -> dict[str, Tensor]:
    return explain(KNOCK_OUT, Weighted(), X, parameters=KnockOutParameters(width=width, reference=reference))


def test_knock_out_of_a_sum_takes_away_its_parts(X: Tensor) -> None:
    maps, parts = knocked_out(X), X * Weighted().weights

    torch.testing.assert_close(maps["logit"], parts.sum((1, 2)), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(maps["cells"], parts, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(maps["bins"], parts.sum(1), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(maps["marks"], parts.sum(2), atol=1e-5, rtol=1e-4)


def test_knock_out_to_the_gene_itself_changes_nothing(X: Tensor) -> None:
    reference = tuple(tuple(row) for row in X[0].tolist())
    maps = knocked_out(X[:1], reference=reference)

    assert all(maps[name].abs().max() < 1e-5 for name in ("cells", "bins", "marks"))


@pytest.mark.parametrize(("width", "before", "after"), [(1, 0, 0), (2, 0, 1), (3, 1, 1), (4, 1, 2), (5, 2, 2)])
def test_a_window_stands_around_its_bin_and_is_cut_off_at_the_edges(
    X: Tensor, width: int, before: int, after: int
) -> None:
    cells, parts = knocked_out(X, width=width)["cells"], X * Weighted().weights

    for position in (0, 7, 19):
        window = slice(max(position - before, 0), position + after + 1)
        torch.testing.assert_close(cells[:, 1, position], parts[:, 1, window].sum(1), atol=1e-5, rtol=1e-4)


def test_a_reference_of_another_shape_is_refused(X: Tensor) -> None:
    with pytest.raises(ValueError, match=r"shape \(3, 20\), a gene \(3, 19\)"):
        knocked_out(X[:, :, 1:])


@pytest.mark.parametrize("name", CHROMATIN_ARCHITECTURES.names())
def test_methods_agree_with_the_network_and_leave_it_as_it_was(name: str) -> None:
    torch.manual_seed(0)
    network, X = architecture_spec(name).network().eval(), torch.rand(2, 5, 100)
    before = {key: value.clone() for key, value in network.state_dict().items()}
    reference = tuple((0.0,) * 100 for _ in range(5))
    maps = explain(KNOCK_OUT, network, X, parameters=KnockOutParameters(reference=reference))

    torch.testing.assert_close(maps["logit"], positive_logit(network, X).detach(), atol=1e-5, rtol=1e-5)
    if ATTENTION.refusal(network) is None:
        attended = explain(ATTENTION, network, X, parameters=AttentionParameters())
        torch.testing.assert_close(attended["probability"], positive_probability(network, X))
        assert attended["bin_attention"].shape == (2, 5, 100)
        assert set(attended) <= set(ATTENTION.tracks)
    else:
        with pytest.raises(ExplanationRefusedError, match="no attention"):
            explain(ATTENTION, network, X, parameters=AttentionParameters())
    assert not network.training
    assert all(torch.equal(before[key], value) for key, value in network.state_dict().items())
