"""Wire and file formats, sans-I/O: bytes, facts and `now` in; frames, messages and boxes out."""
