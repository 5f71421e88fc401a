"""Checks of a dataset that is written: schema, values, spans, duplicates, addresses, characters; rows in, findings out."""
