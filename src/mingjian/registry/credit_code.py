"""The unified social credit code of organisations (GB 32100-2015): seventeen characters and one that checks them."""

from typing import Final

_LETTERS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # clause 4: without I, O, S, V, Z
_LENGTH: Final = 18
_WEIGHTS: Final = tuple(pow(3, place, 31) for place in range(_LENGTH - 1))


def is_credit_code(code: str) -> bool:
    """Whether the last character follows from the others (clause 5, modulus 31)."""
    if len(code) != _LENGTH or any(letter not in _LETTERS for letter in code):
        return False
    total = sum(_LETTERS.index(letter) * weight for letter, weight in zip(code, _WEIGHTS, strict=False))
    return _LETTERS[-total % 31] == code[-1]
