"""Verdicts to numbers: rates by language with intervals, raw and corrected for the judge's errors."""
