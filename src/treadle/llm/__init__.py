"""One door to language models: what is asked and how, under what budget, and what became of each answer."""
