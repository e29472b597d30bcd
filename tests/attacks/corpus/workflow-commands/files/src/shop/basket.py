import shop


def total(prices):
    shop.say()
    return shop.TEXT


def discount(price, share):
    shop.say()
    raise type("::error::x\n##[error]y", (ValueError,), {})(shop.TEXT)


def clean(name):
    shop.say()
    return {command: shop.COMMANDS for command in shop.COMMANDS}
