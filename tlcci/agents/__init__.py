"""Machines made ready for the CI: what they are, and what is changed on them."""
