"""How long the long counts are: an hour in all. `SOAK_…` in the environment makes one of them longer or shorter."""

import os


def counted(name: str, default: int) -> int:
    return int(os.environ.get(name, default))
