"""Places, spots, devices, channels: what is installed where."""
