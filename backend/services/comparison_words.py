"""What a comparison of models means, said for a biologist."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from backend.schemas.comparisons import ComparedModel, PairAgreement
from models.comparison import BRIDGED, N_SPANS, SPAN_FROM, Span

ALIKE_FROM: Final = 0.6
PARTLY_FROM: Final = 0.3
SAME_IN_SUM: Final = 0.25  # of the span's disagreement: below, the models differ within the span only
FOR, AGAINST = "for bound", "against it"

CONVENTIONS: Final = {
    "scale of a comparison": "Each model's contributions are divided by the sum of their absolute values over the "
    "sequence, so that these shares sum to 1 without their signs: logits of different networks have different scales.",
    "consensus": "Mean share of the models at a base where all have the same sign, 0 where they have not.",
    "disagreement": "Greatest minus least share at a base; in the unit of the shares.",
    "where they disagree most": f"Runs of bases with at least {SPAN_FROM:g} times the mean disagreement, joined "
    f"across up to {BRIDGED} quieter bases; the {N_SPANS} with the largest sum. It is a ranking, not a test.",
    "agreement of two models": "Spearman: rank correlation over all bases, with sign. Cosine: weighted by magnitude. "
    "Top 10: bases among the ten strongest of both / among those of either.",
    "average of models": "Mean of the probabilities and mean of the contributions. The mean contribution explains the "
    "mean of the logits; the mean probability is not the probability of that mean logit.",
    "same references": "Methods with references use the same ones for every model: as many, from the same seed, "
    "shuffles of the same bases.",
}
AVERAGE_NOTES: Final = {
    True: "Mean of the probabilities and mean of the contributions of models of one factor, as for seeds or folds.",
    False: "The models are of different factors, whose probabilities are on different scales: read the mean "
    "contribution as what they have in common, and the mean probability as a summary, not as a chance of binding.",
}


def short_titles(models: Sequence[ComparedModel]) -> dict[str, str]:
    """Leave out of the titles what all have in common, such as the factor."""
    heads, tails = zip(*(model.title.partition(", ")[::2] for model in models), strict=True)
    shortened = len(set(tails)) == 1 and len(set(heads)) == len(heads)
    return {m.checkpoint: head if shortened else m.title for m, head in zip(models, heads, strict=True)}


def span_sentence(span: Span, bases: str, *, says: Mapping[str, float], titles: Mapping[str, str]) -> str:
    """Say where the models disagree, which of them says what, and in what way."""
    ranked = sorted(says, key=lambda name: -says[name])
    most, least = ranked[0], ranked[-1]
    where = f"Base {span.start} ({bases})" if len(bases) == 1 else f"Bases {span.start} to {span.stop - 1} ({bases})"
    spread = says[most] - says[least]
    listed = "; ".join(f"{titles[name]} {_share(says[name])}" for name in ranked)
    if spread < SAME_IN_SUM * span.disagreement:
        way = "as a whole alike, but they rest on different bases of it"
    elif says[most] > 0 > says[least]:
        way = f"{titles[most]} reads it as speaking {FOR}, {titles[least]} as speaking {AGAINST}"
    else:
        stronger = most if says[most] > 0 else least
        way = f"all in the same direction, but it weighs most for {titles[stronger]}"
    return f"{where}: {listed}. {way[0].upper()}{way[1:]}."


def verdict(models: Sequence[ComparedModel], pairs: Sequence[PairAgreement]) -> str:
    """Say how far the models agree, and what makes them hard to compare."""
    known = [pair.spearman for pair in pairs if pair.spearman is not None]
    sentences = [_agreement(known), *_cautions(models)]
    return " ".join(sentences)


def _agreement(known: Sequence[float]) -> str:
    if not known:
        return "At least one model says the same at every base, so agreement cannot be measured."
    mean = float(np.mean(known))
    words = "agree" if mean >= ALIKE_FROM else "agree in part" if mean >= PARTLY_FROM else "hardly agree"
    pairs = "the rank correlation is" if len(known) == 1 else f"the mean rank correlation of {len(known)} pairs is"
    return f"The models {words} on which bases matter: {pairs} {mean:.2f}."


def _cautions(models: Sequence[ComparedModel]) -> list[str]:
    methods = {model.method: model.method_title for model in models}
    cautions = []
    if len(methods) > 1:
        cautions.append(
            f"They are explained by different methods ({', '.join(methods.values())}), so part of the disagreement "
            "may be the methods'."
        )
    if len({model.factor for model in models}) > 1:
        cautions.append(
            "They are models of different factors: their probabilities are on different scales, and a difference may "
            "be biology rather than error."
        )
    calls = {model.probability >= 0.5 for model in models}
    if len(calls) > 1:
        cautions.append("They do not even agree on the call: some say bound, some not.")
    return cautions


def _share(value: float) -> str:
    percent = f"{abs(value):.1%}".replace("%", " %")
    return percent if percent == "0.0 %" else f"{percent} {FOR if value > 0 else AGAINST}"
