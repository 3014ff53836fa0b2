"""Options of the calls to whatever translates, which several commands have."""

from __future__ import annotations

import typer

CONCURRENCY = typer.Option(min=1, help="Calls at a time, for backends over a network.")
TIMEOUT = typer.Option(min=0.001, help="Longest time of one attempt, in seconds.")
RETRIES = typer.Option(min=0, help="How often a call that failed is tried again.")
