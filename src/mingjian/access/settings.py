"""[access]: what is drawn over pictures that people watch."""

from mingjian.kernel.config import Section


class AccessSettings(Section):
    watermark_live: bool = True
    """实时画面叠加水印（查看人姓名、时间）
    Live pictures carry a watermark: who watches, and when"""

    watermark_playback: bool = True
    """回放画面叠加水印（查看人姓名、时间）
    Pictures that are played back carry a watermark: who watches, and when"""
