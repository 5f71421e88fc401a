"""Runs: ranges of records cut into shards, executed, assembled, described by a manifest, and checked or joined later."""
