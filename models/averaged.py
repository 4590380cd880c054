"""Several networks of one architecture that answer together: restarts, averaged."""

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn

from models.chromatin_layers import Attended
from models.predict import NEGATIVE, POSITIVE


class AveragedNetwork(nn.Module):
    """The mean of the members' logits.

    Parameters
    ----------
    members : sequence of nn.Module
        Each returns log-probabilities, shape (batch, 2).

    Notes
    -----
    Explanations are of the logit, and the logit of the average is the average of the logits, so integrated gradients
    and knock-out of this network are the averages of the members' own, and add up to what it predicts. The mean of
    the probabilities would be another number, which no average of contributions explains.

    References
    ----------
    Lakshminarayanan et al., Simple and scalable predictive uncertainty, NeurIPS 2017, arXiv:1612.01474.
    """

    def __init__(self, members: Sequence[nn.Module]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)
        self.log_sigmoid = nn.LogSigmoid()

    def forward(self, X: Tensor) -> Tensor:
        """Return log-probabilities, shape (batch, 2), of the mean logit."""
        return self._of([member(X) for member in self.members])

    def _of(self, outputs: Sequence[Tensor]) -> Tensor:
        logit = torch.stack([one[:, POSITIVE] - one[:, NEGATIVE] for one in outputs]).mean(0)
        return torch.stack([self.log_sigmoid(logit), self.log_sigmoid(-logit)], dim=1)


class AveragedAttentiveNetwork(AveragedNetwork):
    """The mean of the members' logits and of their attention; each row of the mean still sums to 1."""

    def __init__(self, members: Sequence[nn.Module]) -> None:
        super().__init__(members)
        self.shared_bin_attention = bool(self.members[0].shared_bin_attention)
        self.has_mark_attention = bool(self.members[0].has_mark_attention)

    def forward(self, X: Tensor) -> Tensor:
        """Return log-probabilities, shape (batch, 2), of the mean logit."""
        return self.attend(X).output

    def attend(self, X: Tensor) -> Attended:
        """Return output and attention from one pass through each member."""
        attended: list[Attended] = [cast("Any", member).attend(X) for member in self.members]
        betas = [one.mark_attention for one in attended if one.mark_attention is not None]
        return Attended(
            self._of([one.output for one in attended]),
            torch.stack([one.bin_attention for one in attended]).mean(0),
            torch.stack(betas).mean(0) if betas else None,
        )


def averaged(members: Sequence[nn.Module]) -> nn.Module:
    """Return one network that answers for all; a single member answers for itself."""
    if len(members) == 1:
        return members[0]
    return AveragedAttentiveNetwork(members) if hasattr(members[0], "attend") else AveragedNetwork(members)
