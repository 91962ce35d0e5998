"""Entries of the audit log and the registry of every action that can be in one."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal
from uuid import UUID

from mingjian.kernel.errors import Text
from mingjian.kernel.redaction import redact_text

JSON = str | int | bool | None | list["JSON"] | dict[str, "JSON"]
"""What a detail may hold. No floats: their text differs between writers, and entries will be hashed."""

ActorKind = Literal["person", "system", "command_line", "anonymous"]


class Action(Enum):
    """Globally unique dotted names, each with the sentence a person reads.

    Sentences may name {actor}, {object}, {from_address} and any other key of the entry's detail; what is missing shows
    as "—".
    A name never changes its meaning: entries live longer than the code.
    """

    SETUP_LINK_ISSUED = "people.setup_link_issued", Text("系统生成了初始设置链接", "a setup link was made")
    SET_UP = "people.set_up", Text("{actor} 完成了初始设置", "{actor} set the system up")
    PERSON_CREATED = (
        "people.created",
        Text("{actor} 新增人员 {login_name}（{role_zh}）", "{actor} added {login_name} ({role_en})"),
    )
    PERSON_INVITED = "people.invited", Text("{actor} 邀请了 {login_name}", "{actor} invited {login_name}")
    INVITE_REDEEMED = (
        "people.invite_redeemed",
        Text("{actor} 接受邀请并设置了密码", "{actor} took up the invitation and set a password"),
    )
    SIGNED_IN = "people.signed_in", Text("{actor} 登录", "{actor} signed in")
    SIGN_IN_REFUSED = (
        "people.sign_in_refused",
        Text("来自 {from_address} 的登录被拒绝", "a sign-in from {from_address} was refused"),
    )
    SIGNED_OUT = "people.signed_out", Text("{actor} 退出登录", "{actor} signed out")
    LANGUAGE_CHANGED = (
        "people.language_changed",
        Text("{actor} 将界面语言改为 {language}", "{actor} changed the language to {language}"),
    )
    PASSWORD_CHANGED = (
        "people.password_changed",
        Text("{actor} 更改了密码，其他会话已失效", "{actor} changed the password; other sessions ended"),
    )
    PASSWORD_CHANGE_REFUSED = (
        "people.password_change_refused",
        Text("{actor} 更改密码时原密码有误", "{actor} gave a wrong current password"),
    )
    PERSON_DISABLED = "people.disabled", Text("{actor} 停用了 {login_name}", "{actor} disabled {login_name}")
    PERSON_ENABLED = "people.enabled", Text("{actor} 重新启用了 {login_name}", "{actor} enabled {login_name} again")
    ROLE_CHANGED = (
        "people.role_changed",
        Text("{actor} 将 {login_name} 的角色改为{role_zh}", "{actor} made {login_name} {role_en}"),
    )
    NEW_DEVICE = "people.new_device", Text("{actor} 在新设备上登录", "{actor} signed in on a new device")
    SESSION_ELSEWHERE = (
        "people.session_elsewhere",
        Text(
            "登录凭证在 {from_address} 被他处使用，登录已终止",
            "a sign-in was used from elsewhere, {from_address}, and was ended",
        ),
    )
    SIGN_INS_ENDED = (
        "people.sign_ins_ended",
        Text("{actor} 终止了 {login_name} 的 {count} 次登录", "{actor} ended {count} sign-ins of {login_name}"),
    )
    ASSERTED = "people.asserted", Text("{actor} 再次确认了身份", "{actor} proved again to be there")
    ASSERTION_REFUSED = (
        "people.assertion_refused",
        Text("{actor} 确认身份时密码或验证码有误", "{actor} gave a wrong password or code"),
    )
    NOTICES_READ = "people.notices_read", Text("{actor} 已阅 {count} 条通知", "{actor} read notices: {count}")
    FACTOR_BEGUN = "people.factor_begun", Text("{actor} 开始设置第二因素", "{actor} began to set a second factor up")
    FACTOR_ADDED = "people.factor_added", Text("{actor} 启用了第二因素", "{actor} put a second factor in force")
    FACTOR_REMOVED = "people.factor_removed", Text("{actor} 停用了第二因素", "{actor} removed the second factor")
    FACTOR_RESET = (
        "people.factor_reset",
        Text("{actor} 重置了 {login_name} 的第二因素", "{actor} reset the second factor of {login_name}"),
    )
    RECOVERY_CODES_MADE = (
        "people.recovery_codes_made",
        Text("{actor} 更换了恢复码", "{actor} made new recovery codes"),
    )
    RECOVERY_CODE_USED = (
        "people.recovery_code_used",
        Text("{actor} 使用了一个恢复码，剩余 {left} 个", "{actor} used a recovery code; {left} are left"),
    )
    PIN_SET = "people.pin_set", Text("{actor} 设置了接班码", "{actor} set a PIN for duty places")
    PIN_REMOVED = "people.pin_removed", Text("{actor} 取消了接班码", "{actor} removed the PIN for duty places")
    ADMINISTRATION_PROPOSED = (
        "administration.proposed",
        Text("{actor} 提议：{what_zh}", "{actor} proposed: {what_en}"),
    )
    ADMINISTRATION_CHANGED = (
        "administration.changed",
        Text("{actor} 确认：{what_zh}", "{actor} confirmed: {what_en}"),
    )
    ADMINISTRATION_WITHDRAWN = (
        "administration.withdrawn",
        Text("{actor} 撤回或否决：{what_zh}", "{actor} withdrew or refused: {what_en}"),
    )
    RECOVERED = (
        "administration.recovered",
        Text(
            "在服务器上为{role_zh} {login_name} 生成了登录链接",
            "a link for {login_name}, the {role_en}, was made on the server",
        ),
    )
    DUTY_PLACE_ADDED = "duty_place.added", Text("{actor} 新增值班席位 {name}", "{actor} added the duty place {name}")
    DUTY_PLACE_ENROLLED = (
        "duty_place.enrolled",
        Text("{from_address} 的浏览器成为值班席位 {name}", "a browser at {from_address} became the duty place {name}"),
    )
    DUTY_PLACE_ENDED = "duty_place.ended", Text("{actor} 停用值班席位 {name}", "{actor} ended the duty place {name}")
    DUTY_TAKEN_OVER = "duty_place.taken_over", Text("{actor} 在 {place} 接班", "{actor} took over at {place}")
    PROGRAM_ADDED = "program.added", Text("{actor} 新增服务账号 {login_name}", "{actor} added the service {login_name}")
    PROGRAM_DISABLED = (
        "program.disabled",
        Text("{actor} 停用服务账号 {login_name}", "{actor} disabled the service {login_name}"),
    )
    PROGRAM_TOKEN_ISSUED = (
        "program.token_issued",
        Text("{actor} 为 {login_name} 签发令牌 {name}", "{actor} issued the token {name} to {login_name}"),
    )
    PROGRAM_TOKEN_REVOKED = (
        "program.token_revoked",
        Text("{actor} 撤销 {login_name} 的令牌 {name}", "{actor} revoked the token {name} of {login_name}"),
    )
    PROGRAM_REFUSED = (
        "program.refused",
        Text("来自 {from_address} 的令牌被拒绝", "a token from {from_address} was refused"),
    )
    SITE_CHANGED = "site.changed", Text("{actor} 修改了系统设置", "{actor} changed the settings of the site")
    NETWORK_TESTED = (
        "site.network_tested",
        Text("{actor} 测试了到 {address} 的网络", "{actor} tested the way to {address}"),
    )
    ACCESS_DENIED = (
        "access.denied",
        Text("{actor} 无权执行 {operation}，已拒绝", "{actor} was refused {operation}"),
    )
    PLACE_ADDED = "place.added", Text("{actor} 新增场所 {name}", "{actor} added the place {name}")
    PLACE_CHANGED = "place.changed", Text("{actor} 修改了场所 {name}", "{actor} changed the place {name}")
    ORGANISATION_ADDED = (
        "organisation.added",
        Text("{actor} 新增单位 {name}", "{actor} added the organisation {name}"),
    )
    ORGANISATION_CHANGED = (
        "organisation.changed",
        Text("{actor} 修改了单位 {name}", "{actor} changed the organisation {name}"),
    )
    ORGANISATION_RETIRED = (
        "organisation.retired",
        Text("{actor} 停用了单位 {name}", "{actor} retired the organisation {name}"),
    )
    SPOT_ADDED = "spot.added", Text("{actor} 新增部位 {name}（{place}）", "{actor} added the spot {name} at {place}")
    SPOT_CHANGED = (
        "spot.changed",
        Text("{actor} 修改了部位 {name}（{place}）", "{actor} changed the spot {name} at {place}"),
    )
    SIGN_PUT_UP = "sign.put_up", Text("{actor} 登记了 {place} 的标识", "{actor} registered a sign at {place}")
    SIGN_PHOTO_SET = (
        "sign.photo_set",
        Text("{actor} 更新了 {place} 标识的照片", "{actor} set the photo of a sign at {place}"),
    )
    SIGN_TAKEN_DOWN = "sign.taken_down", Text("{actor} 注销了 {place} 的标识", "{actor} took down a sign at {place}")
    SYSTEM_ADDED = "system.added", Text("{actor} 新增系统 {name}", "{actor} added the system {name}")
    SYSTEM_CHANGED = "system.changed", Text("{actor} 修改了系统 {name}", "{actor} changed the system {name}")
    STATUTORY_ROLE_GIVEN = (
        "statutory_role.given",
        Text("{actor} 登记 {name} 为{role_zh}", "{actor} registered {name} as {role_en}"),
    )
    STATUTORY_ROLE_ENDED = (
        "statutory_role.ended",
        Text("{actor} 结束了 {name} 作为{role_zh}的登记", "{actor} ended the registration of {name} as {role_en}"),
    )
    DEVICE_REPLACED = (
        "channel.device_replaced",
        Text("{actor} 为通道 {name} 更换了摄像机", "{actor} replaced the camera of the channel {name}"),
    )
    DEVICE_IDENTIFIED = (
        "channel.device_identified",
        Text("{actor} 登记了通道 {name} 的设备型号与序列号", "{actor} registered what the device of {name} is"),
    )
    CHANNEL_MOVED = (
        "channel.moved",
        Text("{actor} 将通道 {name} 移到部位 {spot}", "{actor} moved the channel {name} to the spot {spot}"),
    )
    CHANNEL_MERGED = (
        "channel.merged",
        Text("{actor} 将通道 {merged} 并入 {name}（同一台摄像机）", "{actor} merged the channel {merged} into {name}"),
    )
    BULK_ASKED = (
        "channel.bulk_asked",
        Text("{actor} 开始批量添加 {count} 台摄像机", "{actor} began to add {count} cameras at once"),
    )
    REGISTRY_IMPORTED = (
        "registry.imported",
        Text("{actor} 从表格导入了 {count} 行（{kind}）", "{actor} imported {count} rows from a table ({kind})"),
    )
    REGISTRY_EXPORTED = (
        "registry.exported",
        Text("{actor} 导出了 {count} 行（{kind}）", "{actor} exported {count} rows ({kind})"),
    )
    REGISTRY_REINDEXED = (
        "registry.reindexed",
        Text("{actor} 重建了目录（{count} 项）", "{actor} made the directory anew ({count} entries)"),
    )
    DESIGNATION_ADDED = (
        "place.designated",
        Text(
            "{actor} 登记 {name} 的认定：{kind_zh}（{authority} {document}）",
            "{actor} registered of {name}: {kind_en} ({authority} {document})",
        ),
    )
    DESIGNATION_ENDED = (
        "place.designation_ended",
        Text("{actor} 终止 {name} 的认定：{kind_zh}", "{actor} ended of {name}: {kind_en}"),
    )
    LAW_DECIDED = (
        "law.decided",
        Text(
            "{actor} 决定 {place} {name}（{kind_zh}）可以安装摄像机：{reason}",
            "{actor} decided that a camera may look at {place} {name} ({kind_en}): {reason}",
        ),
    )
    CHANNEL_PROBED = "channel.probed", Text("{actor} 测试了摄像机 {address}", "{actor} tested the camera {address}")
    CAMERAS_SOUGHT = (
        "cameras.sought",
        Text("{actor} 在网络中查找摄像机（{host}）", "{actor} looked for cameras on the network ({host})"),
    )
    CHANNEL_ADDED = "channel.added", Text("{actor} 新增通道 {name}", "{actor} added the channel {name}")
    CHANNEL_CHANGED = "channel.changed", Text("{actor} 修改了通道 {name}", "{actor} changed the channel {name}")
    CHANNEL_RETIRED = (
        "channel.retired",
        Text("{actor} 停用了通道 {name}，录像保留", "{actor} retired the channel {name}; its footage stays"),
    )
    TURNING_BEGUN = "turning.begun", Text("{actor} 开始操控 {name} 的云台", "{actor} began to turn {name}")
    TURNING_TAKEN_OVER = (
        "turning.taken_over",
        Text("{actor} 从 {from} 接管 {name} 的云台：{reason}", "{actor} took {name} over from {from}: {reason}"),
    )
    TURNING_ENDED = (
        "turning.ended",
        Text("{person} 结束操控 {name} 的云台，操作 {acts} 次", "{person} stopped turning {name} after {acts} acts"),
    )
    PRESET_KEPT = (
        "preset.kept",
        Text("{actor} 保存了 {name} 的预置位 {preset}", "{actor} kept the preset {preset} of {name}"),
    )
    PRESET_REMOVED = (
        "preset.removed",
        Text("{actor} 删除了 {name} 的预置位 {preset}", "{actor} removed the preset {preset} of {name}"),
    )
    VIEW_OPENED = "view.opened", Text("{actor} 开始查看", "{actor} began to watch")
    VIEW_CLOSED = "view.closed", Text("{actor} 结束查看", "{actor} stopped watching")
    SNAPSHOT_TAKEN = "snapshot.taken", Text("{actor} 截取了 {name} 的画面", "{actor} took a snapshot of {name}")
    CLIP_REQUESTED = "clip.requested", Text("{actor} 申请复制录像", "{actor} asked for a copy of footage")
    CLIP_MADE = "clip.made", Text("复制件已生成：{file_name}", "a copy was made: {file_name}")
    CLIP_FAILED = "clip.failed", Text("复制件未能生成", "a copy could not be made")
    CLIP_DOWNLOADED = "clip.downloaded", Text("{actor} 下载了复制件 {file_name}", "{actor} downloaded {file_name}")
    CLIP_DELETED = "clip.deleted", Text("{actor} 删除了复制件", "{actor} deleted a copy")
    CLIP_EXPIRED = "clip.expired", Text("复制件 {file_name} 已到期删除", "the copy {file_name} expired and was removed")
    STREAM_GRANTED = (
        "stream.granted",
        Text("{actor} 为其他播放器开通了 {name}", "{actor} opened {name} to another player"),
    )
    RING_PURGED = (
        "footage.ring_purged",
        Text("系统清除了演示录像中最旧的部分", "the oldest demonstration footage was removed"),
    )
    FOOTAGE_MARKED = (
        "footage.marked",
        Text("系统将 {segments} 段期满录像列入清除", "{segments} segments past their term were marked for removal"),
    )
    FOOTAGE_PURGED = (
        "footage.purged",
        Text("系统清除了 {segments} 段期满录像", "{segments} segments past their term were removed"),
    )
    FOOTAGE_ORDERED = (
        "footage.deleted_by_order",
        Text(
            "依 {authority} 的决定 {document} 清除了 {segments} 段录像",
            "{segments} segments were deleted by the decision {document} of {authority}",
        ),
    )
    HOLD_PLACED = "hold.placed", Text("{actor} 对 {name} 的录像设置保全", "{actor} placed a hold on {name}")
    HOLD_LIFTED = "hold.lifted", Text("{actor} 解除了 {name} 的保全", "{actor} lifted a hold on {name}")
    MARK_PLACED = "mark.placed", Text("{actor} 在 {name} 上设置了书签“{mark}”", "{actor} marked {name}: {mark}")
    MARK_REMOVED = (
        "mark.removed",
        Text("{actor} 删除了 {name} 上的书签“{mark}”", "{actor} removed the mark {mark} of {name}"),
    )
    TERM_SET = "retention.term_set", Text("{actor} 设定保存期限 {days} 日", "{actor} set a term of {days} days")
    TERM_ENDED = "retention.term_ended", Text("{actor} 终止保存期限 {days} 日", "{actor} ended a term of {days} days")
    PLAN_SET = "recording.plan_set", Text("{actor} 设定了 {name} 的录像计划", "{actor} set the plan of {name}")
    EVENT_REPORTED = (
        "recording.event",
        Text("{actor} 报告 {name} 的事件：{event}", "{actor} reported an event at {name}: {event}"),
    )
    VOLUME_ADDED = "volume.added", Text("{actor} 新增存储卷 {path}", "{actor} added the volume {path}")
    VOLUME_RETIRED = (
        "volume.retired",
        Text("{actor} 停用了存储卷 {path}，录像保留", "{actor} retired the volume {path}; its footage stays"),
    )
    VOLUME_MOVED = "volume.moved", Text("{actor} 将存储卷改到 {path}", "{actor} moved the volume to {path}")
    CLOCK_CONFIRMED = "clock.confirmed", Text("{actor} 确认了服务器时钟", "{actor} confirmed the server's clock")
    CHECK_ASKED = (
        "check.asked",
        Text("{actor} 启动了存储检查（{mode}）", "{actor} started a check of the store ({mode})"),
    )
    ALERT_ACKNOWLEDGED = (
        "alert.acknowledged",
        Text("{actor} 确认了告警 {code}（{about}）", "{actor} acknowledged the alert {code} ({about})"),
    )
    BACKUP_MADE = "backup.made", Text("已备份到 {path}", "a backup was written to {path}")
    BACKUP_FAILED = "backup.failed", Text("备份未能完成", "a backup could not be made")
    BACKUP_REMOVED = "backup.removed", Text("已清理旧备份 {path}", "the old backup {path} was removed")
    BACKUP_RESTORED = (
        "backup.restored",
        Text("从 {made_at} 的备份恢复了系统", "the system was restored from the backup of {made_at}"),
    )

    GRANT_GIVEN = (
        "grant.given",
        Text("{actor} 授予 {person} 权限范围：{scope_zh}", "{actor} granted {person}: {scope_en}"),
    )
    GRANT_ENDED = (
        "grant.ended",
        Text("{actor} 收回 {person} 的权限范围：{scope_zh}", "{actor} took back from {person}: {scope_en}"),
    )
    DEPUTY_APPOINTED = (
        "deputy.appointed",
        Text("{actor} 指定 {person} 代理 {absent}", "{actor} let {person} stand in for {absent}"),
    )
    DEPUTY_ENDED = (
        "deputy.ended",
        Text("{actor} 终止 {person} 对 {absent} 的代理", "{actor} ended {person} standing in for {absent}"),
    )
    AUDIT_VERIFY_ASKED = "audit.verify_asked", Text("{actor} 启动了日志校验", "{actor} asked to verify the log")
    AUDIT_VERIFIED = (
        "audit.verified",
        Text(
            "日志校验完成：{entries} 条，发现 {found} 处问题", "the log was verified: {entries} entries, {found} faults"
        ),
    )
    ALERT_ASSIGNED = (
        "alert.assigned",
        Text("{actor} 将告警 {code} 交办给 {to}", "{actor} assigned the alert {code} to {to}"),
    )
    ALERT_CLOSED = (
        "alert.closed",
        Text("{actor} 办结告警 {code}：{reason_zh} {note}", "{actor} closed the alert {code}: {reason_en} {note}"),
    )
    DUTY_POST_ADDED = "duty_post.added", Text("{actor} 新增值班岗位 {name}", "{actor} added the post {name}")
    DUTY_POST_CHANGED = "duty_post.changed", Text("{actor} 更改值班岗位 {name}", "{actor} changed the post {name}")
    DUTY_POST_ENDED = "duty_post.ended", Text("{actor} 停用值班岗位 {name}", "{actor} ended the post {name}")
    DUTY_ROSTER_SET = (
        "duty_post.roster_set",
        Text("{actor} 更改 {name} 的排班（{number}）", "{actor} changed the roster of {name} ({number})"),
    )
    DUTY_TASKS_SET = (
        "duty_post.tasks_set",
        Text("{actor} 更改 {name} 的必做事项", "{actor} changed the must-do list of {name}"),
    )
    DUTY_BEGUN = (
        "duty.begun",
        Text("{actor} 在 {name} 上岗（{number}）", "{actor} began a shift at {name} ({number})"),
    )
    DUTY_ENDED = (
        "duty.ended",
        Text("{actor} 在 {name} 下岗（{number}）", "{actor} ended the shift at {name} ({number})"),
    )
    DUTY_RELIEVED = (
        "duty.relieved",
        Text(
            "{actor} 结束了 {person} 在 {name} 的班次（{number}）：{reason}",
            "{actor} ended {person}'s shift at {name} ({number}): {reason}",
        ),
    )
    DUTY_HANDOVER_SUBMITTED = (
        "duty.handover_submitted",
        Text("{actor} 在 {name} 提交交接单 {number}", "{actor} submitted the hand-over {number} at {name}"),
    )
    DUTY_HANDOVER_WITHDRAWN = (
        "duty.handover_withdrawn",
        Text("{actor} 撤回交接单 {number}", "{actor} withdrew the hand-over {number}"),
    )
    DUTY_HANDED_OVER = (
        "duty.handed_over",
        Text(
            "{actor} 确认交接单 {number}：{from} → {to}（{name}）",
            "{actor} confirmed the hand-over {number}: {from} to {to} ({name})",
        ),
    )
    DUTY_TAKEN_WITHOUT = (
        "duty.taken_without_handover",
        Text(
            "{actor} 在 {name} 接替 {who}，未办交接（{before} → {number}）",
            "{actor} took over from {who} at {name} without a hand-over ({before}, now {number})",
        ),
    )
    DUTY_LOGGED = (
        "duty.logged",
        Text(
            "{actor} 写入值班日志 {number}（{category_zh}）", "{actor} wrote {number} into the duty log ({category_en})"
        ),
    )
    DUTY_TASK_DONE = (
        "duty.task_done",
        Text("{actor} 完成“{task_zh}”（{shift}）", "{actor} did: {task_en} ({shift})"),
    )
    AUDIT_EXPORTED = "audit.exported", Text("{actor} 导出了日志", "{actor} exported the log")
    AUDIT_RESUMED = (
        "audit.resumed",
        Text(
            "{actor} 确认数据库已从备份恢复，日志自第 {size} 条继续封印",
            "{actor} confirmed that the database was restored; sealing goes on after {size} entries",
        ),
    )

    def __init__(self, code: str, sentence: Text) -> None:
        self.code: Final = code
        self.sentence: Final = sentence


BY_CODE: Final[Mapping[str, Action]] = {action.code: action for action in Action}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acted: `id` for people only, `label` as it was at that time, `address` as text or empty.

    `for_id` and `for_label` name whom a deputy stood in for, where that person's right allowed the act.
    """

    kind: ActorKind
    id: UUID | None
    label: str
    address: str = ""
    for_id: UUID | None = None
    for_label: str = ""

    @property
    def name(self) -> Text:
        """The actor as sentences name one."""
        label = self.label or "—"
        if not self.for_label:
            return Text(label, label)
        return Text(f"{label}（代 {self.for_label}）", f"{label} (for {self.for_label})")

    def is_or_stands_for(self, person_id: UUID | None) -> bool:
        """Whether this is that person's own act: nobody approves the own, nor has it approved in the own name."""
        return person_id is not None and person_id in (self.id, self.for_id)


