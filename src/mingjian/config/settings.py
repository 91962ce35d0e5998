"""All sections together."""

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel, ConfigDict

from mingjian.access.settings import AccessSettings
from mingjian.alerts.settings import AlertsSettings
from mingjian.config.api import ApiSettings
from mingjian.identity.settings import IdentitySettings
from mingjian.kernel.config import Section
from mingjian.kernel.errors import Text
from mingjian.kernel.logging import LogSettings
from mingjian.media.pictures.settings import PicturesSettings
from mingjian.media.settings import MediaSettings, StoreSettings
from mingjian.operations.backup.settings import BackupSettings
from mingjian.storage.settings import StorageSettings


class Settings(BaseModel):
    """What `load` returns; every section has its defaults."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    api: ApiSettings = ApiSettings()
    media: MediaSettings = MediaSettings()
    store: StoreSettings = StoreSettings()
    pictures: PicturesSettings = PicturesSettings()
    storage: StorageSettings = StorageSettings()
    identity: IdentitySettings = IdentitySettings()
    access: AccessSettings = AccessSettings()
    alerts: AlertsSettings = AlertsSettings()
    backup: BackupSettings = BackupSettings()
    log: LogSettings = LogSettings()


TITLES: Final[Mapping[str, Text]] = {
    "api": Text("网页与接口", "Pages and API"),
    "media": Text("接入与录制", "Cameras and recording"),
    "store": Text("存储", "Store"),
    "pictures": Text("截图与缩略图", "Snapshots and thumbnails"),
    "storage": Text("数据库", "Database"),
    "identity": Text("人员与登录", "People and sign-in"),
    "access": Text("查看", "Viewing"),
    "alerts": Text("告警通知", "Telling of alerts"),
    "backup": Text("备份", "Backup"),
    "log": Text("日志", "Log"),
}
"""What each section is about."""


def section_classes() -> dict[str, type[Section]]:
    """Section name -> class, in the order of the file."""
    classes: dict[str, type[Section]] = {}
    for name, field in Settings.model_fields.items():
        assert isinstance(field.annotation, type)
        assert issubclass(field.annotation, Section)
        classes[name] = field.annotation
    return classes
