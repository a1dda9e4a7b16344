"""The HTTP and WebSocket edge: parse, call, answer; no decisions."""
