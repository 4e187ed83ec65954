"""The whole service on one machine: database, workers and sweeps, started as one."""
