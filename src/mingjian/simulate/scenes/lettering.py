"""Letters in pictures: a Chinese font when the machine has one, no Chinese text when it has none."""

from functools import lru_cache
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

_FOLDERS: Final = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path("/Library/Fonts"))
_CHINESE: Final = (
    "NotoSansCJK-Bold",
    "NotoSansCJK-Regular",
    "NotoSansCJK",
    "NotoSansSC",
    "SourceHanSans",
    "wqy",
    "CJK",
)
_SIMPLIFIED: Final = ("Noto Sans CJK SC", "Source Han Sans SC")


@lru_cache(maxsize=1)
def chinese_font() -> tuple[str, int] | None:
    """The file and index of a font with Chinese letters, Simplified Chinese forms first; None when there is none."""
    found = [path for folder in _FOLDERS if folder.is_dir() for path in sorted(folder.rglob("*.[ot]t[cf]"))]
    for name in _CHINESE:
        for path in found:
            if name in path.name and "Mono" not in path.name:
                return str(path), _index(path)
    return None


@lru_cache(maxsize=256)
def font(size: int) -> Font:
    """A font of `size` pixels; Pillow's own when there is no Chinese one."""
    chosen = chinese_font()
    return ImageFont.truetype(chosen[0], size, index=chosen[1]) if chosen else ImageFont.load_default(size)


def shown(text: str) -> str:
    """`text` without the letters that cannot be drawn on this machine."""
    return text if chinese_font() else "".join(c for c in text if c.isascii()).strip()


@lru_cache(maxsize=1024)
def label(text: str, size: int, colour: tuple[int, int, int], outline: int = 0) -> Image.Image:
    """Text on nothing, `size` pixels high, with a dark outline so that it reads on any ground."""
    text = shown(text) or " "
    left, top, right, bottom = ImageDraw.Draw(Image.new("L", (1, 1))).textbbox((0, 0), text, font(size), "ls",
                                                                               stroke_width=outline)  # fmt: skip
    del top, bottom
    image = Image.new("RGBA", (int(right - left) + 2, round(size * 1.35)), (0, 0, 0, 0))
    ImageDraw.Draw(image).text(
        (1 - left, size * 1.05), text, colour, font(size), "ls", stroke_width=outline, stroke_fill=(0, 0, 0)
    )
    return image


def _index(path: Path) -> int:
    if path.suffix != ".ttc":
        return 0
    for index in range(16):
        try:
            if ImageFont.truetype(str(path), 12, index=index).getname()[0] in _SIMPLIFIED:
                return index
        except OSError:
            break
    return 0
