def draw(bag):
    return sum(bag)
