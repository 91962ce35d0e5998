"""Marks (书签): a moment or a span of a channel with a name, who gave it, and when."""
