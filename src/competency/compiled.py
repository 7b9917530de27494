"""Compiled functions: decorators for numba whose cache on disk follows every source they may use.

numba keys the cache of a compiled function on the file that defines it alone. A function that was
inlined from another file, a constant imported from a third, or the order of the fields of a named
tuple may change without notice, and the old binary runs on. Here the key is a hash of the sources
of the package.

Three things keep the first call after an installation short; together they take two thirds of the
time to compile (docs/decisions/0023). Nothing in a kernel creates an array, so references need not
be counted (`_nrt`). Named tuples go from function to function as one pointer
(:func:`pass_by_reference`), not as the several hundred numbers that describe their arrays. And
functions called from compiled ones alone are optimised and translated only as parts of those, not
also each by itself (`_PartsOnly`). The last two extend numba from inside: with a version that they
were not tested with, kernels are compiled as numba does by itself, with the same results.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from llvmlite import ir
from numba import _dynfunc, njit, version_info
from numba.core import cgutils, types
from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import register_pass
from numba.core.extending import (
    NativeValue,
    infer_getattr,
    lower_getattr_generic,
    models,
    register_model,
    typeof_impl,
    unbox,
)
from numba.core.typed_passes import NativeLowering
from numba.core.typing.templates import AttributeTemplate

TESTED = ((0, 68),)
"""Versions of numba (major and minor) whose inner workings are as this module takes them."""

_Function = TypeVar("_Function", bound=Callable[..., Any])


class _Part(JITCodeLibrary):
    """Code that is linked into other code and never runs by itself."""

    def _optimize_final_module(self) -> None:
        """Leave it to the library that this one is linked into."""

    def _finalize_final_module(self) -> None:
        """Do not translate it to machine code."""
        self._finalize_dynamic_globals()
        self._finalized = True


@register_pass(mutates_CFG=True, analysis_only=False)
class _LowerPart(NativeLowering):
    _name = "lower_part"

    def run_pass(self, state: Any) -> bool:
        """Write the intermediate code of a function and offer it to its callers."""
        codegen = state.targetctx.codegen()
        state.library = _Part(codegen, state.func_id.func_qualname)
        state.flags.no_compile = True
        super().run_pass(state)
        lowered, library = state.cr, state.library
        library.finalize()
        name = lowered.fndesc.qualname
        # An address of 0, as any function has that cannot be called from Python.
        key = _dynfunc.make_function(
            lowered.fndesc.lookup_module(), name, name, 0, lowered.env, (library,)
        )
        state.targetctx.insert_user_function(key, lowered.fndesc, [library])
        state.cr = lowered._replace(cfunc=key)
        return True


class _PartsOnly(CompilerBase):
    """The compiler of functions that compiled ones alone call."""

    def define_pipelines(self) -> list[Any]:
        """Return the usual passes, with another last step."""
        passes = DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes.passes = [
            (_LowerPart if step is NativeLowering else step, why) for step, why in passes.passes
        ]
        passes.finalize()
        return [passes]


_OPTIONS = {"nogil": True, "_nrt": False, "error_model": "numpy"}
_INSIDE = _OPTIONS | {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
if version_info.short in TESTED:
    _INSIDE["pipeline_class"] = _PartsOnly
_ABOVE_KERNELS = frozenset({"_packs", "batch", "cli", "reporting", "simulate", "testing"})
# Folders that no kernel can import from (the layers of import-linter, in pyproject.toml): a change
# of a page need not compile the planner again.


def compiled(function: _Function) -> _Function:
    """Return `function` compiled, to be called from compiled functions only."""
    return njit(**_INSIDE)(function)  # type: ignore[call-overload]


def vectorised(function: _Function) -> _Function:
    """Return the same for loops over finite numbers whose sums may be taken in any order."""
    return njit(**_INSIDE, fastmath=True)(function)  # type: ignore[call-overload]


def entry_point(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return `function` compiled, to be called from Python; its binary is kept on disk.

    The binary lies where numba keeps it: in NUMBA_CACHE_DIR, else in `__pycache__` beside the
    source, else, in an installation that is read-only, in the user's cache folder. Where nothing
    can be written, each process compiles.
    """
    dispatcher = njit(**_OPTIONS)(function)  # type: ignore[call-overload]
    with contextlib.suppress(RuntimeError):  # numba found no folder that it can write to
        dispatcher._cache = _PackageCache(function)  # noqa: SLF001
    return dispatcher


