"""Administrative divisions by GB/T 2260 code: those that the product ships examples for.

The complete list comes with the registry of territories; a code that is not here is refused, never guessed.
"""

from typing import Final

from mingjian.kernel.errors import Text

REGIONS: Final = {
    "360000": Text("江西省", "Jiangxi"),
    "360100": Text("江西省南昌市", "Nanchang, Jiangxi"),
    "360102": Text("江西省南昌市东湖区", "Donghu, Nanchang"),
    "360103": Text("江西省南昌市西湖区", "Xihu, Nanchang"),
    "360104": Text("江西省南昌市青云谱区", "Qingyunpu, Nanchang"),
    "360111": Text("江西省南昌市青山湖区", "Qingshanhu, Nanchang"),
    "360112": Text("江西省南昌市新建区", "Xinjian, Nanchang"),
    "360113": Text("江西省南昌市红谷滩区", "Honggutan, Nanchang"),
    "440000": Text("广东省", "Guangdong"),
    "440100": Text("广东省广州市", "Guangzhou, Guangdong"),
    "440103": Text("广东省广州市荔湾区", "Liwan, Guangzhou"),
    "440104": Text("广东省广州市越秀区", "Yuexiu, Guangzhou"),
    "440105": Text("广东省广州市海珠区", "Haizhu, Guangzhou"),
    "440106": Text("广东省广州市天河区", "Tianhe, Guangzhou"),
    "440300": Text("广东省深圳市", "Shenzhen, Guangdong"),
    "440303": Text("广东省深圳市罗湖区", "Luohu, Shenzhen"),
    "440304": Text("广东省深圳市福田区", "Futian, Shenzhen"),
    "440305": Text("广东省深圳市南山区", "Nanshan, Shenzhen"),
    "500000": Text("重庆市", "Chongqing"),
    "500103": Text("重庆市渝中区", "Yuzhong, Chongqing"),
    "500105": Text("重庆市江北区", "Jiangbei, Chongqing"),
    "500106": Text("重庆市沙坪坝区", "Shapingba, Chongqing"),
    "500107": Text("重庆市九龙坡区", "Jiulongpo, Chongqing"),
    "500108": Text("重庆市南岸区", "Nan'an, Chongqing"),
    "530000": Text("云南省", "Yunnan"),
    "530100": Text("云南省昆明市", "Kunming, Yunnan"),
    "530102": Text("云南省昆明市五华区", "Wuhua, Kunming"),
    "530103": Text("云南省昆明市盘龙区", "Panlong, Kunming"),
    "530111": Text("云南省昆明市官渡区", "Guandu, Kunming"),
    "530112": Text("云南省昆明市西山区", "Xishan, Kunming"),
    "530500": Text("云南省保山市", "Baoshan, Yunnan"),
    "530502": Text("云南省保山市隆阳区", "Longyang, Baoshan"),
    "530581": Text("云南省腾冲市", "Tengchong, Yunnan"),
    "530700": Text("云南省丽江市", "Lijiang, Yunnan"),
    "530702": Text("云南省丽江市古城区", "Gucheng, Lijiang"),
    "532900": Text("云南省大理白族自治州", "Dali, Yunnan"),
    "532901": Text("云南省大理市", "Dali city, Yunnan"),
}
