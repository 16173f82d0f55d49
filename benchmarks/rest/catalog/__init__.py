"""The models of the peers on Django."""
