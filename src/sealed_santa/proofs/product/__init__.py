"""The product argument: that committed factors multiply to a target, and are the cards less constants."""
