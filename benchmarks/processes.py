"""What this process has used."""

import resource
import sys
from pathlib import Path


def peak_memory() -> float:
    """Most memory that this process has had [MiB]; not its parent's, where the system tells."""
    status = Path("/proc/self/status")
    if status.is_file():
        return int(status.read_text().split("VmHWM:")[1].split()[0]) / 1024
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
