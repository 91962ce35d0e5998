"""The tree against the roots of RFC 6962's own test data and a plain definition; notes against Go's example."""

from hashlib import sha256
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.audit.merkle import EMPTY_ROOT, Frontier, leaf_hash, node_hash
from mingjian.audit.notes import BadNote, Checkpoint, Signer, Verifier

# Of the reference implementation of RFC 6962 (certificate-transparency-go, trillian, transparency-dev/merkle).
INPUTS: Final = (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)  # fmt: skip
ROOTS: Final = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def test_the_roots_of_the_reference() -> None:
    tree = Frontier()
    assert tree.root == EMPTY_ROOT == sha256(b"").digest()
    for given_input, root in zip(INPUTS, ROOTS, strict=True):
        tree.add(leaf_hash(bytes.fromhex(given_input)))
        assert tree.root.hex() == root


def plain_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, as it is written there."""
    if len(leaves) <= 1:
        return leaves[0] if leaves else EMPTY_ROOT
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(plain_root(leaves[:split]), plain_root(leaves[split:]))


@given(st.integers(0, 300), st.integers(0, 300))
def test_a_frontier_goes_on_where_it_was(before: int, after: int) -> None:
    leaves = [leaf_hash(number.to_bytes(2, "big")) for number in range(before + after)]
    first = Frontier()
    for leaf in leaves[:before]:
        first.add(leaf)
    second = Frontier(before, first.packed)
    assert second.root == first.root == plain_root(leaves[:before])
    for leaf in leaves[before:]:
        second.add(leaf)
    assert second.root == plain_root(leaves)


@pytest.mark.parametrize(("size", "nodes"), [(-1, b""), (1, b""), (2, bytes(64)), (3, bytes(63))])
def test_a_frontier_of_another_size_is_refused(size: int, nodes: bytes) -> None:
    with pytest.raises(ValueError, match="frontier"):
        Frontier(size, nodes)


# golang.org/x/mod/sumdb/note, the package's own example
GO_PRIVATE: Final = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_PUBLIC: Final = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT: Final = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_SIGNATURE: Final = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_keys_and_signatures_are_those_of_other_programs() -> None:
    signer = Signer.read(GO_PRIVATE)
    assert signer.line == GO_PRIVATE
    assert str(signer.verifier) == GO_PUBLIC
    assert Verifier.read(GO_PUBLIC) == signer.verifier
    assert signer.sign(GO_TEXT) == f"{GO_TEXT}\n{GO_SIGNATURE}"


SIGNER: Final = Signer("mingjian.example/audit", bytes(range(32)))
HEAD: Final = Checkpoint("mingjian.example/audit", 17, bytes(32))
NOTE: Final = SIGNER.sign(HEAD.text)


def test_a_checkpoint_comes_back() -> None:
    assert SIGNER.verifier.open(NOTE) == HEAD


@pytest.mark.parametrize(
    "note",
    [
        NOTE.replace("\n17\n", "\n18\n"),
        NOTE.replace("AAAA", "AAAB", 1),
        NOTE.replace("mingjian.example/audit\n17", "elsewhere/audit\n17"),
        NOTE.replace("— mingjian", "- mingjian"),
        NOTE[:-1],
        NOTE.partition("\n\n")[0],
        "",
        NOTE.replace("— ", "— x"),
        SIGNER.sign("mingjian.example/audit\n017\n" + "A" * 43 + "=\n"),
        SIGNER.sign("mingjian.example/audit\n17\n" + "A" * 43 + "=\nmore\n"),
        SIGNER.sign(HEAD.text + "x" * 5000 + "\n"),
        Signer("mingjian.example/audit", bytes(32)).sign(HEAD.text),
        Signer("another", bytes(range(32))).sign(HEAD.text),
    ],
)
def test_what_another_wrote_is_refused(note: str) -> None:
    with pytest.raises(BadNote):
        SIGNER.verifier.open(note)


@pytest.mark.parametrize(
    "line",
    [
        "", "a+b", GO_PUBLIC, GO_PRIVATE.replace("c74f20a3", "c74f20a4"), GO_PRIVATE[:-4], GO_PRIVATE + "AAAA",
        GO_PRIVATE.replace("+AYEK", "+BYEK"), GO_PRIVATE.replace("PeterNeumann", "Peter Neumann"),
    ],
)  # fmt: skip
def test_a_damaged_key_is_refused(line: str) -> None:
    with pytest.raises(BadNote):
        Signer.read(line)
