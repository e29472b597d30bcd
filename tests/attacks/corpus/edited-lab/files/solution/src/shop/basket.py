total = None
