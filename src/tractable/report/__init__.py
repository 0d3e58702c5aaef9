"""Two pages that need no network: the figures beside the score table, and what the data are."""

from tractable.report.data_page import write_data_page
from tractable.report.page import write_page

__all__ = ["write_data_page", "write_page"]
