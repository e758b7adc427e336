"""Your own copy of the Apache TVM CI."""
