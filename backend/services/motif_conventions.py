"""What the numbers of a motif report mean, sent along with it."""

from functools import cache

from backend.services.conventions import conventions
from backend.services.motif_controls import CONTROL_SEED, CONTROL_STEPS, CONTROLS
from models.motifs.fimo import P_THRESHOLD
from models.motifs.knock_out import KNOCK_OUTS
from models.motifs.naming import STEEPNESS
from models.motifs.seqlets import FDR, SHORTEST
from models.motifs.tomtom import LEAST_CORRELATION, Q_THRESHOLD


@cache
def motif_conventions() -> dict[str, str]:
    """Name seqlets, their controls, knock-out, names and scan."""
    return {
        "seqlet": f"A stretch of {SHORTEST} or more positions whose attribution stands out from that of {CONTROLS} "
        f"dinucleotide shuffles of the window (seed {CONTROL_SEED}), by the same network and method, at a false "
        f"discovery rate of {FDR:g}, positive and negative each by itself; neighbours with at most one position "
        "between them are joined.",
        "controls": f"Where the method integrates, attributions of the shuffles take {CONTROL_STEPS} steps, however "
        "large the completeness gap: they are the background, not shown. With more steps the same seqlets are called.",
        "knock-out": f"Logit of bound as it is, minus the logit with the seqlet's bases shuffled in place; mean of "
        f"{KNOCK_OUTS} shuffles with its 95 % confidence interval (Student's t). Positive: the seqlet supports bound.",
        "motif names": "Tomtom compares what the network would accept in the seqlet (softmax of the logit's changes by "
        f"in-silico mutagenesis, scaled so that the most important base counts {STEEPNESS:g}) with every motif of the "
        f"library, on both strands; q-values by Benjamini and Hochberg over the library; named from "
        f"q <= {Q_THRESHOLD:g} on, if the letters correlate too (cosine of differences from a quarter >= "
        f"{LEAST_CORRELATION:g}): Tomtom alone takes flat columns for alike. A name says which motif it looks like: "
        "factors of one family share a motif, and about one in twelve stretches without a site gets a name.",
        "scan": f"FIMO: sum of log2 odds against uniform bases, p < {P_THRESHOLD:g} at one place, both strands; "
        "places with an unknown base are left out. No network takes part.",
        **conventions(),
    }
