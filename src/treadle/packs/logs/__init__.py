"""The logs pack: records of computer vision runs, API requests and agents, with the raw lines that say the same.

One folder is one domain; `docs/new-log-domain.md` shows how to add one. What domains share is in the modules here.
"""
