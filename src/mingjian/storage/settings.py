"""[storage]: which database."""

from pathlib import Path

from pydantic import Field

from mingjian.kernel.config import Section


class StorageSettings(Section):
    url: str = Field(default="", max_length=2_000)
    """数据库地址：留空为数据目录中的 SQLite；或 postgresql://用户:密码@主机/库名
    Database address: empty for SQLite in the data directory, or postgresql://user:password@host/name"""

    def database_url(self, data_dir: Path) -> str:
        """The address to open; SQLite's file is `mingjian.db` in `data_dir` unless `url` says otherwise."""
        return self.url or f"sqlite:///{data_dir / 'mingjian.db'}"
