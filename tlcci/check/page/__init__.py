"""A page that explains a checkout's CI, each sentence with the line that says so."""

from tlcci.check.page.page import write_page

__all__ = ["write_page"]
