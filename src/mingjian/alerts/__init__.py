"""What somebody must know now: raised, acknowledged, cleared; told by page, mail and one signed hook."""
