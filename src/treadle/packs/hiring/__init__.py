"""The hiring pack."""
