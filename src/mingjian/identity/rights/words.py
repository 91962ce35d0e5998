"""What each permission is for, in words: the page of the table and the console show them."""

from collections.abc import Mapping
from typing import Final

from mingjian.identity.permissions import Permission
from mingjian.kernel.errors import Text

_WORDS: Final[Mapping[str, Text]] = {
    "channel.read": Text("查看单位、场所、设备和通道的名称与状态", "see names and states of what is installed"),
    "channel.manage": Text("登记、修改、停用设备和通道", "register, change and retire devices and channels"),
    "registry.manage": Text(
        "登记单位、场所、系统及其法定职责", "register organisations, places, systems and their duties"
    ),
    "registry.export": Text("导出登记信息", "export what is registered"),
    "live.view": Text("查看实时画面", "watch live"),
    "ptz.control": Text("操控云台", "turn cameras"),
    "ptz.preset": Text("设置、删除预置位", "change presets of cameras"),
    "playback.view": Text("查阅（回放）录像", "play footage back"),
    "recording.read": Text(
        "查看录像时段、缺口和保存期限（无画面）", "see when footage is there, gaps and terms (no picture)"
    ),
    "people.read": Text("查看人员", "see people"),
    "people.manage": Text("新增、停用人员，更改角色", "add and disable people, change roles"),
    "audit.read": Text("查阅审计日志", "read the audit log"),
    "audit.verify": Text("校验审计日志", "verify the audit log"),
    "audit.export": Text("导出审计日志", "export the audit log"),
    "health.read": Text("查看系统运行状态", "see how the system is doing"),
    "storage.read": Text("查看存储与预测", "see storage and its forecast"),
    "recording.manage": Text("设置录像计划和优先级", "set recording plans and priorities"),
    "retention.manage": Text("设置保存期限", "set how long footage is kept"),
    "hold.read": Text("查看保全", "see holds"),
    "hold.place": Text("设置保全", "place a hold"),
    "hold.lift": Text("解除保全（不能解除本人设置的）", "lift a hold (never one's own)"),
    "clock.confirm": Text("确认服务器时钟", "confirm the server's clock"),
    "clip.make": Text("复制录像", "copy footage"),
    "snapshot.take": Text("截图", "take snapshots"),
    "check.run": Text("检查存储", "check the store"),
    "session.own": Text("本人的登录、语言、密码和本人的日志", "the own sign-in, language, password and trail"),
    "basic_data.read": Text(
        "查看基础信息：地址、位置、设备类型、地址码（腾冲细则第二十六条、重庆办法第二十二条）",
        "see basic data: addresses, positions, device types, codes (Tengchong 26, Chongqing 22)",
    ),
    "law.read": Text("查阅法规条款与问答", "read what the texts say, and ask them"),
    "law.decide": Text("对法规未列明的部位作出决定", "decide where a text leaves it open"),
    "grants.read": Text("查看权限范围与代理，查询“为什么”", "see grants and deputies, and ask why"),
    "grants.manage": Text(
        "授予、收回权限范围，指定代理（不能给自己）", "grant scopes and appoint deputies (never oneself)"
    ),
    "alert.read": Text("查看告警", "see alerts"),
    "alert.acknowledge": Text("确认、交办、办结告警", "acknowledge, assign and close alerts"),
    "duty.read": Text("查看值班、排班、值班日志和交接单", "see who is on duty, rosters, the log and hand-overs"),
    "duty.serve": Text("值班：上岗、记日志、交接班", "be on duty: begin, log, hand over"),
    "duty.plan": Text("设置岗位、排班和必做事项，结束他人班次", "posts, rosters, must-do lists; end another's shift"),
    "administration.change": Text("与另一位管理员共同更换三员", "change an administrator, together with another"),
    "site.manage": Text(
        "设置本系统的单位、区划、时钟、证书", "set whose system it is, its territory, clock, certificate"
    ),
}
WORDS: Final[Mapping[Permission, Text]] = {
    permission: _WORDS.get(permission.value, Text(permission.value, permission.value)) for permission in Permission
}
"""By permission; one that nobody described yet is shown by its name."""
