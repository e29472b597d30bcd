"""GateCast's front door: the airline's daily drop of five files becomes tidy tables."""
