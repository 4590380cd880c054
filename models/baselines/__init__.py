"""What a deep network must beat to have learned something hard, registered here in one line each."""

from models.architecture_spec import ArchitectureSpec
from models.baselines.histone_linear import HistoneLinear
from models.baselines.kmer_logistic import KmerLogisticRegression
from models.registry import Registry

BASELINES: Registry[ArchitectureSpec] = Registry("baseline")
BASELINES.register(
    "kmer_logistic",
    ArchitectureSpec(
        KmerLogisticRegression, "6-mer baseline", "Logistic regression on which 6-mers occur, both strands merged."
    ),
)

CHROMATIN_BASELINES: Registry[ArchitectureSpec] = Registry("chromatin baseline")
CHROMATIN_BASELINES.register(
    "mark_mean_linear",
    ArchitectureSpec(HistoneLinear, "12-parameter linear", "Logistic regression on the mean of each mark."),
)
CHROMATIN_BASELINES.register(
    "best_bin_logistic",
    ArchitectureSpec(HistoneLinear, "Best bin", "Logistic regression on the best-correlated bin of each mark."),
)
CHROMATIN_BASELINES.register(
    "all_bins_logistic",
    ArchitectureSpec(HistoneLinear, "All bins", "Logistic regression on every bin of every mark, penalised."),
)
