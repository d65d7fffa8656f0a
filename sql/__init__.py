"""What every number means: the input contract, the models and the code that builds them."""
