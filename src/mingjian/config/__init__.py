"""The settings of one installation: `mingjian.toml`, then the environment, then what each package declares.

Environment variables are named MINGJIAN_<SECTION>__<KEY>; lists are separated by commas. `load` is given the
environment by the command line: nothing below reads it.
"""

from mingjian.config.api import ApiSettings
from mingjian.config.example import example
from mingjian.config.reading import FILE_NAME, Loaded, Origin, declared, load
from mingjian.config.settings import Settings

__all__ = ["FILE_NAME", "ApiSettings", "Loaded", "Origin", "Settings", "declared", "example", "load"]
