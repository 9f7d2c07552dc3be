"""Brings an index up to date with its originals.

survey     what is there          settle     what each original is          run     write, account, commit
"""

from disclosure_search.indexing.run import RunReport, bring_up_to_date

__all__ = ["RunReport", "bring_up_to_date"]