class _PackageCache(FunctionCache):
    """The cache of a function, out of date as soon as any source of the package changes."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        self._cache_file = IndexDataCacheFile(
            self._cache_path, self._impl.filename_base, source_hash(str(Path(__file__).parent))
        )


@cache
def source_hash(package: str) -> str:
    """Return the hash of the names and the contents of all Python files that kernels may use."""
    digest = hashlib.sha256()
    for folder, below, names in os.walk(package):
        below[:] = sorted(set(below) - (_ABOVE_KERNELS if folder == package else set()))
        for name in sorted(names):
            if name.endswith(".py"):
                content = Path(folder, name).read_bytes()
                place = os.path.relpath(folder, package)
                digest.update(f"{place}/{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


class _Reference(types.Type):
    """The type of a pointer to the fields of a named tuple."""

    def __init__(self, cls: type[Any], fields: tuple[types.Type, ...]) -> None:
        self.cls, self.fields = cls, fields
        super().__init__(f"reference({cls.__module__}.{cls.__qualname__}, {fields})")

    @property
    def key(self) -> tuple[Any, ...]:
        return self.cls, self.fields

    def place(self, name: str) -> int:
        """Return the number of a field."""
        return self.cls._fields.index(name)


def pass_by_reference(*classes: type[Any]) -> None:
    """Let compiled functions take named tuples of these classes as pointers to their fields.

    In a kernel ``tuple.field`` is then a load, said to be invariant; fields can be neither unpacked
    nor set. Loops over memory that they also write run slower so: the beam of one officer took
    2.3 ms instead of 1.6 with its buffers by reference, and keeps them by value.
    """
    for cls in classes if version_info.short in TESTED else ():
        typeof_impl.register(cls)(_reference_to)


def _reference_to(value: Any, context: Any) -> _Reference:
    return _Reference(type(value), tuple(typeof_impl(field, context) for field in value))


@register_model(_Reference)
class _Pointer(models.PrimitiveModel):
    def __init__(self, manager: Any, typ: _Reference) -> None:
        fields = [manager.lookup(field).get_value_type() for field in typ.fields]
        super().__init__(manager, typ, ir.LiteralStructType(fields).as_pointer())


@unbox(_Reference)
def _to_pointer(typ: _Reference, value: Any, c: Any) -> NativeValue:
    """Copy the fields to the stack of the caller, which the call outlives."""
    builder = c.builder
    pointer_type = c.context.get_value_type(typ)
    pointer, failed = cgutils.alloca_once(builder, pointer_type.pointee), cgutils.false_bit
    for name, field_type in zip(typ.cls._fields, typ.fields, strict=True):
        field = c.pyapi.object_getattr_string(value, name)
        native = c.unbox(field_type, field)
        builder.store(native.value, cgutils.gep_inbounds(builder, pointer, 0, typ.place(name)))
        failed = builder.or_(failed, native.is_error)
        c.pyapi.decref(field)  # the tuple still holds it
    # NOTE: a barrier that the compiler cannot look through: no load may move before the stores.
    barrier = ir.FunctionType(pointer_type, [pointer_type])
    pointer = builder.asm(barrier, "", "=r,0,~{memory}", [pointer], side_effect=True)
    return NativeValue(pointer, is_error=failed)


@infer_getattr
class _FieldType(AttributeTemplate):
    key = _Reference

    def generic_resolve(self, typ: _Reference, name: str) -> types.Type | None:
        """Return the type of a field."""
        return typ.fields[typ.place(name)] if name in typ.cls._fields else None


@lower_getattr_generic(_Reference)
def _load(context: Any, builder: Any, typ: _Reference, pointer: Any, name: str) -> Any:  # noqa: ARG001
    field = builder.load(cgutils.gep_inbounds(builder, pointer, 0, typ.place(name)))
    field.set_metadata("invariant.load", builder.module.add_metadata([]))
    return field
