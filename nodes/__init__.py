"""The nodes, declared once for every host. Standard library only, Python 3.7 syntax."""
