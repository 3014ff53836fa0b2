"""What isoglot is within inspect_ai, and what inspect_ai is within isoglot: tasks, judges, models, logs.

The package itself imports nothing heavy: inspect_ai is imported by the files that it loads, and when a provider is
asked.
"""
