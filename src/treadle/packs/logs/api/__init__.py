"""Records of one domain: `recipe.py` draws them, `domain.py` says what they must hold and how they are written."""
