"""What every package stands on: ids, clock, intervals, errors. Imports nothing of ours."""