SYSTEM: Final = Actor("system", None, "system")


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be recorded. `at_us` is wall time; `detail` is small and never holds a secret."""

    action: Action
    actor: Actor
    object_kind: str
    object_id: str
    detail: Mapping[str, JSON]
    at_us: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """One entry as it stands in the log; `action` is its code, which a newer program may have written."""

    seq: int
    at_us: int
    action: str
    actor: Actor
    object_kind: str
    object_id: str
    detail: Mapping[str, JSON]
    digest: bytes | None = None

    @property
    def sentence(self) -> Text:
        """The entry in words."""
        known = BY_CODE.get(self.action)
        if known is None:
            return Text(self.action, self.action)
        name, fixed = self.actor.name, {"object": self.object_id, "from_address": self.actor.address}
        return Text(
            known.sentence.zh.format_map(_Values(self.detail, actor=name.zh, **fixed)),
            known.sentence.en.format_map(_Values(self.detail, actor=name.en, **fixed)),
        )


class _Values(dict[str, object]):
    def __init__(self, detail: Mapping[str, JSON], **fixed: str) -> None:
        super().__init__({**detail, **fixed})

    def __missing__(self, key: str) -> str:
        return "—"


@dataclass(frozen=True, slots=True)
class Search:
    """Which entries are wanted; what is None or empty asks nothing. Times are wall microseconds, half open.

    `person` finds acts of the person and acts in the person's name. `own` finds the same and what was done to the
    account. `text` is looked for in sentences, names, ids and details, as it is written.
    """

    person: UUID | None = None
    own: UUID | None = None
    action: str = ""
    object_kind: str = ""
    object_id: str = ""
    from_us: int | None = None
    until_us: int | None = None
    text: str = ""

    @property
    def as_detail(self) -> dict[str, JSON]:
        """For the log: what somebody looked for."""
        asked: dict[str, JSON] = {
            "person": None if self.person is None else str(self.person),
            "action": self.action,
            "object_kind": self.object_kind,
            "object_id": self.object_id,
            "from_us": self.from_us,
            "until_us": self.until_us,
            "text": self.text,
        }
        said = {key: value for key, value in asked.items() if value not in (None, "")}
        return {key: redact_text(value) if isinstance(value, str) else value for key, value in said.items()}


EVERYTHING: Final = Search()


@dataclass(frozen=True, slots=True)
class Page:
    """Newest first; `next` is the `before` of the following page, or None at the beginning of the log."""

    items: tuple[Recorded, ...]
    next: int | None


@dataclass(frozen=True, slots=True)
class Seal:
    """A range of the log, sealed: `size` entries of the tree with it, and the signed head over all of them.

    `leaves` are those of the range, in order of their numbers from `first_seq` to `last_seq` without those that
    `skipped` (JSON) lists, which no entry has. `frontier` is the edge of the tree, to go on from.
    """

    size: int
    first_seq: int
    last_seq: int
    skipped: str
    leaves: bytes
    frontier: bytes
    checkpoint: str
    at_us: int


class RunState(Enum):
    """How far a verification is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Verification:
    """A verification that somebody asked for; `result` is None until it is done."""

    id: UUID
    state: RunState
    asked_us: int
    asked_by: UUID | None
    asked_label: str
    updated_us: int
    ended_us: int | None
    done: int
    total: int
    result: Mapping[str, JSON] | None
