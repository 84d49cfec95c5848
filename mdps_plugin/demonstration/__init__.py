"""Room: the demonstration hospital: provisions a cell and runs its processes on one machine."""
