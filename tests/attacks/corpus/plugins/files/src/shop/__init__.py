pytest_plugins = ["evil"]
