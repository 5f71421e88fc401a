"""Prompts that people might type, each with the intent behind it: see README.md."""
