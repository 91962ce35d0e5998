"""Pictures decoded from footage and from live streams: thumbnails, stills, snapshots. Off the packet path."""
