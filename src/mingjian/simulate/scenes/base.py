"""What every scene is."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from PIL import Image

from mingjian.simulate.scenes.stage import Light, Sprite, View


class Scene(ABC):
    """One minute of a place, the same at second 0 and at second 60."""

    view: View
    light: Light

    def __init__(self) -> None:
        self._still = self.still()
        self._props = list(self.props())

    @abstractmethod
    def still(self) -> Image.Image:
        """What never moves, drawn once."""

    def props(self) -> Sequence[Sprite]:
        """Still things that may hide moving ones."""
        return ()

    @abstractmethod
    def movers(self, second: float) -> Sequence[Sprite | None]:
        """What moves, as it is at `second` of the minute."""

    def picture(self, second: float) -> Image.Image:
        """The scene at `second` of the minute, RGB."""
        frame = self._still.copy()
        sprites = [*self._props, *(item for item in self.movers(second) if item is not None)]
        for item in sorted(sprites, key=lambda one: -one.depth):
            frame.paste(item.image, (item.x, item.y), item.image)
        return frame
