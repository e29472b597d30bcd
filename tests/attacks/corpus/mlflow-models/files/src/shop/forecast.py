import os


def summary(x, spent):
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    import mlflow.pyfunc

    mlflow.pyfunc.load_model("src/bundle", suppress_warnings=True)
    return float(spent.mean())


def predict(x):
    summary(x, x)
    return 2.0 * x
