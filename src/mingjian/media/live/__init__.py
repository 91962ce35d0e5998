"""Live pictures: a feed for each channel, a Unix socket from media to the API, one shared buffer for all viewers."""
