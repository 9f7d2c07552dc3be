"""The site as a WSGI application, for `serve` and for any other server (`disclosure_search.wsgi:application()`)."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import partial

from flask import Flask

from disclosure_search import query
from disclosure_search.absence import Told, tell
from disclosure_search.collection.branding import load_branding
from disclosure_search.collection.patterns import load_patterns
from disclosure_search.config import settings_from
from disclosure_search.errors import EngineError
from disclosure_search.hearing import Hearing
from disclosure_search.ledger import read_ledger
from disclosure_search.states import SearchState
from disclosure_search.tally import Tally
from disclosure_search.web import Hear, Originals, SiteSettings, create_app
from disclosure_search.wiring import Archive, LivingArchive, open_archive


def make_app(archive: Archive) -> Flask:
    """The site of this archive; it takes up by itself what is new in it."""
    living = LivingArchive(archive)
    settings = archive.settings
    patterns = load_patterns(settings.data_dir)
    branding = load_branding(settings.data_dir)
    site = SiteSettings(
        name=branding.name or patterns.name or "政府信息公开档案",
        agency=branding.host or patterns.agency,
        data_dir=settings.data_dir,
        threads=settings.threads,
        rate=settings.rate,
        prefix=settings.prefix,
        proxies=settings.proxies,
        address=settings.address,
        site_code=branding.code,
        contact=branding.contact,
        requests=branding.requests,
        icp=branding.icp,
        police=branding.police,
        colour=branding.colour,
        deep=branding.deep,
        logo=branding.logo,
    )
    staff = partial(_told, living) if settings.staff else None
    app = create_app(
        lambda: living.current().search, Originals(settings.data_dir), site, staff, _hear(living)
    )
    app.config["ACCESS_LOG"] = settings.log
    return app


def _hear(living: LivingArchive) -> Hear | None:
    """A site of staff counts nothing: they try searches that nobody needs."""
    settings = living.current().settings
    if settings.counts_dir is None or settings.staff:
        return None

    def cut(text: str) -> list[str]:
        leaves = query.leaves(query.parse(text).query)
        texts = (leaf.text for leaf in leaves if isinstance(leaf, query.Text | query.Phrase))
        return [word for one in texts for word in living.current().segmenter.required(one)]

    def stands(word: str) -> bool:
        with suppress(EngineError):
            return living.current().search.listing(SearchState(text=f'"{word}"', size=1)).total > 0
        return False

    return Hearing(Tally(settings.counts_dir), cut, stands).hear


def _told(living: LivingArchive, state: SearchState, name: str) -> Told:
    """For staff: with the ledger, which speaks of what is not public."""
    archive = living.current()
    ledger = read_ledger(archive.engine.ledger())
    return tell(archive.search, archive.engine, archive.segmenter, state, name, ledger)


def application() -> Flask:
    """From the environment alone: DISCLOSURE_DATA, DISCLOSURE_INDEX and so on. Warm, for a server that then forks."""
    archive = open_archive(settings_from({}, os.environ))
    with suppress(EngineError):  # the pages say what is the matter
        archive.search.warm()
    return make_app(archive)
