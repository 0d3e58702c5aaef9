"""Audit: is a speaker's data what it should be? A page each, and a table of all findings."""

from tractable.audit.corpora import audit_corpora

__all__ = ["audit_corpora"]
