"""Grants and deputies: who reaches what, since when, by whom; and why."""
