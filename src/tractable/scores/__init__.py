"""Accuracy and the validation battery: is this explanation right, and how sure can one be?"""

from tractable.scores.battery import battery
from tractable.scores.corpora import score_corpora
from tractable.scores.table import score_table

__all__ = ["battery", "score_corpora", "score_table"]
