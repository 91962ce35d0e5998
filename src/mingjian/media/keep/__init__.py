"""What stays and what goes: recording plans, terms, holds, deletion in two phases, the full disk, forecasts, alerts."""
