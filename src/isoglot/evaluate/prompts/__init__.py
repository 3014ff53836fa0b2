"""Prompts of an evaluation: sets by name, where they come from, and what the model was trained on."""
