"""Everything but footage in one encrypted file, and back onto an empty machine."""
