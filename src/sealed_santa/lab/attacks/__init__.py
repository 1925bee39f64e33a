"""The attacks, one module each; `lab.attack` finds them."""
