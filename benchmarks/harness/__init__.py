"""Runs benchmark programs in turn, measures them from outside and compares them."""
