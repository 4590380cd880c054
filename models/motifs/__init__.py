"""Known motifs: a library, comparison (Tomtom), scan (FIMO), seqlets and what a network's filters look for."""
