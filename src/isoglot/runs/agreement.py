"""``agreement.json`` as typed numbers: how well the judges of an evaluation agree on outcomes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from pydantic import Field

from ..metrics.estimate import UNKNOWN
from ..validation import Count, Number, Record
from .metrics import EstimateOf


class PairAgreement(Record):
    """Of two judges, on the responses that both judged; files of earlier versions lack the intervals."""

    judges: tuple[str, str] = ("", "")
    n: Count = 0
    agreement: Number = math.nan
    agreement_estimate: EstimateOf = UNKNOWN
    cohen_kappa: Number = math.nan
    cohen_kappa_estimate: EstimateOf = UNKNOWN


class AgreementNumbers(Record):
    """Of all judges.

    Attributes:
        n: responses that all judged.
        agreement: share of these on which all say the same.
        fleiss_kappa: of these.
        krippendorff_alpha: of all responses that two judges or more judged.
        pairs: each two judges.
        agreement_estimate, fleiss_kappa_estimate, krippendorff_alpha_estimate: the same with their intervals, which
            files of earlier versions lack.
    """

    n: Count = 0
    agreement: Number = math.nan
    agreement_estimate: EstimateOf = UNKNOWN
    fleiss_kappa: Number = math.nan
    fleiss_kappa_estimate: EstimateOf = UNKNOWN
    krippendorff_alpha: Number = math.nan
    krippendorff_alpha_estimate: EstimateOf = UNKNOWN
    pairs: Sequence[PairAgreement] = ()


class KindAgreement(Record):
    """Of one kind of prompt: by language, and of all of them."""

    languages: Mapping[str, AgreementNumbers] = Field(default_factory=dict)
    all: AgreementNumbers = AgreementNumbers()


class Agreement(Record):
    """What the file holds: the judges with their versions, and kind of prompt -> numbers."""

    judges: Mapping[str, str] = Field(default_factory=dict)
    kinds: Mapping[str, KindAgreement] = Field(default_factory=dict)
