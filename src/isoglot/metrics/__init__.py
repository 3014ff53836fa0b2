"""Metrics: outcomes to numbers with intervals. They know nothing of models or files."""

from .aggregate import macro, mean_over_languages, micro
from .agreement import fleiss_kappa, gwet_ac1
from .bootstrap import cluster_bootstrap
from .corrected import corrected_rate
from .estimate import Estimate, mean_of_known
from .languages import (
    agreement_bounds,
    language_variance,
    loophole_rate,
    lowest,
    pairwise_agreement,
    sampling_variance,
)
from .paired import McNemar, holm, mcnemar, paired_difference
from .pooling import shrunken_rates
from .wilson import wilson

__all__ = [
    "Estimate",
    "McNemar",
    "agreement_bounds",
    "cluster_bootstrap",
    "corrected_rate",
    "fleiss_kappa",
    "gwet_ac1",
    "holm",
    "language_variance",
    "loophole_rate",
    "lowest",
    "macro",
    "mcnemar",
    "mean_of_known",
    "mean_over_languages",
    "micro",
    "paired_difference",
    "pairwise_agreement",
    "sampling_variance",
    "shrunken_rates",
    "wilson",
]
