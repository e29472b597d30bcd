import shop

raise ImportError(shop.TEXT, name=shop.TEXT, path=shop.TEXT)
