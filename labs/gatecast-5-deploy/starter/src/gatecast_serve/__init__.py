"""GateCast as a service: the chance that a flight arrives late, asked by the gate over HTTP."""
