"""What this installation is: whose, where, for how many cameras; and which parts of its set-up somebody looked at."""
