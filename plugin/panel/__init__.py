"""The panel that hosts with Qt share: jobs, settings, doctor. Python 3.7, stdlib and Qt."""
