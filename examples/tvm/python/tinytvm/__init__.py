"""A compiler for tensor expressions, small enough to read during a build."""

from tinytvm.codegen import compile_model
from tinytvm.model import Model, ModelError, Operation, read_model
from tinytvm.runtime import evaluate

__all__ = ["Model", "ModelError", "Operation", "compile_model", "evaluate", "read_model"]
