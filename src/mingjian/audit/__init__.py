"""Who did what, when, from where. Append-only; everyone writes here, and it knows nobody."""
