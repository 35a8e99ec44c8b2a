"""ERN-C: names of folders and files, manifests, acknowledgements."""
