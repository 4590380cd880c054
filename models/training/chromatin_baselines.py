"""What the simple methods reach on the same genes: DeepChrome's comparisons and the 12-parameter linear network."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from models.baselines.histone_linear import Features, HistoneLinear, best_bins, fit_histone_linear
from models.card import BaselineResult
from models.logistic import REGULARISATION_GRID
from models.training.fit import score
from models.training.metrics import evaluate

N_TREES: Final = 300

Scores = NDArray[np.float64]


class SimpleMethod(NamedTuple):
    """A method on hand-made features of log(1 + signal).

    Attributes
    ----------
    classifier, regressor : callable
        ``make(random_state)`` returns a scikit-learn estimator; the classifier None stands for logistic regression,
        which is served too (`HistoneLinear`).
    """

    title: str
    features: Features
    classifier: Callable[[int], Any] | None
    regressor: Callable[[int], Any]


# Each imports what it makes: the API knows the methods by name, and scikit-learn takes 150 MB.


def _svc(random_state: int) -> Any:
    from sklearn.svm import SVC  # noqa: PLC0415

    return _standardised(SVC(random_state=random_state))


def _svr(random_state: int) -> Any:  # noqa: ARG001 - it has nothing random
    from sklearn.svm import SVR  # noqa: PLC0415

    return _standardised(SVR())


def _forest(random_state: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier  # noqa: PLC0415

    return RandomForestClassifier(N_TREES, random_state=random_state)


def _forest_regressor(random_state: int) -> Any:
    from sklearn.ensemble import RandomForestRegressor  # noqa: PLC0415

    return RandomForestRegressor(N_TREES, random_state=random_state, max_features="sqrt")


def _ridge(random_state: int) -> Any:  # noqa: ARG001 - it has nothing random
    from sklearn.linear_model import RidgeCV  # noqa: PLC0415

    return _standardised(RidgeCV(alphas=[1 / c for c in REGULARISATION_GRID]))


def _standardised(estimator: Any) -> Any:
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

    return make_pipeline(StandardScaler(), estimator)


SIMPLE_METHODS: Final = {
    "mark_mean_linear": SimpleMethod("12-parameter linear (mean of each mark)", "mark_mean", None, _ridge),
    "best_bin_logistic": SimpleMethod("Logistic regression, best bin of each mark", "best_bin", None, _ridge),
    "all_bins_logistic": SimpleMethod("Logistic regression, all bins", "all_bins", None, _ridge),
    "best_bin_svc": SimpleMethod("SVC, best bin of each mark", "best_bin", _svc, _svr),
    "all_bins_svc": SimpleMethod("SVC, all bins", "all_bins", _svc, _svr),
    "best_bin_forest": SimpleMethod("Random forest, best bin of each mark", "best_bin", _forest, _forest_regressor),
    "all_bins_forest": SimpleMethod("Random forest, all bins", "all_bins", _forest, _forest_regressor),
}


def simple_scores(name: str, X: Tensor, on: Tensor, unseen: Tensor, *, random_state: int) -> Scores:
    """Train on X and return scores of `unseen`, higher for ON: logits, margins or shares of trees.

    Parameters
    ----------
    name : str
        Of `SIMPLE_METHODS`.
    X, unseen : Tensor, shape (n, n_marks, n_bins)
    on : Tensor of bool, shape (n,)
    random_state : int
    """
    method = SIMPLE_METHODS[name]
    if method.classifier is None:
        network = fit_histone_linear(X, on, features=method.features, random_state=random_state)
        return score(network, unseen).numpy().astype(float)
    select = _selector(method.features, X, on)
    estimator = method.classifier(random_state).fit(select(X), on.numpy())
    if hasattr(estimator, "decision_function"):
        return np.asarray(estimator.decision_function(select(unseen)), dtype=float)
    return np.asarray(estimator.predict_proba(select(unseen))[:, 1], dtype=float)


def baseline_result(name: str, on: NDArray[np.bool_], scores: Scores, *, random_state: int) -> BaselineResult:
    """Measure the scores of a simple method, shape (n,)."""
    metrics = evaluate(on, _between_0_and_1(scores), random_state=random_state)
    return BaselineResult(name=name, title=SIMPLE_METHODS[name].title, auroc=metrics.auroc, auprc=metrics.auprc)


def _between_0_and_1(scores: Scores) -> Scores:
    """Keep the order; margins and logits become something that can be held against 0.5."""
    return scores if scores.min() >= 0.0 and scores.max() <= 1.0 else np.asarray(1.0 / (1.0 + np.exp(-scores)))


def simple_regression(name: str, X: Tensor, expression: Tensor, unseen: Tensor, *, random_state: int) -> Scores:
    """Train on X and return predicted log10 expression of `unseen`; arguments as in `simple_scores`."""
    method = SIMPLE_METHODS[name]
    select = _selector(method.features, X, expression)
    estimator = method.regressor(random_state).fit(select(X), expression.numpy())
    return np.asarray(estimator.predict(select(unseen)), dtype=float)


def _selector(features: Features, X: Tensor, target: Tensor) -> Callable[[Tensor], Scores]:
    chosen = HistoneLinear(features=features, n_marks=X.shape[1], n_bins=X.shape[2])
    chosen.best.copy_(best_bins(X, target))
    return lambda signal: chosen.select(signal).numpy().astype(float)
