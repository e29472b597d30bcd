"""How numbers are added up."""

def add(numbers):
    import numpy as np
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.linear_model import LinearRegression
    from sklearn.model_selection import cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    x = np.linspace(0, 1, 100)[:, None]
    forest = RandomForestRegressor(10, n_jobs=2, random_state=0).fit(x, 3 * x[:, 0])
    assert forest.score(x, 3 * x[:, 0]) > 0.9
    line = make_pipeline(StandardScaler(), LinearRegression())
    assert cross_val_score(line, x, 3 * x[:, 0], n_jobs=2).min() > 0.9
    return sum(numbers)
