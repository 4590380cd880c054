"""The logistic regression that every baseline with many features uses."""

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegressionCV

REGULARISATION_GRID: Final = tuple(float(c) for c in np.logspace(-4, 1, 6))


def penalised_logistic(
    *, max_iter: int, random_state: int, grid: tuple[float, ...] = REGULARISATION_GRID
) -> "LogisticRegressionCV":
    """Return a logistic regression whose L2 penalty is chosen by five-fold cross-validation on AUROC."""
    from sklearn.linear_model import LogisticRegressionCV  # noqa: PLC0415 - 150 MB, for who trains

    return LogisticRegressionCV(
        Cs=grid,
        cv=5,
        scoring="roc_auc",
        l1_ratios=(0.0,),
        use_legacy_attributes=False,
        max_iter=max_iter,
        random_state=random_state,
    )
