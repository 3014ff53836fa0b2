"""What is wrong with one cell, by rules: a file for each kind."""
