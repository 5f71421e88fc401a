"""A model server that makes mistakes on demand: what settings are tested with, and what the tests run against."""
