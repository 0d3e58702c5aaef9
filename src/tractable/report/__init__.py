"""Two pages that need no network: the figures beside the score table, and what the data are."""
