"""What a deep network must beat to have learned something hard, registered here in one line each."""

from models.architecture_spec import ArchitectureSpec
from models.baselines.kmer_logistic import KmerLogisticRegression
from models.registry import Registry

BASELINES: Registry[ArchitectureSpec] = Registry("baseline")
BASELINES.register(
    "kmer_logistic",
    ArchitectureSpec(
        KmerLogisticRegression, "6-mer baseline", "Logistic regression on which 6-mers occur, both strands merged."
    ),
)
