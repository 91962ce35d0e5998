"""Duty (值班): posts, rosters, shifts, hand-overs and the duty log. The design is docs/design/duty.md."""
