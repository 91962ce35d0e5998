"""Performance of the platform, as ratios against ``ffmpeg -c copy`` in the same run: ``python -m bench``.

Everything runs over the loopback interface, in one folder that is removed afterwards, with processes that end with
the bench. What the numbers mean and which were had is in docs/benchmarks.md.
"""
