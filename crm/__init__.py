"""Key accounts, products, the pipeline and the credits that follow from it."""
