"""Data for people who live in R, Praat and spreadsheets: tidy tables with units, and TextGrids."""

from tractable.export.folder import export
from tractable.export.tables import NOUNS, TABLES, Table

__all__ = ["NOUNS", "TABLES", "Table", "export"]
