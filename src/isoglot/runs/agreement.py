"""``agreement.json`` as typed numbers: how well the judges of an evaluation agree on outcomes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from pydantic import Field

from ..checked import Count, Number, Record


class PairAgreement(Record):
    """Of two judges, on the responses that both judged."""

    judges: tuple[str, str] = ("", "")
    n: Count = 0
    agreement: Number = math.nan
    cohen_kappa: Number = math.nan


class AgreementNumbers(Record):
    """Of all judges.

    Attributes:
        n: responses that all judged.
        agreement: share of these on which all say the same.
        fleiss_kappa: of these.
        krippendorff_alpha: of all responses that two judges or more judged.
        pairs: each two judges.
    """

    n: Count = 0
    agreement: Number = math.nan
    fleiss_kappa: Number = math.nan
    krippendorff_alpha: Number = math.nan
    pairs: Sequence[PairAgreement] = ()


class KindAgreement(Record):
    """Of one kind of prompt: by language, and of all of them."""

    languages: Mapping[str, AgreementNumbers] = Field(default_factory=dict)
    all: AgreementNumbers = AgreementNumbers()


class Agreement(Record):
    """What the file holds: the judges with their versions, and kind of prompt -> numbers."""

    judges: Mapping[str, str] = Field(default_factory=dict)
    kinds: Mapping[str, KindAgreement] = Field(default_factory=dict)
