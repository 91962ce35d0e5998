"""The twelve demonstration cameras: what they show and where they are said to stand.

Units, streets and numbers are invented; region codes are of GB/T 2260, coordinates are WGS-84 and lie in the region
named.
"""

from dataclasses import dataclass
from typing import Final

from mingjian.simulate.auth import Scheme


@dataclass(frozen=True, slots=True)
class DemoCamera:
    """One camera of the demonstration. `slug` names its scene, its clip and its path; `number` is stamped in frames."""

    slug: str
    number: int
    name_zh: str
    name_en: str
    place_zh: str
    place_en: str
    address_zh: str
    region_code: str
    spot_zh: str
    spot_en: str
    longitude: float
    latitude: float
    scheme: Scheme
    live: bool = False
    """Encoded while you watch, with the full time and the block code of the time of capture."""

    @property
    def path(self) -> str:
        """What follows the port in its RTSP URL."""
        return f"cam/{self.slug}"


DEMO_CAMERAS: Final[tuple[DemoCamera, ...]] = (
    DemoCamera(
        "crossing", 1, "青云路口全景", "Qingyun crossing", "青云路与学府街交叉口", "Qingyun Road and Xuefu Street",
        "云南省昆明市五华区青云路与学府街交叉口", "530102", "路口全景", "whole crossing",
        102.7040, 25.0480, Scheme.DIGEST, live=True,
    ),
    DemoCamera(
        "school", 2, "春城小学正门", "Chuncheng school gate", "春城小学", "Chuncheng Primary School",
        "云南省昆明市盘龙区春城巷18号", "530103", "校门口", "main gate", 102.7300, 25.0700, Scheme.BASIC,
    ),
    DemoCamera(
        "hospital", 3, "急诊入口", "Emergency entrance", "第一人民医院", "First People's Hospital",
        "云南省昆明市官渡区康宁路6号", "530111", "急诊入口", "emergency entrance", 102.7510, 25.0110, Scheme.NONE,
    ),
    DemoCamera(
        "hotel", 4, "酒店大堂", "Hotel lobby", "和顺大酒店", "Heshun Grand Hotel",
        "云南省腾冲市和顺路52号", "530581", "大堂", "lobby", 98.4560, 25.0110, Scheme.DIGEST,
    ),
    DemoCamera(
        "border", 5, "边境道路卡口", "Border road check post", "边境检查站", "Border check post",
        "云南省腾冲市猴桥镇边防路1号", "530581", "卡口车道", "check post lane", 98.2200, 25.3400, Scheme.DIGEST_QOP,
    ),
    DemoCamera(
        "market", 6, "农贸市场主通道", "Market aisle", "腾越农贸市场", "Tengyue Farmers' Market",
        "云南省腾冲市腾越街道市场巷9号", "530581", "主通道", "main aisle", 98.4970, 25.0260, Scheme.NONE,
    ),
    DemoCamera(
        "bridge", 7, "大桥桥面", "Bridge deck", "两江大桥", "Liangjiang Bridge",
        "重庆市渝中区两江大桥南桥头", "500103", "桥面", "deck", 106.5850, 29.5600, Scheme.DIGEST,
    ),
    DemoCamera(
        "tunnel", 8, "隧道口", "Tunnel mouth", "青山隧道", "Qingshan Tunnel",
        "重庆市沙坪坝区青山隧道东口", "500106", "隧道东口", "east mouth", 106.4550, 29.5500, Scheme.BASIC,
    ),
    DemoCamera(
        "station", 9, "站前广场", "Station square", "火车南站", "South Railway Station",
        "江西省南昌市西湖区站前西路1号", "360103", "站前广场", "forecourt", 115.9120, 28.6620, Scheme.DIGEST_QOP,
    ),
    DemoCamera(
        "dam", 10, "水库大坝泄洪闸", "Reservoir spillway", "梅岭水库", "Meiling Reservoir",
        "江西省南昌市新建区梅岭水库管理所", "360112", "大坝与泄洪闸", "spillway", 115.7300, 28.7800, Scheme.NONE,
    ),
    DemoCamera(
        "bank", 11, "营业厅", "Bank hall", "城市银行天河支行", "City Bank, Tianhe branch",
        "广东省广州市天河区体育东路横街3号", "440106", "营业厅", "customer hall", 113.3280, 23.1370, Scheme.DIGEST,
    ),
    DemoCamera(
        "park", 12, "公园湖边", "Park lakeside", "南山湖公园", "Nanshan Lake Park",
        "广东省深圳市南山区湖滨路20号", "440305", "湖边步道", "lakeside path", 113.9300, 22.5330, Scheme.BASIC,
    ),
)  # fmt: skip
