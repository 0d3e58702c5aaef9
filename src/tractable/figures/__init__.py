"""Data to figures: a file per figure, each with the numbers it draws, the drawing, and the caption.

A module of this package that draws has

- ``TITLE``, and ``NOUNS``: the stores that it reads of every speaker, ``("scores",)`` of a whole
  corpus, or none if the score table is enough;
- ``numbers(data, *, ...)``: what is drawn, as a table;
- ``COLUMNS``: what the table has to hold, and whether that is text or numbers; more columns, if
  there are any, are numbers. Figures that show frames have neither table nor ``COLUMNS``;
- ``draw(numbers, *, families, ...)``: the table as a matplotlib Figure, without a statistic in it;
- ``caption(numbers)``: text in which every number comes from the table.
"""
