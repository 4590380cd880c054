"""Sequences to try: those printed in the Deep Motif Dashboard's tutorials, and synthetic ones made here."""

from typing import Final, NamedTuple

import numpy as np

from models.sequence import ALPHABET

GATA_SEQUENCE: Final = (
    "GGGGCCAGAGAGGGAGGGGTTCAGGAGCAGGTTCAGGCCTCACGTTCAGGCCTCCGCCCCGCCCTCCCTCCCTCCCTCAGATAAGTCCGTGTCCCTCCGCCA"
)
CCAAT_SEQUENCE: Final = "TGCTCGCATCCTATTGGCCACGTTAGTCACATGGCCCCACCTGGCTGCAAAGCACGCTGGGAAACGTAGTCTTTCTT"
CARTOON_SEQUENCE: Final = "ATGCGATCAAGTCTG"
CTCF_MOTIF: Final = "TGGCCACCAGGGGGCGCTA"  # consensus of JASPAR MA0139.1
PLANTED_MOTIFS: Final = {
    "CTCF": CTCF_MOTIF,
    "ELK1": "AACCGGAAGTG",
    "FOXA1": "TATGTAAACAAG",
    "MYC": "GGCCACGTGGCC",
    "NFY": "AGCCAATCAGAG",
}

_LENGTH: Final = 101
_SEED: Final = 2016


class SequenceExample(NamedTuple):
    """Text that fills the form.

    Attributes
    ----------
    name, title, description : str
    synthetic : bool
        Made by a random generator, not found in a genome.
    factor : str
        The factor to ask.
    sequences : str
        FASTA.
    """

    name: str
    title: str
    description: str
    synthetic: bool
    factor: str
    sequences: str


def random_sequence(rng: np.random.Generator, length: int = _LENGTH, *, gc: float = 0.5) -> str:
    """Return independent bases with the given GC content."""
    share = [(1 - gc) / 2, gc / 2, gc / 2, (1 - gc) / 2]
    return "".join(rng.choice(list(ALPHABET), size=length, p=share))


def plant(background: str, motif: str, *, start: int) -> str:
    """Return `background` with `motif` written over it from 0-based `start`."""
    return background[:start] + motif + background[start + len(motif) :]


def _fasta(records: dict[str, str]) -> str:
    return "".join(f">{name}\n{sequence}\n" for name, sequence in records.items())


def _planted_ctcf() -> str:
    return _fasta({"planted_CTCF_41": plant(random_sequence(np.random.default_rng(_SEED)), CTCF_MOTIF, start=41)})


def _planted_panel() -> str:
    rng = np.random.default_rng(_SEED + 1)
    planted = {
        f"planted_{name}_45": plant(random_sequence(rng), motif, start=45) for name, motif in PLANTED_MOTIFS.items()
    }
    return _fasta(planted | {f"random_{i}": random_sequence(rng) for i in range(1, 4)})


def _planted_long() -> str:
    rng = np.random.default_rng(_SEED + 2)
    return _fasta({"CTCF_at_300_of_600": plant(random_sequence(rng, 600), CTCF_MOTIF, start=300)})


def _random_control() -> str:
    rng = np.random.default_rng(_SEED + 3)
    return _fasta({f"random_{i}": random_sequence(rng, gc=gc) for i, gc in enumerate((0.3, 0.4, 0.5, 0.6, 0.7), 1)})


EXAMPLES: Final = (
    SequenceExample(
        "planted_ctcf",
        "CTCF motif in random DNA",
        "101 random bases with the CTCF consensus (JASPAR MA0139.1) written over bases 41 to 59: does every network "
        "find it, and nothing else?",
        True,
        "ctcf_weri",
        _planted_ctcf(),
    ),
    SequenceExample(
        "gata_tutorial",
        "GATA site (tutorial)",
        "The positive test sequence of the Deep Motif Dashboard's tutorial, 102 letters as printed, with AGATAAG at "
        "base 78. No GATA1 model is shipped; ARID3A's peaks in K562 cells often hold GATA sites.",
        False,
        "arid3a_k562",
        _fasta({"DeMo_GATA": GATA_SEQUENCE}),
    ),
    SequenceExample(
        "ccaat_tutorial",
        "CCAAT box (tutorial)",
        "A promoter sequence from the tutorial, cropped as printed to 77 and 81 letters, with a reversed CCAAT box "
        "(ATTGG) at base 12 or 16: shorter than the window, so it is padded.",
        False,
        "sp1_gm12878",
        _fasta({"DeMo_CCAAT_77": CCAAT_SEQUENCE, "DeMo_CCAAT_81": f"CTTC{CCAAT_SEQUENCE}"}),
    ),
    SequenceExample(
        "planted_panel",
        "Five planted motifs and three controls",
        "Random DNA with one consensus each (CTCF, ELK1, FOXA1, MYC, NFY) written over base 45 onwards, and three "
        "random sequences: look at the table, then rank the factors.",
        True,
        "elk1_gm12878",
        _planted_panel(),
    ),
    SequenceExample(
        "planted_long",
        "CTCF motif in 600 bp",
        "600 random bases with the CTCF consensus from base 300: longer than the window, so it is scanned by tiles.",
        True,
        "ctcf_weri",
        _planted_long(),
    ),
    SequenceExample(
        "cartoon",
        "Fifteen bases (tutorial)",
        "The cartoon input of the tutorial: what a network says when six sevenths of its window are padding.",
        False,
        "ctcf_weri",
        _fasta({"DeMo_cartoon": CARTOON_SEQUENCE}),
    ),
    SequenceExample(
        "random_control",
        "Random control",
        "Five random sequences with a GC content of 30 to 70 %: nothing should bind.",
        True,
        "ctcf_weri",
        _random_control(),
    ),
)
