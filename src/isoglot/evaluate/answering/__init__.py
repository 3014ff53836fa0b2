"""A model's answers to prompts: how they are drawn, and kept on disk as they come."""
