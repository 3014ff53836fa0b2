"""Models: all that knows a Hugging Face model or tokenizer.

Its layers and head, its weights' hash, evaluation mode, random state, chat template, loading. The package imports
nothing by itself, so that what needs no torch (``messages``, ``chat``) stays free of it.
"""
