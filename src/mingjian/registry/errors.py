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
    Text("该地址已登记为“{name}”。", "This address is registered already as “{name}”."),
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
