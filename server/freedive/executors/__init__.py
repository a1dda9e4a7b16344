"""Where jobs run: one interface (base.py), local worker processes (processes.py), or this process (in_process.py)."""
