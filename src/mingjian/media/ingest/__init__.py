"""Connections to cameras: sockets around the sans-I/O client, one runner a channel, an allow-list of networks."""
