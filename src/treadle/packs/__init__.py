"""Built-in packs: one folder each, recipes through the public API."""
