"""Reading models and generating code."""

import unittest

import tinytvm

CHAIN = "input x\na = relu(x)\nb = mul(a, x)\nout = add(b, x)\n"


class Reading(unittest.TestCase):
    """What a model's text may be."""

    def test_comments_are_no_part_of_it(self) -> None:
        """A line of comment gives no operation."""
        model = tinytvm.read_model("# nothing\ninput x  # one\nout = relu(x)\n")
        self.assertEqual(("x",), model.inputs)
        self.assertEqual(1, len(model.operations))

    def test_an_unknown_operator_names_its_line(self) -> None:
        """The message says where."""
        with self.assertRaisesRegex(tinytvm.ModelError, "line 2"):
            tinytvm.read_model("input x\nout = conv(x)\n")

    def test_a_value_must_exist_before_it_is_read(self) -> None:
        """Order matters."""
        with self.assertRaisesRegex(tinytvm.ModelError, "y has no value"):
            tinytvm.read_model("input x\nout = add(x, y)\n")


class Compiling(unittest.TestCase):
    """What the generated text looks like."""

    def test_a_chain_is_fused_into_one_loop(self) -> None:
        """Three operations, one pass over the data."""
        model = tinytvm.read_model(CHAIN)
        self.assertEqual(1, tinytvm.compile_model(model, fuse=True).count("for (x_e,)"))

    def test_without_fusion_each_operation_is_a_loop(self) -> None:
        """The debug profile keeps every intermediate value."""
        model = tinytvm.read_model(CHAIN)
        text = tinytvm.compile_model(model, fuse=False)
        self.assertEqual(3, text.count("] for ("))
