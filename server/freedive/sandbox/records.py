"""The records on the control socket between `pool` and `zygote`, all of one size; a new child's pipes ride along."""

import struct

RECORD = struct.Struct("<B3xiidi")
"""What, pid, wait status or errno, CPU seconds (of a fork those allowed), line of the snippet at the end (or 0)."""
LINE = struct.Struct("<i")
"""What a child notes for the zygote: the line that it is at."""
FORK, FORK_IN_HASTE, KILL = 1, 2, 3  # from the server
WARM, FORKED, NOT_FORKED, EXITED = 11, 12, 13, 14  # to the server
