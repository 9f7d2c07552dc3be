"""disclosure-search: a searchable archive of government disclosures."""

__version__ = "0.1.0"
