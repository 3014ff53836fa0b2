"""What a file itself shows of its languages: how long translations are, and which words go together."""
