"""Metrics: outcomes to numbers with intervals. They know nothing of models or files."""

from .aggregate import macro, micro
from .agreement import fleiss_kappa, gwet_ac1
from .compare import Interval, McNemar, cluster_bootstrap, holm, mcnemar, mean_over_languages
from .languages import agreement_bounds, language_variance, loophole_rate, pairwise_agreement, sampling_variance
from .rates import Rate, wilson

__all__ = [
    "Interval",
    "McNemar",
    "Rate",
    "agreement_bounds",
    "cluster_bootstrap",
    "fleiss_kappa",
    "gwet_ac1",
    "holm",
    "language_variance",
    "loophole_rate",
    "macro",
    "mcnemar",
    "mean_over_languages",
    "micro",
    "pairwise_agreement",
    "sampling_variance",
    "wilson",
]
