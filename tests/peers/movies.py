"""Files for other people's servers to send."""

import subprocess
from fractions import Fraction
from pathlib import Path

from mingjian.simulate import clips, nal
from mingjian.simulate.encode import Settings
from mingjian.simulate.loadclip import pictures

FPS = 25
LIMIT_S = 60.0


def numbered(folder: Path, seconds: int) -> Path:
    """An MP4 file of H.264, its frames stamped with their numbers from 0 on."""
    settings = Settings("h264", 320, 144, Fraction(FPS), 300, FPS, preset="ultrafast", threads=1)
    made = clips.make(settings, pictures(320, 144, FPS * seconds))
    octets = bytearray()
    for number, unit in enumerate(made.units):
        for one in unit.nals:
            octets += b"\0\0\0\1" + (nal.numbering("h264", number, 1) if one == nal.numbering("h264") else one)
    (folder / "movie.h264").write_bytes(octets)
    command = ["ffmpeg", "-nostdin", "-v", "error", "-r", str(FPS), "-i", str(folder / "movie.h264"), "-c", "copy"]
    subprocess.run([*command, str(folder / "movie.mp4")], check=True, timeout=LIMIT_S)
    return folder / "movie.mp4"
