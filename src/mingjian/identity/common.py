"""Passwords that everybody tries first: a small list and the patterns by which people make them longer.

NIST SP 800-63B section 3.1.1.2 asks for a comparison with common values. At 12 characters and more the published lists
hold little but short ones strung together, repeated, or followed by digits; so what is looked for is what is left when
such pieces are taken away.
"""

import re
from typing import Final

LEAST_LEFT: Final = 4
"""Characters that must be left over."""

_WORDS: Final = """
password passwort passw0rd pass word admin administrator root user guest test demo default changeme welcome login
letmein master secret manager system security auditor operator camera video monitor police jiankong shipin gongan
mingjian qwertyuiop qwerty asdfghjkl asdfgh zxcvbnm zxcvbn qazwsx wsxedc qweasd asdzxc
1q2w3e4r5t6y7u8i 1q2w3e4r5t6y 1q2w3e4r5t 1q2w3e4r 1qaz 2wsx 3edc 4rfv zaq1 xsw2
iloveyou woaini 5201314 1314520 1314 520 888
woaizhongguo zhongguo beijing shanghai yunnan tengchong baoshan kunming nihao dragon monkey football
baseball sunshine princess superman batman michael shadow summer winter spring autumn abcdefgh abcdef abcd abc xyz
hikvision hikadmin dahua uniview hik tplink ezviz onvif huawei company office server database computer internet
""".split()  # noqa: SIM905 - a list of this length reads better as a text

_LOOKS: Final = str.maketrans("@40$5!137", "aaossliet")
_ROWS: Final = ("01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_DATE: Final = re.compile(r"(?:19|20)\d\d(?:[01]\d)?(?:[0-3]\d)?")
_REPEATED: Final = re.compile(r"(.{1,6}?)\1{2,}", re.DOTALL)
_SEPARATORS: Final = re.compile(r"[\s!-/:-@\[-`{-~]+")


def _patterns() -> re.Pattern[str]:
    runs = {row[start : start + length] for row in _ROWS for length in (3, 4, 5, 6, 8) for start in range(len(row))}
    runs |= {run[::-1] for run in runs}
    pieces = sorted({piece for piece in {*_WORDS, *runs} if len(piece) >= 3}, key=len, reverse=True)
    return re.compile("|".join(re.escape(piece) for piece in pieces))


_PIECES: Final = _patterns()


def is_common(password: str) -> bool:
    """Whether next to nothing of `password` is its owner's own. `password` is in lower case."""
    return any(_left(form) < LEAST_LEFT for form in (password, password.translate(_LOOKS)))


def _left(text: str) -> int:
    for pattern in (_DATE, _REPEATED, _PIECES, _SEPARATORS, _REPEATED):
        text = pattern.sub("", text)
    return len(set(text))
