"""[api]: where the console is served. It stands here because imports point down: `config` cannot import `api`."""

from typing import Annotated

from pydantic import Field

from mingjian.kernel.config import Section


class ApiSettings(Section):
    host: str = Field(default="127.0.0.1", min_length=1, max_length=253)
    """监听地址；本机以外的地址自动启用 TLS
    Address to listen on; any other than this machine's own switches TLS on"""

    port: int = Field(default=8600, ge=0, le=65_535)
    """监听端口；0 为任意空闲端口
    Port to listen on; 0 for any free one"""

    public_origin: str = Field(default="", pattern=r"^(https?://[^/\s@]+)?$")
    """浏览器看到的来源，如 https://video.example.cn；留空则由监听地址得出
    Origin that browsers see, such as https://video.example.cn; empty: made from the address listened on"""

    host_names: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$")], ...] = ()
    """写入本机证书的主机名
    Host names in the certificate made by this machine"""
