"""Answers to verdicts: one judge, several, a panel, and how they agree."""
