"""Several processes that record: who lives, who has which channel, and why nobody records what is another's."""
