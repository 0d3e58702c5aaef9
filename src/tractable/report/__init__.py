"""One page that shows the figures beside the score table, and needs no network."""

from tractable.report.page import write_page

__all__ = ["write_page"]
