"""Whether the store keeps its promises: rows against files, bytes against digests."""
