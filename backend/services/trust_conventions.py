"""What a badge means and how each of its numbers is made, sent along with every report."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from models.trust.measures import N_SHUFFLES
from models.trust.questions import N_RESEEDED
from models.trust.thresholds import CRITERIA
from models.trust.verdict import thresholds_of

TRUST_CONVENTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "badge": "The worst verdict among the measures that apply. It says whether the explanation shows what the "
        "network responds to, not whether the network is right.",
        "strands": "The reverse complement of the window's bases, padded on the right again, is explained by the same "
        "method with the same seed.",
        "seeds": f"{N_RESEEDED} further explanations, with the next seeds of the references.",
        "architectures": "Networks of the same factor that are in the same request; a baseline is held against them, "
        "not they against it.",
        "shuffles": f"{N_SHUFFLES} dinucleotide shuffles of the window, from seed 0; padding and N stay in place.",
        **{f"trust: {one.name}": f"{one.title}: {thresholds_of(one)}. {one.meaning}" for one in CRITERIA},
    }
)
