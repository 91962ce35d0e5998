"""Who turns which camera: a lock for each channel, with an owner and an end."""
