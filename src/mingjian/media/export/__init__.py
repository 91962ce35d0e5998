"""Footage that leaves: clips to download, streams for other players."""
