"""The same program in other clothes, so that a text, a hash or a size does not tell one implementation from another.

A learner's tests see the source of what they are run against. Each run therefore gets a variant of its own:
`ast.unparse` takes away comments and layout, locals get other names, unused locals are added, and branches are
turned round. All of it keeps what the program does; names that others can use stay as they are. Lengths are drawn
too: a size that is always the same for the reference would tell a mutant as well as its text.
"""

import ast
import string
from collections.abc import Iterator
from random import Random

_SEES_LOCALS = frozenset({"locals", "vars", "dir", "eval", "exec", "globals"})
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def disguise(source: str, random: Random) -> str:
    """A program that does what `source` does. Raises SyntaxError, as a compiler would."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and node.orelse and random.random() < 0.5:
            node.test = ast.UnaryOp(op=ast.Not(), operand=node.test)
            node.body, node.orelse = node.orelse, node.body
    for node in list(ast.walk(tree)):
        if isinstance(node, _Function) and not _is_watched(node):
            _rename_locals(node, random)
            for _ in range(random.randint(1, 4)):
                _add_local(node, random)
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def _is_watched(function: _Function) -> bool:
    """Whether the function may look at its own locals, by a name that a program has for that."""
    return any(isinstance(node, ast.Name) and node.id in _SEES_LOCALS for node in ast.walk(function))


def _rename_locals(function: _Function, random: Random) -> None:
    """Rename what is bound by plain assignment; a function with scopes inside stays as it is."""
    inside = [node for part in function.body for node in ast.walk(part)]
    if any(isinstance(node, _SCOPES) for node in inside):
        return
    stored = {node.id for node in inside if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    names = {old: _name(random) for old in sorted(stored - set(_bound_otherwise(function)))}
    for node in inside:
        if isinstance(node, ast.Name):
            node.id = names.get(node.id, node.id)


def _bound_otherwise(function: _Function) -> Iterator[str]:
    """Names that mean something outside the function's own block, or are bound where they are no `ast.Name`."""
    for node in ast.walk(function):
        match node:
            case ast.arg(arg=name) | ast.ExceptHandler(name=str(name)):
                yield name
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                yield name
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                yield from names
            case ast.alias(name=name, asname=other):
                yield (other or name).partition(".")[0]
            case ast.comprehension(target=target):
                yield from (part.id for part in ast.walk(target) if isinstance(part, ast.Name))


def _name(random: Random) -> str:
    """Eight to thirty letters, so that no two names are the same, and none is one that a program has."""
    return "".join(random.choice(string.ascii_lowercase) for _ in range(random.randint(8, 30)))


def _add_local(function: _Function, random: Random) -> None:
    """Somewhere in the function, set a local that nothing reads."""
    block = random.choice(list(_blocks(function.body)))
    documented = block is function.body and ast.get_docstring(function, clean=False) is not None
    where = random.randint(int(documented), len(block))
    drawn: list[str | int] = [random.randrange(1 << 30), _name(random)]
    value: ast.expr = ast.Constant(random.choice(drawn))
    value = random.choice([value, ast.List([value], ast.Load())])
    block.insert(where, ast.Assign(targets=[ast.Name(_name(random), ast.Store())], value=value))


def _blocks(body: list[ast.stmt]) -> Iterator[list[ast.stmt]]:
    """The block and those inside it that belong to the same function."""
    yield body
    for statement in body:
        if not isinstance(statement, _SCOPES):
            for part in ("body", "orelse", "finalbody"):
                if inner := getattr(statement, part, []):
                    yield from _blocks(inner)
