"""Corruption with an answer key: operators that put faults into texts as edits which can be explained, followed and taken back."""
