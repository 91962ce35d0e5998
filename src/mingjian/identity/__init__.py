"""People, sign-in, roles, and the one table of permissions."""
