"""The embedded world: a tiny model, the lexicon it was taught from, and the prompts to align and test it."""
