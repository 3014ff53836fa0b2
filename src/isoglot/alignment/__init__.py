"""Alignment data: preference pairs and demonstrations from the file shapes people have."""
