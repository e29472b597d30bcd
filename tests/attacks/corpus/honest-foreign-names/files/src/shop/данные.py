def сумма(числа):
    return sum(числа)
