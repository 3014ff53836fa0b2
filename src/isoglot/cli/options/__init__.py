"""Options that several commands share, and which of them count only beside others."""
