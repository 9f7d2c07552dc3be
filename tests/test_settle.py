"""Who owns what, what each is called, and what stays inside: decided from a survey and the old ledger alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import pytest

from disclosure_search.collection.assemble import Described
from disclosure_search.collection.scan import Original
from disclosure_search.document import Attachment, Document, Interpretation
from disclosure_search.indexing.settle import Settlement, due_day, settle
from disclosure_search.indexing.survey import UNDESCRIBED, Item
from disclosure_search.ledger import Account, Gone, Ledger, Outcome

TODAY = date(2016, 6, 1)


def item(
    path: str,
    *,
    content: str = "",
    names: Iterable[str] = (),
    stated: bool = False,
    row: bool = False,
    old: Account | None = None,
    **values: object,
) -> Item:
    sha256 = (content or path).encode().hex().ljust(64, "0")[:64]
    document = Document(
        "",
        path,
        path,
        sha256=sha256,
        attachments=tuple(Attachment(name, path=name, stated=stated) for name in names),
        **values,  # type: ignore[arg-type]
    )
    described = Described({}, {"title": "x"} if row else {}, {})
    return Item(Original(path), old, sha256=sha256, described=described, document=document)


def account(path: str, content: str, doc_id: str, outcome: str = Outcome.INDEXED) -> Account:
    return Account(path, sha256=item(path, content=content).sha256, outcome=outcome, doc_id=doc_id)


def settled(
    *items: Item, old: Iterable[Account] = (), gone: tuple[Gone, ...] = (), today: date = TODAY
) -> Settlement:
    there = {one.path: one for one in sorted(items, key=lambda one: one.path)}
    return settle(there, Ledger({one.path: one for one in old}, gone=gone), today)


def failed(path: str, reason: str, names: Iterable[str] = (), **values: object) -> Item:
    made = item(path, names=names, **values)
    made.stated, made.document = made.document, None
    made.failed = Account(path, reason=reason, what="x")
    return made


PLACES = ("b/m.txt", "a/m.txt", "m.txt")
INTERNAL = {"audience": "面向本单位"}


@pytest.mark.parametrize(
    "internal", ["a.html", "z.html"], ids=["before the public one", "after the public one"]
)
def test_what_an_internal_document_names_stays_inside_whoever_else_names_it(internal: str) -> None:
    found = settled(
        item(internal, names=["m.txt"], **INTERNAL),
        item("n.html", names=["m.txt"]),
        item("m.txt"),
    )
    assert set(found.withheld) == {internal, "m.txt"}
    assert [planned.first.path for planned in found.documents.values()] == ["n.html"]


def test_an_attachment_with_a_row_of_its_own_is_a_document() -> None:
    found = settled(item("a.html", names=["m.txt"]), item("m.txt", row=True))
    assert found.owners == {}
    assert {planned.first.path for planned in found.documents.values()} == {"a.html", "m.txt"}


def test_a_row_that_is_silent_about_it_does_not_publish_what_an_internal_document_names() -> None:
    found = settled(item("a.html", names=["m.txt"], **INTERNAL), item("m.txt", row=True))
    assert (found.owners, found.documents) == ({}, {})
    assert set(found.withheld) == {"a.html", "m.txt"}
    assert [warning for warning in found.warnings if warning.startswith("m.txt: ")]


def test_an_attachment_that_is_said_to_be_public_is_public_whatever_names_it() -> None:
    said = item("m.txt", row=True)
    said.says_public = True
    found = settled(item("a.html", names=["m.txt"], **INTERNAL), said)
    assert [planned.first.path for planned in found.documents.values()] == ["m.txt"]


def test_the_last_day_of_a_document_is_nothing_to_another_one_that_it_names() -> None:
    over = item("a.html", names=["m.txt", "n.txt"], expires=date(2016, 5, 31))
    found = settled(over, item("m.txt", row=True), item("n.txt"))
    assert set(found.withheld) == {"a.html", "n.txt"}


def test_a_page_that_is_stated_to_be_an_attachment_is_one() -> None:
    found = settled(item("a.txt", names=["m.html"], stated=True, **INTERNAL), item("m.html"))
    assert found.owners == {"m.html": "a.txt"}
    assert found.documents == {}


def test_attachments_of_attachments_of_an_internal_document_stay_inside() -> None:
    found = settled(
        item("a.txt", names=["m.html"], stated=True, **INTERNAL),
        item("m.html", names=["n.txt"]),
        item("n.txt", names=["o.txt"]),
        item("o.txt"),
    )
    assert set(found.withheld) == {"a.txt", "m.html", "n.txt", "o.txt"}
    assert found.documents == {}


def test_a_document_that_is_not_public_by_itself_is_nobodys_attachment() -> None:
    found = settled(item("a.html", names=["m.txt"]), item("m.txt", **INTERNAL))
    assert found.owners == {}
    assert set(found.withheld) == {"m.txt"}
    assert [planned.hidden for planned in found.documents.values()] == [frozenset({"m.txt"})]


def test_the_likeliest_place_of_an_attachment_is_the_one_that_counts() -> None:
    page = item("a/p.html")
    page.document = replace(
        page.document, attachments=(Attachment("m", url="http://x/m.txt", places=PLACES),)
    )
    there = [item(path) for path in PLACES[1:]]
    found = settled(page, *there)
    assert found.owners == {"a/m.txt": "a/p.html"}
    assert {planned.first.path for planned in found.documents.values()} == {"a/p.html", "m.txt"}
    page.document = replace(page.document, **INTERNAL)
    assert set(settled(page, *there).withheld) == {"a/p.html", "a/m.txt", "m.txt"}


@pytest.mark.parametrize(("first", "second"), [("a.html", "b.html"), ("b.html", "a.html")])
def test_an_attachment_goes_with_the_first_of_its_documents_that_goes(first: str, second: str) -> None:
    found = settled(
        item(first, names=["m.txt"], expires=date(2016, 6, 30)),
        item(second, names=["m.txt"]),
        item("m.txt"),
    )
    assert found.owners == {"m.txt": first}
    hidden = {planned.first.path: planned.hidden for planned in found.documents.values()}
    assert hidden == {first: frozenset(), second: frozenset({"m.txt"})}


def test_a_page_that_another_page_links_to_is_a_document() -> None:
    found = settled(item("a.html", names=["b.html"]), item("b.html"))
    assert len(found.documents) == 2


def test_two_documents_that_name_each_other_do_not_both_vanish() -> None:
    found = settled(item("a.txt", names=["b.txt"]), item("b.txt", names=["a.txt"]))
    assert found.owners == {"b.txt": "a.txt"}
    assert len(found.documents) == 1


def test_a_document_does_not_own_itself() -> None:
    found = settled(item("a.txt", names=["a.txt"]))
    assert found.owners == {}
    assert len(found.documents) == 1


@pytest.mark.parametrize(
    ("reason", "values", "inside"),
    [
        pytest.param(UNDESCRIBED, {}, True, id="nobody knows whether it is public"),
        pytest.param("damaged", INTERNAL, True, id="damaged and internal"),
        pytest.param("damaged", {}, False, id="damaged and public"),
        pytest.param("empty", {"withdrawn": "x"}, True, id="empty and withdrawn"),
    ],
)
def test_attachments_of_what_cannot_be_read(reason: str, values: dict[str, object], inside: bool) -> None:
    found = settled(
        failed("a.pdf", reason, ["m.txt"], **values), item("m.txt"), item("n.html", names=["m.txt"])
    )
    assert ("m.txt" in found.withheld) is inside
    assert found.owners == ({} if inside else {"m.txt": "n.html"})


def test_no_id_is_given_twice() -> None:
    same = [item(f"{name}.txt", content="one", **INTERNAL) for name in "abc"]
    numbered = [item(f"{name}.html", index_number="LX-1") for name in "xyz"]
    found = settled(*same, *numbered, item("public.txt", content="one"))
    public = [found.ids[planned.first.path] for planned in found.documents.values()]
    assert len(set(public)) == len(public) == 4
    assert len(found.warnings) == 2


def test_an_id_follows_its_content_before_it_stays_at_its_path() -> None:
    old = [account("a.txt", "one", "first"), account("b.txt", "two", "second")]
    changed = item("a.txt", content="two", old=old[0])
    moved = settled(changed, item("c.txt", content="three"), old=old)
    assert moved.ids["a.txt"] == "second"
    assert moved.ids["c.txt"] not in ("first", "second")
    stayed = settled(
        item("a.txt", content="four", old=old[0]), item("b.txt", content="two", old=old[1]), old=old
    )
    assert stayed.ids == {"a.txt": "first", "b.txt": "second"}


def test_two_contents_that_change_places_keep_their_ids() -> None:
    old = [account("a.txt", "one", "first"), account("b.txt", "two", "second")]
    found = settled(
        item("a.txt", content="two", old=old[0]), item("b.txt", content="one", old=old[1]), old=old
    )
    assert found.ids == {"a.txt": "second", "b.txt": "first"}


def test_the_public_copy_keeps_the_id_when_the_first_becomes_internal() -> None:
    old = [account("a.txt", "one", "first"), account("b.txt", "one", "first", Outcome.DUPLICATE)]
    found = settled(
        item("a.txt", content="one", old=old[0], **INTERNAL),
        item("b.txt", content="one", old=old[1]),
        old=old,
    )
    assert found.ids["b.txt"] == "first"
    assert found.ids["a.txt"] != "first"


def test_what_was_gone_gets_its_id_again_unless_it_is_borne_by_another() -> None:
    gone = (Gone("x.txt", item("", content="one").sha256, "first", since="2016-05-01"),)
    back = settled(item("c.txt", content="one"), gone=gone)
    assert back.ids == {"c.txt": "first"}
    old = account("a.txt", "two", "first")
    taken = settled(item("a.txt", content="two", old=old), item("c.txt", content="one"), old=[old], gone=gone)
    assert taken.ids["a.txt"] == "first"
    assert taken.ids["c.txt"] != "first"


def test_the_number_of_a_copy_becomes_the_id_where_the_first_has_none() -> None:
    found = settled(item("a.txt", content="one"), item("b.txt", content="one", index_number="LX-1"))
    assert found.ids["a.txt"] == "LX-1"


def test_of_one_content_the_document_it_was_stays_the_first() -> None:
    old = [Account("b.txt", outcome=Outcome.INDEXED, doc_id="kept")]
    before = item("b.txt", content="one")
    before.old = old[0]
    found = settled(item("a.txt", content="one"), before, old=old)
    assert [(doc_id, planned.first.path) for doc_id, planned in found.documents.items()] == [
        ("kept", "b.txt")
    ]
    assert found.ids == {"a.txt": "kept", "b.txt": "kept"}


def test_the_fingerprint_tells_whether_what_is_mentioned_may_be_shown() -> None:
    link = (Interpretation("文字解读", "x", path="b.html"),)

    def fingerprint(**values: object) -> str:
        found = settled(item("a.html", interpretations=link), item("b.html", **values))
        return next(one.fingerprint for one in found.documents.values() if one.first.path == "a.html")

    assert fingerprint() == fingerprint()
    assert fingerprint() != fingerprint(**INTERNAL)


@pytest.mark.parametrize(
    ("values", "due"),
    [
        pytest.param({}, "", id="no days"),
        pytest.param({"published": date(2016, 7, 1)}, "2016-07-01", id="embargo"),
        pytest.param({"expires": date(2016, 6, 1)}, "2016-06-02", id="last day is today"),
        pytest.param({"expires": date(2016, 5, 31)}, "", id="over"),
        pytest.param({"published": date(2016, 7, 1), "expires": date(2016, 8, 1)}, "2016-07-01", id="both"),
    ],
)
def test_the_day_on_which_an_outcome_must_be_looked_at_again(values: dict[str, object], due: str) -> None:
    assert due_day(item("a.txt", **values), TODAY) == due
