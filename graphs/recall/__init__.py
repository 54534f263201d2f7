"""Decision recall: which decisions were made with what turned out wrong, and what becomes of them."""
