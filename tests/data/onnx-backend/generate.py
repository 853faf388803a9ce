#!/usr/bin/env python3
"""Makes onnx-backend-1.12.tar.gz: the tests of the ONNX project's generators (Apache-2.0) that the first archive does not have.

Needs the onnx 1.12 and numpy packages of Debian 12 (python3-onnx). Usage: generate.py OUTPUT.tar.gz
"""
import os
import sys
import tarfile
import tempfile

import numpy as np

# The generators were written for an older numpy, which had these names.
for name, kind in (("float", float), ("bool", bool), ("int", int), ("object", object)):
    setattr(np, name, kind)

import onnx  # noqa: E402
from onnx.backend.test import cmd_tools  # noqa: E402

MAX_BYTES = 300_000
# Its input is an optional without a tensor.
LEFT_OUT = {"test_optional_has_element_empty"}
FIRST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "onnx-backend.tar.gz")


def files_of(folder):
    return [os.path.join(at, file) for at, _, files in os.walk(folder) for file in sorted(files)]


def is_of_tensors(path):
    graph = onnx.load(path).graph
    types = [value.type for value in [*graph.input, *graph.output]]
    # An optional tensor is stored as a tensor.
    types = [kind.optional_type.elem_type if kind.HasField("optional_type") else kind for kind in types]
    return all(kind.HasField("tensor_type") for kind in types)


def is_taken(folder):
    files = files_of(folder)
    return sum(map(os.path.getsize, files)) <= MAX_BYTES and is_of_tensors(os.path.join(folder, "model.onnx"))


def main(target):
    with tarfile.open(FIRST) as first:
        known = {name.split("/")[1] for name in first.getnames() if "/" in name}
    with tempfile.TemporaryDirectory() as out:
        sys.argv = ["generate", "generate-data", "-o", out]
        cmd_tools.main()
        with tarfile.open(target, "w:gz") as archive:
            for name in sorted(os.listdir(os.path.join(out, "node"))):
                folder = os.path.join(out, "node", name)
                if name not in known | LEFT_OUT and is_taken(folder):
                    for file in files_of(folder):
                        archive.add(file, os.path.relpath(file, out))


if __name__ == "__main__":
    main(sys.argv[1])
