"""One row or more for every table, by the revision that made it: what an upgrade must not lose.

A new revision adds its entry (an empty one if it makes no table); rows are inserted in the order written.
Ids are 32 hexadecimal digits, which both engines read as a UUID.
"""

from typing import Any

Rows = dict[str, list[dict[str, Any]]]

ROWS: dict[str, Rows] = {
    "0001_jobs": {
        "job": [
            {
                "id": f"{1:032x}",
                "kind": "jobs.forget_finished",
                "payload": "{}",
                "state": "pending",
                "run_after_us": 1_764_000_000_000_000,
                "attempt": 0,
                "dedupe_key": "jobs.forget_finished",
                "created_us": 1_764_000_000_000_000,
            },
            {
                "id": f"{2:032x}",
                "kind": "jobs.forget_finished",
                "payload": '{"字": 1}',
                "state": "running",
                "run_after_us": 1_764_000_000_000_000,
                "lease_owner": "jobs",
                "lease_until_us": 1_764_000_030_000_000,
                "attempt": 3,
                "created_us": 1_764_000_000_000_000,
            },
        ],
    },
}
