"""From frames to files and rows: cut, write, flush, recover."""
