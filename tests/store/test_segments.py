"""Raw segments keep answers byte-exact, refer to what is already held, and notice when they were touched."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import IntegrityError
from pipeline.store import Store, TenantFolder, open_store
from pipeline.store.ledger import Ledger, SegmentEntry
from pipeline.store.segments import Answer, Known, SegmentWriter, bodies, known_items
from pipeline.store.slicing import slice_page

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)
TENANT = "00000000-0000-4000-8000-00000000aaaa"
BODIES = (
    b'{"@odata.context":"x","value":[ {"id":"a","x":\r\n1}, {"id":"b"} ,\n{"id":"\xc3\xa9"}]}',
    b'{"value":[]}',
    b'{"value":[{"id":"c"}],"@odata.nextLink":null}',
)


def write(ledger: Ledger, answers: tuple[bytes, ...], known: Known | None = None, same: int | None = None) -> int:
    with SegmentWriter(ledger, "directory_audits", "stream", "run-1", known) as writer:
        for number, body in enumerate(answers):
            url = f"https://graph.example/v1.0/page{number}"
            writer.add(Answer(url, 200, NOON, body, slice_page(body).sliced, f"request-{number}"))
        return writer.commit(NOON, NOON, same=same)


def segments(ledger: Ledger) -> dict[int, SegmentEntry]:
    return {seq: entry for seq, entry in ledger.entries() if isinstance(entry, SegmentEntry)}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(TenantFolder(tmp_path / "contoso"), TENANT) as opened:
        yield opened


def test_bodies_come_back_to_the_byte(store: Store) -> None:
    seq = write(store.ledger, BODIES)
    entries = segments(store.ledger)
    assert list(bodies(store.folder.raw, entries[seq], entries)) == list(BODIES)


def test_items_already_held_are_referred_to(store: Store) -> None:
    first = write(store.ledger, BODIES[:1])
    known = known_items(store.folder.raw, list(segments(store.ledger).items()))
    second = write(store.ledger, BODIES, known)
    entries = segments(store.ledger)
    assert (entries[second].items, entries[second].new_items, entries[second].refers_to) == (4, 1, [first])
    assert list(bodies(store.folder.raw, entries[second], entries)) == list(BODIES)


def test_an_equal_snapshot_needs_no_file(store: Store) -> None:
    first = write(store.ledger, BODIES)
    second = write(store.ledger, BODIES, same=first)
    entries = segments(store.ledger)
    assert entries[second].path is None
    assert entries[second].content == entries[first].content
    assert list(bodies(store.folder.raw, entries[second], entries)) == list(BODIES)


def test_an_equal_snapshot_to_the_byte_repeats_no_page(store: Store) -> None:
    first = write(store.ledger, BODIES)
    with SegmentWriter(store.ledger, "directory_audits", "snapshot", "run-2") as writer:
        for body in BODIES:
            writer.add(Answer("https://graph.example", 200, NOON, body, slice_page(body).sliced))
        second = writer.commit(
            same=first, is_to_the_byte=writer.answers() == segments(store.ledger)[first].answers_sha256
        )
    entries = segments(store.ledger)
    assert (entries[second].pages, entries[second].answers) == ([], 3)
    assert list(bodies(store.folder.raw, entries[second], entries)) == list(BODIES)


def test_a_walk_that_is_not_finished_leaves_nothing(store: Store) -> None:
    with SegmentWriter(store.ledger, "directory_audits", "stream", "run-1") as writer:
        writer.add(Answer("https://graph.example", 200, NOON, BODIES[0], slice_page(BODIES[0]).sliced))
    assert store.ledger.seq == 0
    assert [path for path in store.folder.raw.rglob("*") if path.is_file()] == []


def test_the_database_learns_of_segments_windows_and_pages_once(store: Store) -> None:
    write(store.ledger, BODIES)
    assert [store.adopt(), store.adopt()] == [1, 0]
    assert store.rows('SELECT source, pages, items FROM "window"') == [
        {"source": "directory_audits", "pages": 3, "items": 4}
    ]
    assert store.rows("SELECT page, items, request_id FROM segment_page ORDER BY page") == [
        {"page": n, "items": items, "request_id": f"request-{n}"} for n, items in enumerate((3, 0, 1))
    ]


def test_a_segment_renamed_but_not_entered_is_no_part_of_the_record(store: Store) -> None:
    """A kill between the rename and the index leaves a file; the next walk takes its number."""
    orphan = store.folder.raw / "directory_audits/2026/10/01/00000001.ndjson.zst"
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes(b"half a walk")
    assert write(store.ledger, BODIES) == 1
    entries = segments(store.ledger)
    assert list(bodies(store.folder.raw, entries[1], entries)) == list(BODIES)


def test_a_changed_segment_is_found(store: Store) -> None:
    seq = write(store.ledger, BODIES)
    entries = segments(store.ledger)
    path = store.folder.raw / str(entries[seq].path)
    other = write(store.ledger, (BODIES[0].replace(b'"b"', b'"B"'), *BODIES[1:]))
    path.write_bytes((store.folder.raw / str(segments(store.ledger)[other].path)).read_bytes())
    with pytest.raises(IntegrityError, match="does not match the hash"):
        list(bodies(store.folder.raw, entries[seq], entries))


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_every_single_byte_flip_is_found(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    ledger = Ledger(tmp_path_factory.mktemp("flip") / "raw" / "index.ndjson")
    seq = write(ledger, BODIES)
    entries = segments(ledger)
    path = ledger.raw / str(entries[seq].path)
    kept = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(kept) - 1))
    kept[at] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(kept)
    with pytest.raises(IntegrityError):
        list(bodies(ledger.raw, entries[seq], entries))
