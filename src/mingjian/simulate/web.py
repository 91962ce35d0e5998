"""A plain web server: what is found when a camera's address leads to something else."""

import asyncio

from mingjian.simulate.rtsp import html_page


async def start_web_server(host: str = "127.0.0.1", port: int = 0) -> tuple[asyncio.Server, int]:
    """Listen and answer anything with a page of HTML; return the server and its port."""
    server = await asyncio.start_server(_answer, host, port)
    return server, server.sockets[0].getsockname()[1]


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    if await reader.read(65536):
        writer.write(html_page())
    writer.close()
