SOURCE = "def run():\n    raise ValueError('::error file=lab.toml::x')\n"


def raises(path, name="run", line=1):
    space = {}
    exec(compile("\n" * (line - 1) + SOURCE.replace("run", name), path, "exec"), space)
    space[name]()


def total(prices):
    raises("/submission/../../etc/passwd", line=100000)


def discount(price, share):
    raises("/submission/checks/\x1b[2J<img src=x>\u202e.py", name="a\u0301" * 100)


def clean(name):
    error = SyntaxError("::error::x", ("/submission/" + "\n::error::" * 50, 2**31 - 1, -5, "\x00" * 500 + "\n##[error]x", 10**9, 1))
    error.msg = ["not", "text"]
    error.text = 5
    raise error
