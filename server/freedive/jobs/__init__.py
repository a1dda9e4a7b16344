"""The life of a job: service.py takes specs and commands, event_log.py keeps what jobs say, watchers.py wakes readers."""
