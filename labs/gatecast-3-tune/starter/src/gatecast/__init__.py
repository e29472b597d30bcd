"""GateCast tells ground crews, two hours before departure, which flights will arrive late."""
