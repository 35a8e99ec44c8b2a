"""The checks of `segue doctor`."""
