"""Commands on the pull request: what people may type there, who may, and what becomes of it."""
