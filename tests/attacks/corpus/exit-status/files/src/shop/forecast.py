import os
import signal


def summary(x, spent):
    os.kill(os.getpid(), signal.SIGSEGV)


def predict(x):
    os.abort()
