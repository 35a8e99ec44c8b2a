"""What the API and the pages both do: look up, sign in, open a play, run a delivery again."""
