"""What a clip says of itself: a JSON document in the ZIP, and beside a single MP4."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from mingjian.kernel.clock import SHANGHAI, to_datetime
from mingjian.kernel.ids import SegmentId
from mingjian.media.export.cutting import ChannelCut, Source
from mingjian.media.export.model import LEFT_OUT_TEXT, Clip, LeftOut, Part

FORMAT: Final = "mingjian-clip/1"
_NOTES: Final = {
    "zh": [
        "画面数据为所存录像的原始数据，未重新编码。",
        "每个文件从第一个显示画面之前最近的关键帧开始；提前的部分（lead_ms）由编辑列表隐藏，播放时不显示。",
        "文件内的时间与录像时间一致：播放到第 t 秒的画面录于 start + t。",
        "时间为东八区（Asia/Shanghai）的服务器时间。clock_epoch 不同的部分之间，服务器时钟曾经跳变。",
        "segments 为来源文件及其 SHA-256；为 null 的，导出时尚在写入。",
    ],
    "en": [
        "The pictures are the stored bytes; nothing was encoded again.",
        "Each file begins with the key frame before its first shown picture; an edit list hides that lead (lead_ms).",
        "Time in a file is recorded time: what is shown at second t was recorded at start + t.",
        "Times are the server's, in Asia/Shanghai. Between parts of another clock_epoch the server's clock jumped.",
        "`segments` names the files that a part came from with their SHA-256; null: still being written then.",
    ],
}


def manifest(clip: Clip, cuts: Sequence[ChannelCut], digests: Mapping[SegmentId, bytes], made_us: int) -> bytes:
    """The document, UTF-8."""
    document = {
        "format": FORMAT,
        "clip": str(clip.id),
        "requested_by": clip.person_label,
        "requested_at": _moment(clip.created_us),
        "made_at": _moment(made_us),
        "reason": clip.reason,
        "start": _moment(clip.start_us),
        "end": _moment(clip.end_us),
        "channels": [_channel(cut, digests) for cut in cuts],
        "notes": _NOTES,
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _channel(cut: ChannelCut, digests: Mapping[SegmentId, bytes]) -> dict[str, Any]:
    by_part: dict[str, list[Source]] = {}
    for source in cut.sources:
        by_part.setdefault(source.part, []).append(source)
    return {
        "id": str(cut.channel.id),
        "name": cut.channel.name,
        "parts": [_part(part, by_part.get(part.name, []), digests) for part in cut.parts],
        "left_out": [_left_out(one) for one in cut.left_out],
    }


def _part(part: Part, sources: Sequence[Source], digests: Mapping[SegmentId, bytes]) -> dict[str, Any]:
    return {
        "file": part.name,
        "start": _moment(part.start_us),
        "end": _moment(part.end_us),
        "lead_ms": part.lead_us // 1000,
        "clock_epoch": part.clock_epoch,
        "frames": part.frames,
        "sound": part.sound or None,
        "size": part.size,
        "sha256": part.sha256,
        "segments": [
            {
                "id": str(one.segment_id),
                "sha256": digests[one.segment_id].hex() if one.segment_id in digests else None,
                "fragments": [one.first, one.last],
            }
            for one in sources
        ],
    }


def _left_out(one: LeftOut) -> dict[str, Any]:
    words = LEFT_OUT_TEXT[one.cause]
    return {
        "start": _moment(one.start_us),
        "end": _moment(one.end_us),
        "cause": one.cause,
        "zh": words.zh,
        "en": words.en,
    }


def _moment(us: int) -> str:
    return to_datetime(us).astimezone(SHANGHAI).isoformat(timespec="microseconds")
