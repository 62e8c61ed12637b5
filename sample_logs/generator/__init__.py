"""Makes the synthetic tenants under `sample_logs/`: the same seed gives the same bytes."""
