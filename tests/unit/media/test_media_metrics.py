"""What the recorder counts is on the page that the API serves."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
COUNTING = """
import sys
from pathlib import Path
from mingjian.kernel import metrics
metrics.configure(Path(sys.argv[1]), sys.argv[2])
from mingjian.media import metrics as media
if sys.argv[2] == "media":
    media.flushed(100, 2, 0.003)
    media.received(1, [5, 6])
    media.records(1, 2)
else:
    print(metrics.render().decode())
"""


def test_another_process_sees_them(tmp_path: Path) -> None:
    def run(process: str) -> str:
        command = [sys.executable, "-c", COUNTING, str(tmp_path), process]
        return subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT / "src", timeout=60).stdout

    run("media")
    page = run("api")
    for line in (
        "mingjian_media_written_bytes_total 100.0",
        "mingjian_media_fragments_total 2.0",
        'mingjian_media_flush_seconds_bucket{le="0.005"} 1.0',
    ):
        assert line in page.splitlines()
