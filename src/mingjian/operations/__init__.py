"""Keeping the installation itself in order: backup and restore, the doctor, what is watched from outside of domains."""
