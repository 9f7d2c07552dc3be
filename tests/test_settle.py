"""Who owns what, what each is called, and what stays inside: decided from a survey and the old ledger alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pytest

from disclosure_search.collection.assemble import Described
from disclosure_search.collection.scan import Original
from disclosure_search.document import Attachment, Document, Interpretation
from disclosure_search.indexing.settle import Settlement, due_day, settle
from disclosure_search.indexing.survey import UNDESCRIBED, Item
from disclosure_search.ledger import Account, Ledger, Outcome

TODAY = date(2016, 6, 1)


def item(
    path: str, *, content: str = "", names: Iterable[str] = (), row: bool = False, **values: object
) -> Item:
    sha256 = (content or path).encode().hex().ljust(64, "0")[:64]
    document = Document(
        "",
        path,
        path,
        sha256=sha256,
        attachments=tuple(Attachment(name, path=name) for name in names),
        **values,  # type: ignore[arg-type]
    )
    described = Described({}, {"title": "x"} if row else {}, {})
    return Item(Original(path), sha256=sha256, described=described, document=document)


def settled(*items: Item, old: Iterable[Account] = (), today: date = TODAY) -> Settlement:
    there = {one.path: one for one in sorted(items, key=lambda one: one.path)}
    return settle(there, Ledger({account.path: account for account in old}), today)


def failed(path: str, reason: str, names: Iterable[str] = (), **values: object) -> Item:
    made = item(path, names=names, **values)
    made.stated, made.document = made.document, None
    made.failed = Account(path, reason=reason, what="x")
    return made


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
    found = settled(item("a.html", names=["m.txt"], **INTERNAL), item("m.txt", row=True))
    assert found.owners == {}
    assert [planned.first.path for planned in found.documents.values()] == ["m.txt"]


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


def test_an_id_stays_at_its_path_before_it_follows_its_content() -> None:
    old = [
        Account("a.txt", sha256=item("a.txt", content="one").sha256, outcome=Outcome.INDEXED, doc_id="first"),
        Account(
            "b.txt", sha256=item("b.txt", content="two").sha256, outcome=Outcome.INDEXED, doc_id="second"
        ),
    ]
    changed = item("a.txt", content="two")
    changed.old = old[0]
    moved = settled(changed, item("c.txt", content="three"), old=old)
    assert moved.ids["a.txt"] == "first"
    assert moved.ids["c.txt"] not in ("first", "second")
    followed = settled(item("c.txt", content="two"), old=old)
    assert followed.ids["c.txt"] == "second"


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
