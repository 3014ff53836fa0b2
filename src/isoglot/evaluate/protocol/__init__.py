"""The protocol card: what an evaluation was made with, and what it does not show."""
