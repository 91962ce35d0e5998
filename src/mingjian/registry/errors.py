"""What the registry refuses."""

from mingjian.kernel.errors import Fault, Problem, Text

VAULT_UNREADABLE = Problem(
    "registry.vault_unreadable",
    Fault.SELF,
    Text("无法读取设备口令的密钥文件。", "The key file for device passwords cannot be read."),
    Text("{reason}", "{reason}"),
    Text(
        "请检查数据目录 keys 下的文件与权限，或从备份恢复。",
        "Check the file and its rights under keys in the data folder, or restore it.",
    ),
)
VAULT_KEY_WRONG = Problem(
    "registry.vault_key_wrong",
    Fault.SELF,
    Text("无法解密设备口令。", "The device's password cannot be decrypted."),
    Text(
        "密钥文件与数据库不匹配，或数据被改动。",
        "The key file does not belong to this database, or the data was changed.",
    ),
    Text(
        "请恢复与数据库同一备份的密钥文件，或重新录入口令。",
        "Restore the key file of the same backup, or enter the password again.",
    ),
)
CHANNEL_UNKNOWN = Problem(
    "registry.channel_unknown",
    Fault.MISSING,
    Text("没有这个通道。", "There is no such channel."),
    Text("编号不存在，或已不在您的范围内。", "The id does not exist or is outside your scope."),
    Text("请刷新摄像机列表。", "Refresh the list of cameras."),
)
PLACE_UNKNOWN = Problem(
    "registry.place_unknown",
    Fault.MISSING,
    Text("没有这个场所。", "There is no such place."),
    Text("场所已被删除或编号有误。", "It was removed, or the id is wrong."),
    Text("请重新选择场所，或新建一个。", "Choose the place again, or make a new one."),
)
REGION_UNKNOWN = Problem(
    "registry.region_unknown",
    Fault.INPUT,
    Text("未知的行政区划代码：{code}。", "Unknown administrative division code: {code}."),
    Text("代码须为 GB/T 2260 的六位数字。", "A code has the six digits of GB/T 2260."),
    Text("请从列表中选择行政区划。", "Choose the division from the list."),
)
DEVICE_KNOWN = Problem(
    "registry.device_known",
    Fault.CONFLICT,
    Text("该地址已登记为“{name}”。", 'This address is registered already as "{name}".'),
    Text("同一设备的同一图像只登记一次。", "One picture of one device is registered once."),
    Text("请使用已有通道，或先停用它。", "Use the existing channel, or retire it first."),
)
CHANNEL_RETIRED = Problem(
    "registry.channel_retired",
    Fault.CONFLICT,
    Text("该通道已停用。", "This channel is retired."),
    Text("停用后的通道只保留历史录像。", "A retired channel keeps its footage and nothing else."),
    Text("如需恢复，请重新添加摄像机。", "Add the camera again to bring it back."),
)
NO_SMALL_STREAM = Problem(
    "registry.no_small_stream",
    Fault.CONFLICT,
    Text("该摄像机没有登记子码流。", "No sub-stream of this camera is registered."),
    Text("要求的是子码流，但设备只有主码流地址。", "The sub-stream was asked for; only the main one has an address."),
    Text(
        "请在摄像机设置中填写子码流地址，或查看主码流。",
        "Enter the sub-stream's address in the camera's settings, or watch the main stream.",
    ),
)
ORGANISATION_UNKNOWN = Problem(
    "registry.organisation_unknown",
    Fault.MISSING,
    Text("没有这个单位。", "There is no such organisation."),
    Text("编号不存在，或已停用，或不在您的范围内。", "The id does not exist, is retired, or is outside your scope."),
    Text("请重新选择单位，或先新建。", "Choose the organisation again, or make it first."),
)
ORGANISATION_KNOWN = Problem(
    "registry.organisation_known",
    Fault.CONFLICT,
    Text("单位“{name}”已登记。", 'The organisation "{name}" is registered already.'),
    Text("同一上级下不能有两个同名单位。", "Two of one name cannot be below the same one."),
    Text("请使用已有单位，或换一个名称。", "Use the existing one, or choose another name."),
)
ORGANISATION_IN_USE = Problem(
    "registry.organisation_in_use",
    Fault.CONFLICT,
    Text("单位“{name}”还有下级。", 'The organisation "{name}" still has something below it.'),
    Text("它有单位、场所或系统：{count} 项。", "Organisations, places or systems belong to it: {count}."),
    Text("请先把它们移到别的单位。", "Move them to another organisation first."),
)
ORGANISATION_RING = Problem(
    "registry.organisation_ring",
    Fault.CONFLICT,
    Text("单位不能成为自己的下级。", "An organisation cannot be below itself."),
    Text("所选上级就在该单位之内。", "The one chosen to be above is inside it."),
    Text("请选择另一个上级单位。", "Choose another one to be above."),
)
TOO_DEEP = Problem(
    "registry.too_deep",
    Fault.CONFLICT,
    Text("单位层级太多。", "There are too many levels of organisations."),
    Text("最多 {limit} 级。", "At most {limit} levels can be."),
    Text("请把单位放在更高的一级之下。", "Put it below one that is higher up."),
)
CREDIT_CODE_WRONG = Problem(
    "registry.credit_code_wrong",
    Fault.INPUT,
    Text("统一社会信用代码不正确。", "The unified social credit code is not right."),
    Text(
        "代码为 18 位，最后一位是校验码（GB 32100）。", "It has 18 characters, the last checks the others (GB 32100)."
    ),
    Text("请对照营业执照或登记证书重新填写。", "Type it again from the licence or certificate."),
)
SPOT_UNKNOWN = Problem(
    "registry.spot_unknown",
    Fault.MISSING,
    Text("没有这个部位。", "There is no such spot."),
    Text("编号不存在，或不在您的范围内。", "The id does not exist or is outside your scope."),
    Text("请重新选择部位，或新建一个。", "Choose the spot again, or make a new one."),
)
SPOT_KIND_UNKNOWN = Problem(
    "registry.spot_kind_unknown",
    Fault.INPUT,
    Text("未知的部位或场所类别：{kind}。", "Unknown kind of spot or place: {kind}."),
    Text("类别须是法规分类中的代码。", "A kind is a code of the taxonomy of the texts."),
    Text("请从列表中选择。", "Choose it from the list."),
)
VIEW_IMPOSSIBLE = Problem(
    "registry.view_impossible",
    Fault.INPUT,
    Text("位置或视野的数值不可能。", "The position or the view cannot be."),
    Text("{reason}", "{reason}"),
    Text("请核对经纬度、方向、视场角和距离。", "Check longitude, latitude, direction, field and range."),
)
SIGN_UNKNOWN = Problem(
    "registry.sign_unknown",
    Fault.MISSING,
    Text("没有这块标识，或没有照片。", "There is no such sign, or it has no photo."),
    Text("编号不存在，或不在您的范围内。", "The id does not exist or is outside your scope."),
    Text("请刷新场所页面。", "Open the page of the place again."),
)
PHOTO_UNREADABLE = Problem(
    "registry.photo_unreadable",
    Fault.INPUT,
    Text("照片无法读取。", "The photo cannot be read."),
    Text(
        "只接受 JPEG、PNG 和 WebP，至多 {megabytes} MB、{megapixels} 百万像素。",
        "JPEG, PNG and WebP are taken, up to {megabytes} MB and {megapixels} megapixels.",
    ),
    Text("请用手机原相机拍摄后重新上传。", "Take it again with a phone's camera and upload that."),
)
SYSTEM_UNKNOWN = Problem(
    "registry.system_unknown",
    Fault.MISSING,
    Text("没有这个系统。", "There is no such system."),
    Text("编号不存在，或已停用，或不在您的范围内。", "The id does not exist, is retired, or is outside your scope."),
    Text("请重新选择系统，或新建一个。", "Choose the system again, or make a new one."),
)
ROLE_UNKNOWN = Problem(
    "registry.statutory_role_unknown",
    Fault.MISSING,
    Text("没有这项法定角色。", "There is no such statutory role."),
    Text("编号不存在，或已经结束。", "The id does not exist, or it has ended."),
    Text("请刷新页面。", "Open the page again."),
)
SAME_CHANNEL = Problem(
    "registry.same_channel",
    Fault.CONFLICT,
    Text("这两个通道不能合并。", "These two channels cannot be merged."),
    Text("须是两个不同的通道，且保留的那个在用。", "They have to be two, and the one that is kept has to be in use."),
    Text("请重新选择要保留的通道。", "Choose the channel to keep again."),
)
NOT_THE_SAME_CAMERA = Problem(
    "registry.not_the_same_camera",
    Fault.CONFLICT,
    Text("看不出这是同一台摄像机。", "Nothing says that this is one camera."),
    Text("序列号、ONVIF 硬件标识和地址都不相同。", "Serial number, ONVIF hardware id and address all differ."),
    Text("如是更换了设备，请在原通道上“更换摄像机”。", "If it was replaced, replace the device of the old channel."),
)
CAMERA_KNOWN = Problem(
    "registry.camera_known",
    Fault.CONFLICT,
    Text("这台摄像机已登记为“{name}”。", 'This camera is registered already as "{name}".'),
    Text("序列号或 ONVIF 硬件标识相同。", "The serial number or the ONVIF hardware id is the same."),
    Text("请使用已有通道；若地址变了，请修改其地址。", "Use that channel; if its address changed, change it there."),
)
NODE_UNKNOWN = Problem(
    "registry.node_unknown",
    Fault.MISSING,
    Text("目录中没有这一项。", "There is no such node in the tree."),
    Text("它已变动，或不在您的范围内。", "It was changed, or is outside your scope."),
    Text("请刷新目录。", "Open the tree again."),
)
CURSOR_UNKNOWN = Problem(
    "registry.cursor_unknown",
    Fault.INPUT,
    Text("翻页位置无效。", "The position of the page is not valid."),
    Text("它不是由本接口给出的。", "It was not given by this interface."),
    Text("请从第一页重新开始。", "Begin again with the first page."),
)
SHEET_UNREADABLE = Problem(
    "registry.sheet_unreadable",
    Fault.INPUT,
    Text("表格无法读取。", "The table cannot be read."),
    Text("{reason_zh}", "{reason_en}"),
    Text("请下载模板，填写后以 CSV 或 XLSX 保存再上传。", "Take the template, fill it in, save it as CSV or XLSX."),
)
SHEET_HAS_ERRORS = Problem(
    "registry.sheet_has_errors",
    Fault.CONFLICT,
    Text("表格有 {count} 处错误，什么也没有导入。", "The table has {count} errors; nothing was imported."),
    Text("导入要么全部成功，要么什么也不做。", "All of it is imported, or nothing."),
    Text("请先试运行，改好所列各行再导入。", "Try it first, mend the rows that are listed, then import."),
)
TOO_MANY_ROWS = Problem(
    "registry.too_many_rows",
    Fault.LIMIT,
    Text("导出的行数太多：{count}。", "There are too many rows to export: {count}."),
    Text("XLSX 至多 {limit} 行。", "XLSX takes at most {limit} rows."),
    Text("请改用 CSV，或按单位、区划分别导出。", "Take CSV, or export by organisation or territory."),
)
BULK_UNREADABLE = Problem(
    "registry.bulk_unreadable",
    Fault.INPUT,
    Text("地址范围无法理解：{part}。", "The range of addresses cannot be read: {part}."),
    Text(
        "写法如 192.168.1.20-69 或每行一个地址，至多 {limit} 个。",
        "Write 192.168.1.20-69 or one address a line, {limit} at most.",
    ),
    Text("请修改后重试。", "Change it and try again."),
)
BULK_UNKNOWN = Problem(
    "registry.bulk_unknown",
    Fault.MISSING,
    Text("没有这次批量添加。", "There is no such bulk addition."),
    Text("结果只保留一小时，且只给发起人看。", "Results are kept for an hour, for who started it."),
    Text("请在摄像机列表中查看已添加的摄像机。", "See the list of cameras for what was added."),
)
BULK_BUSY = Problem(
    "registry.bulk_busy",
    Fault.LIMIT,
    Text("另一次批量添加还在进行。", "Another bulk addition is still running."),
    Text("同时只进行 {limit} 次。", "At most {limit} run at once."),
    Text("请稍候再试。", "Wait a little and try again."),
)
DESIGNATION_UNKNOWN = Problem(
    "registry.designation_unknown",
    Fault.MISSING,
    Text("没有这项认定，或者已经终止。", "No such designation, or it holds no longer."),
    Text("场所的认定以主管部门的书面文件为准。", "Designations of places rest on an authority's paper."),
    Text("请刷新页面后再试。", "Load the page again."),
)
LAW_REVIEW_NEEDED = Problem(
    "registry.law_review_needed",
    Fault.CONFLICT,
    Text("法规没有列明“{spot}”能否安装，须由人决定。", 'The texts leave open whether a camera may look at "{spot}".'),
    Text("{explanation_zh}依据：{citations_zh}。", "{explanation_en} By {citations_en}."),
    Text(
        "请由有权决定的安保负责人或公安监管人员写明理由后再提交；决定将连同当时的法规版本一并记录。",
        "A security manager or police supervisor gives a reason; it is recorded with the texts as they stand.",
    ),
)
NOTHING_TO_DECIDE = Problem(
    "registry.nothing_to_decide",
    Fault.CONFLICT,
    Text("这些部位没有需要决定的事项。", "There is nothing to decide about these spots."),
    Text("现行法规对其类别有明确规定，或者尚未归类。", "The texts are clear about their kinds, or they have none yet."),
    Text("请先为部位选择类别。", "Say first what the spots are."),
)
