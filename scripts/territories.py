#!/usr/bin/env python3
"""Make src/mingjian/registry/territories.tsv: ``scripts/territories.py FOLDER``.

FOLDER holds `list.json`, `history.json` and `diff.json` of the open data set named in docs/design/registry.md.
A line is: code, Chinese name, name in Latin letters, and for a code that is no longer used the codes that came after
it (joined by commas, or `-` where none did).
"""

import json
import re
import sys
from pathlib import Path
from typing import Final

from pypinyin import Style, lazy_pinyin

TARGET: Final = Path(__file__).parent.parent / "src/mingjian/registry/territories.tsv"
# Codes below the province of these are the data set's own: GB/T 2260 has none.
_NOT_DIVIDED: Final = ("71", "81", "82", "83")
# The maker's number for a province whose code is 710000.
_OWN_NUMBERS: Final = ("83",)
_MISSING: Final = {"710000": "台湾省"}
_NOT_A_PLACE: Final = ("市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划", "省直辖行政单位", "县级市")
# What is not written as it is read: names of minority languages keep their own form (GB/T 28039).
_KNOWN: Final = {
    "内蒙古自治区": "Inner Mongolia", "西藏自治区": "Xizang", "陕西省": "Shaanxi", "香港特别行政区": "Hong Kong",
    "澳门特别行政区": "Macao", "新疆维吾尔自治区": "Xinjiang", "宁夏回族自治区": "Ningxia",
    "广西壮族自治区": "Guangxi", "呼和浩特市": "Hohhot", "包头市": "Baotou", "鄂尔多斯市": "Ordos",
    "呼伦贝尔市": "Hulunbuir", "巴彦淖尔市": "Bayannur", "乌兰察布市": "Ulanqab", "乌鲁木齐市": "Urumqi",
    "克拉玛依市": "Karamay", "吐鲁番市": "Turpan", "哈密市": "Hami", "喀什市": "Kashi", "喀什地区": "Kashi",
    "和田市": "Hotan", "和田地区": "Hotan", "伊宁市": "Yining", "拉萨市": "Lhasa", "日喀则市": "Xigaze",
    "昌都市": "Qamdo", "林芝市": "Nyingchi", "那曲市": "Nagqu", "阿里地区": "Ngari", "山南市": "Shannan",
    "锡林郭勒盟": "Xilingol", "兴安盟": "Hinggan", "阿拉善盟": "Alxa", "哈尔滨市": "Harbin", "齐齐哈尔市": "Qiqihar",
    "六安市": "Lu'an", "蚌埠市": "Bengbu", "台州市": "Taizhou", "亳州市": "Bozhou", "六盘水市": "Liupanshui",
    "丰都县": "Fengdu", "朝阳市": "Chaoyang", "朝阳县": "Chaoyang", "天长市": "Tianchang",
    "新疆生产建设兵团": "Xinjiang Production and Construction Corps", "石河子市": "Shihezi",
}  # fmt: skip
_PEOPLES: Final = (
    "蒙古族|回族|藏族|维吾尔族|苗族|彝族|壮族|布依族|朝鲜族|满族|侗族|瑶族|白族|土家族|哈尼族|哈萨克族|傣族|黎族|傈僳族|"
    "佤族|畲族|高山族|拉祜族|水族|东乡族|纳西族|景颇族|柯尔克孜族|土族|达斡尔族|仫佬族|羌族|布朗族|撒拉族|毛南族|仡佬族|"
    "锡伯族|阿昌族|普米族|塔吉克族|怒族|乌孜别克族|俄罗斯族|鄂温克族|德昂族|保安族|裕固族|京族|塔塔尔族|独龙族|鄂伦春族|"
    "赫哲族|门巴族|珞巴族|基诺族|各族|哈萨克|蒙古|柯尔克孜|塔吉克|锡伯"
)
_AUTONOMOUS: Final = re.compile(rf"^(.+?)(?:{_PEOPLES})*(?:自治州|自治县|自治旗)$")
_SUFFIX: Final = re.compile(r"^(..+?)(?:特别行政区|行政区|自治区|地区|林区|矿区|新区|省|市|区|县|旗|盟)$")


def main() -> int:
    folder = Path(sys.argv[1])
    current, history, after = (
        json.loads((folder / f"{name}.json").read_text()) for name in ("list", "history", "diff")
    )
    used = {code: name for code, name in (current | _MISSING).items() if _kept(code)}
    gone = {code: name for code, name in history.items() if _kept(code) and code not in used}
    old = {code: name for code, name in gone.items() if name not in _NOT_A_PLACE and "（" not in name}
    lines = [f"{code}\t{name}\t{latin(name)}" for code, name in sorted(used.items())]
    lines += [
        f"{code}\t{name}\t{latin(name)}\t{_later(after.get(code, []), used)}" for code, name in sorted(old.items())
    ]
    TARGET.write_text("\n".join(lines) + "\n")
    sys.stdout.write(f"{len(used)} in use, {len(old)} no longer\n")
    return 0


def _kept(code: str) -> bool:
    return code[:2] not in _OWN_NUMBERS and (code.endswith("0000") or code[:2] not in _NOT_DIVIDED)


def _later(codes: list[str], used: dict[str, str]) -> str:
    return ",".join(code for code in codes if code in used) or "-"


def latin(name: str) -> str:
    """The name in Latin letters, without what kind of division it is."""
    if name in _KNOWN:
        return _KNOWN[name]
    own = _AUTONOMOUS.match(name) or _SUFFIX.match(name)
    # The whole is read, for phrases tell how: 朝阳 alone is read otherwise than 朝阳区.
    syllables = lazy_pinyin(name, style=Style.NORMAL)[: len(own[1]) if own else None]
    joined = syllables[0]
    for syllable in syllables[1:]:
        joined += ("'" if syllable[0] in "aoe" else "") + syllable
    return joined.capitalize()


if __name__ == "__main__":
    sys.exit(main())
