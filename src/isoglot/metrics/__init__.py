"""Metrics: outcomes to numbers with intervals. They know nothing of models or files."""

from .aggregate import clustered_rate, macro, mean_over_languages, micro
from .agreement import fleiss_kappa, gwet_ac1
from .agreement_intervals import (
    cohen_kappa_estimate,
    fleiss_kappa_estimate,
    gwet_ac1_estimate,
    krippendorff_alpha_estimate,
)
from .apart import language_gap, lowest_rate, variance_over_languages
from .bootstrap import cluster_bootstrap
from .corrected import corrected_rate
from .estimate import Estimate, least_of_known, mean_of_known
from .exact import clopper_pearson
from .languages import (
    agreement_bounds,
    agreement_bounds_of,
    agreement_rate,
    language_variance,
    loophole_rate,
    lowest,
    pairwise_agreement,
    sampling_variance,
)
from .paired import McNemar, holm, mcnemar, paired_difference
from .pooling import shrunken_rates
from .power import shown_by, smallest_detectable_difference
from .raters import cohen_kappa, krippendorff_alpha
from .samples import any_of_k
from .wilson import wilson

__all__ = [
    "Estimate",
    "McNemar",
    "agreement_bounds",
    "agreement_bounds_of",
    "agreement_rate",
    "any_of_k",
    "clopper_pearson",
    "cluster_bootstrap",
    "clustered_rate",
    "cohen_kappa",
    "cohen_kappa_estimate",
    "corrected_rate",
    "fleiss_kappa",
    "fleiss_kappa_estimate",
    "gwet_ac1",
    "gwet_ac1_estimate",
    "holm",
    "krippendorff_alpha",
    "krippendorff_alpha_estimate",
    "language_gap",
    "language_variance",
    "least_of_known",
    "loophole_rate",
    "lowest",
    "lowest_rate",
    "macro",
    "mcnemar",
    "mean_of_known",
    "mean_over_languages",
    "micro",
    "paired_difference",
    "pairwise_agreement",
    "sampling_variance",
    "shown_by",
    "shrunken_rates",
    "smallest_detectable_difference",
    "variance_over_languages",
    "wilson",
]
