"""Brings an index up to date with its originals.

survey     what is there          settle     what each original is          run     write, account, commit
"""

from disclosure_search.indexing.accounting import RunReport
from disclosure_search.indexing.run import Wishes, bring_up_to_date, rehearse

__all__ = ["RunReport", "Wishes", "bring_up_to_date", "rehearse"]
