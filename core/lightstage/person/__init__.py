"""People by chance, from a folder of MakeHuman-style assets."""
