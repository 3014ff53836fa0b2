"""One reader per file shape. A reader yields rows: a record for a :class:`PromptGroup`, and where it came from."""
