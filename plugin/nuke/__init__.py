"""platekey in Nuke: nodes as script text, and the jobs that they start. Python 3.7, stdlib."""
