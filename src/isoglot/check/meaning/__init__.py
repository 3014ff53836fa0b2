"""Whether a cell says what its pivot says, by a translator or a model; none is imported before it is asked for."""
