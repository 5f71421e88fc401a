"""Quality: measures of datasets. It never prints, and imports no generator."""
