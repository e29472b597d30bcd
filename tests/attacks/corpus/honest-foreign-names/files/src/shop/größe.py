def größer(eins, zwei):
    return eins > zwei
