"""Who watches what, and why: views. Requests, approvals and grants join it later."""
