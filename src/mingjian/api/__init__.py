"""HTTP and WebSocket: one router per domain, one door for permissions, one shape of refusal."""
