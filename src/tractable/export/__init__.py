"""Data for people who live in R, Praat and spreadsheets: tidy tables with units, and TextGrids."""
